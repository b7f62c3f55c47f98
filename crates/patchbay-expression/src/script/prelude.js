// What every context of QuickJS gets before any script runs. `host` holds the Rust functions of realm.rs.
(function (host, expressions) {
  'use strict';
  const world = globalThis;
  const { Object, Array, Function, Map, Set, Promise, Proxy, RegExp, Error, JSON, Number, String, Symbol, Reflect } = globalThis;
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });

  // Errors, in V8's words from the moment they are made.
  Error.stackTraceLimit = 10;
  const place = (site) => [site.getLineNumber() ?? undefined, site.getColumnNumber() ?? undefined];
  Error.prepareStackTrace = (error, sites) => {
    let message = error.message;
    const frames = [];
    let first;
    for (const site of sites) {
      const file = site.getFileName();
      if (file !== 'script') continue;
      first ??= place(site);
      frames.push(`\n    at ${site.getFunctionName() || '<anonymous>'} (${file}:${site.getLineNumber()}:${site.getColumnNumber()})`);
    }
    if (typeof message === 'string' && error instanceof Error) {
      const parse = sites[0]?.getFunction() === null && sites[0].getFileName() === 'script';
      const native = sites[0]?.isNative() ? sites[0].getFunctionName() ?? 'anonymous' : '';
      const [worded, line] = host.explain(message, parse, native, ...(first ?? []));
      if (line !== undefined && line !== null) frames.unshift(`\n    at <anonymous> (script:${line}:1)`);
      if (worded !== message) {
        message = worded;
        define(error, 'message', worded);
        if (error.name === 'InternalError' && worded === 'Maximum call stack size exceeded') Object.setPrototypeOf(error, RangeError.prototype);
      }
    }
    return `${error.name}${message ? ': ' + message : ''}${frames.join('')}`;
  };
  class ExpressionError extends Error {}
  define(ExpressionError.prototype, 'name', 'ExpressionError');
  const errors = { ExpressionError, TypeError, ReferenceError, SyntaxError, RangeError, URIError };
  const makeError = (name, message) => new (errors[name] ?? Error)(message);

  // JSON.parse with V8's words for what is wrong.
  const parse = JSON.parse;
  define(JSON, 'parse', function parse_(text, reviver) {
    const source = String(text);
    try {
      return parse(source, reviver);
    } catch (error) {
      const message = error instanceof SyntaxError ? host.jsonError(source) : undefined;
      throw message === undefined ? error : new SyntaxError(message);
    }
  });
  define(JSON.parse, 'name', 'parse');

  // Dates: each class asks Rust.
  const classPrototypes = [];
  for (const name of host.classes) {
    const make = { [name]: function (...values) {
      return new.target ? host.construct(name, values) : host.callStatic(name, '', values);
    } }[name];
    classPrototypes.push(make.prototype);
    const statics = new Map();
    const known = new Proxy(make, {
      get(target, key) {
        if (typeof key === 'symbol' || Object.hasOwn(target, key) || key in Object.prototype || key in Function.prototype) return target[key];
        if (!statics.has(key)) {
          const value = host.getStatic(name, key);
          statics.set(key, value === undefined ? (...values) => host.callStatic(name, key, values) : value);
        }
        return statics.get(key);
      },
    });
    define(make.prototype, 'constructor', known);
    define(globalThis, name, known);
  }
  const datePrototype = Date.prototype;
  define(datePrototype, Symbol.toPrimitive, function (hint) {
    return hint === 'number' ? this.valueOf() : this.toString();
  });
  define(datePrototype, Symbol.toStringTag, 'Date');

  // Sorting by a function asks it as V8 does: what contradicts itself must come out the same.
  const { sort, toSorted } = Array.prototype;
  define(Array.prototype, 'sort', { sort(compare) {
    if (typeof compare !== 'function' || this === undefined || this === null) return sort.call(this, compare);
    const array = Object(this);
    const length = Math.min(Math.max(Math.trunc(array.length) || 0, 0), Number.MAX_SAFE_INTEGER);
    const elements = [];
    let present = 0;
    for (let place = 0; place < length; place++) {
      if (!(place in array)) continue;
      present++;
      const element = array[place];
      if (element !== undefined) elements.push(element);
    }
    const sorted = host.sort(elements, compare);
    for (let place = 0; place < present; place++) array[place] = sorted[place];
    for (let place = present; place < length; place++) delete array[place];
    return array;
  } }.sort);
  define(Array.prototype, 'toSorted', { toSorted(compare) {
    return typeof compare === 'function' ? Array.from(this).sort(compare) : toSorted.call(this, compare);
  } }.toSorted);

  // What V8 does by ICU, and QuickJS without.
  const asks = (prototype, name) => {
    define(prototype, name, { [name](...values) { return host.callMethod(this.valueOf(), name, values); } }[name]);
  };
  asks(Number.prototype, 'toLocaleString');
  asks(String.prototype, 'localeCompare');
  asks(Array.prototype, 'toLocaleString');
  const formatter = (name, methods, callable) => {
    const make = { [name]: function (locale, options) {
      if (!new.target && callable) return new make(locale, options);
      if (!new.target) throw new TypeError(`Constructor Intl.${name} requires 'new'`);
      const asked = (method, values) => host.callStatic('Intl', name, [locale, options, method, ...values]);
      for (const method of methods) define(this, method, (...values) => asked(method, values));
      define(this, 'resolvedOptions', () => asked('resolvedOptions', []));
      if (callable) return;
      // Options that there are not are told at once.
      asked('resolvedOptions', []);
      if (name === 'ListFormat') for (const method of methods) define(this, method, (list = []) => asked(method, [[...list]]));
    } }[name];
    return make;
  };
  const intl = {};
  for (const name of ['NumberFormat', 'DateTimeFormat']) define(intl, name, formatter(name, ['format', 'formatToParts'], true));
  define(intl, 'Collator', formatter('Collator', ['compare'], true));
  define(intl, 'PluralRules', formatter('PluralRules', ['select'], false));
  for (const name of ['ListFormat', 'RelativeTimeFormat']) define(intl, name, formatter(name, ['format', 'formatToParts'], false));
  define(globalThis, 'Intl', intl);
  define(Math, 'random', function random() { return host.random(); });

  // Promises of the host's: `settle` is called with its answers.
  const waiting = new Map();
  const ask = (name, values) => new Promise((resolve, reject) => { waiting.set(host.ask(name, values), [resolve, reject]); });
  const settle = (number, good, value) => {
    const [resolve, reject] = waiting.get(number) ?? [];
    waiting.delete(number);
    if (good) resolve?.(value); else reject?.(value);
  };

  const made = {
    objectPrototype: Object.prototype,
    dataHandler: { set: host.write },
    hostHandler: { set: () => true },
    classPrototypes,
    hasOwn: (object, key) => Object.hasOwn(object, key),
    makeRegularExpression: (source, flags) => new RegExp(source, flags),
    makeCollection: (name, entries) => (name === 'Set' ? new Set(entries) : new Map(entries)),
    wellFormed: (text) => text.toWellFormed(),
    callToJson: (value) => (typeof value.toJSON === 'function' ? value.toJSON() : { ...value }),
    makeError,
    settle,
    kit: { host, ask, makeError, answers: new Map() },
  };

  if (expressions) {
    // n8n's names that must not be reached, also where they are only known at run time.
    const refused = new Set(host.refused);
    made.helpers = {
      key(value) {
        if (typeof value === 'number' || typeof value === 'symbol') return value;
        const name = `${value}`;
        if (refused.has(name)) throw new ExpressionError(`Cannot access "${name}" due to security concerns`);
        return name;
      },
      // `value.name?.(…)`
      extendOptional(target, name, values) {
        if (target === undefined || target === null) return undefined;
        if (host.extensionApplies(target, name)) return host.callExtension(target, name, values());
        return target[name]?.(...values());
      },
      extend(target, name, given, optional) {
        if (optional && (target === undefined || target === null)) return undefined;
        const values = optional ? given() : given;
        const isMethod = target !== undefined && target !== null && typeof target[name] === 'function';
        if (isMethod && !host.extensionApplies(target, name)) {
          // `$input.first()`, `Math.round(1)`: n8n's extensions of the value's own type go before, others after.
          return target[name](...values);
        }
        return host.callExtension(target, name, values);
      },
    };
    const kept = new Set(['Object', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Math', 'JSON', 'Map', 'Set', 'WeakMap', 'WeakSet', 'RegExp', 'Intl', 'Error', 'TypeError', 'ReferenceError', 'SyntaxError', 'RangeError', 'URIError', 'EvalError', 'AggregateError', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent', 'undefined', 'NaN', 'Infinity', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', ...host.classes]);
    for (const name of Object.getOwnPropertyNames(world)) if (!kept.has(name)) delete world[name];
    // Nothing that one evaluation could change stays changeable.
    const seen = new Set();
    const freeze = (value) => {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return;
      seen.add(value);
      freeze(Object.getPrototypeOf(value));
      for (const key of Reflect.ownKeys(value)) {
        const property = Object.getOwnPropertyDescriptor(value, key);
        freeze(property.value);
        freeze(property.get);
        freeze(property.set);
      }
      if (value !== world) Object.freeze(value);
    };
    freeze(world);
    for (const value of [made.dataHandler, made.hostHandler, ...classPrototypes, ExpressionError, (async () => {}).constructor, (function* () {}).constructor]) freeze(value);
    for (const name of Object.getOwnPropertyNames(world)) Object.defineProperty(world, name, { writable: false, configurable: false });
    Object.preventExtensions(world);
  }
  return made;
})
