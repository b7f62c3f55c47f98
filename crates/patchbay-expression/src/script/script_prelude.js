// What a Code node's script finds beside JavaScript itself and n8n's scope. `kit` is shared with run.rs.
(function (kit) {
  'use strict';
  const { Object, Array, Map, Promise, Uint8Array, Symbol, JSON, String, Number, Error, TypeError } = globalThis;
  const world = globalThis;
  const { host, ask } = kit;
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  const lazy = (target, name, make, enumerable = true) =>
    Object.defineProperty(target, name, {
      get: make,
      set(value) { Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable }); },
      configurable: true,
      enumerable,
    });

  // Only what n8n leaves to a script stays.
  for (const name of ['performance', 'queueMicrotask', 'navigator', 'DOMException', 'WeakRef', 'FinalizationRegistry', 'Iterator', 'btoa', 'atob']) delete world[name];

  // One run.
  let main;
  let outcome;
  let statics = new Map();
  const ownNames = new Set();
  kit.keep = (code) => { main = code; };
  // n8n does not give these to scripts.
  const absent = new Set(['$average', '$if', '$ifEmpty', '$max', '$min', '$not']);
  const names = host.names.filter((name) => !absent.has(name));
  // The same value however often it is read: scripts change items and read them again. The getters stay, what they
  // remember is of one run.
  const values = new Map();
  const remembered = (name, make) => Object.defineProperty(world, name, {
    get() {
      if (!values.has(name)) values.set(name, make());
      return values.get(name);
    },
    set(value) { values.set(name, value); },
    configurable: true,
    enumerable: false,
  });
  let given = {};
  let count = 0;
  const prepare = (single) => {
    for (const name of names) remembered(name, () => host.getName(name));
    for (const name of ['$secrets', '$agentInfo']) define(world, name, undefined);
    for (const name of Object.keys(given)) remembered(name, () => given[name]);
    if (given.items) {
      remembered('$json', () => given.items[0]?.json);
      remembered('$input', () => inputOf(given.items));
    } else if (single) {
      remembered('$json', () => given.item?.json);
      remembered('$input', () => inputOfOne(given.item));
    }
    for (const name of Object.getOwnPropertyNames(world)) ownNames.add(name);
    count = ownNames.size;
  };
  kit.start = (globals, single) => {
    outcome = undefined;
    given = globals;
    values.clear();
    if (statics.size > 0) statics = new Map();
    if (kit.answers.size > 0) kit.answers.clear();
    if (count === 0) prepare(single);
    const all = Object.getOwnPropertyNames(world);
    if (all.length !== count) for (const name of all) if (!ownNames.has(name)) delete world[name];
    main.call(world).then((value) => { outcome = [true, value]; }, (error) => { outcome = [false, error]; });
  };
  // `$input` over the very items that the script has, so that changes are seen by either.
  const inputOf = (items) => {
    const input = host.getName('$input');
    const bare = (name, answer) => (...values) => {
      if (values.length > 0) return input[name](...values);
      return answer();
    };
    return {
      all: (...values) => (values.every((value) => value === undefined || value === 0) ? items : input.all(...values)),
      get context() { return input.context; },
      first: bare('first', () => items[0]),
      item: items[0],
      last: bare('last', () => items[items.length - 1]),
      get params() { return input.params; },
    };
  };
  const inputOfOne = (item) => {
    const input = host.getName('$input');
    const only = (name) => () => {
      const error = kit.makeError('ExpressionError', `Can't use .${name}() here`);
      error.description = "This is only available in 'Run Once for All Items' mode";
      throw error;
    };
    return { all: only('all'), context: input.context, first: only('first'), item, itemMatching: only('itemMatching'), last: only('last'), params: input.params };
  };
  kit.outcome = () => {
    if (outcome) for (const [kind, value] of statics) host.tell('setStaticData', [kind, value]);
    return outcome;
  };

  // The log.
  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return value.stack ?? String(value);
    if (typeof value === 'object' && value !== null) {
      try { return JSON.stringify(value); } catch { return String(value); }
    }
    return typeof value === 'function' ? `[Function: ${value.name || '(anonymous)'}]` : String(value);
  };
  const log = (...values) => { host.tell('log', [values.map(shown).join(' ')]); };
  define(world, 'console', { debug: log, log, info: log, warn: log, error: log, dir: log, time() {}, timeEnd() {}, trace: log });

  // Timers.
  const timer = (again) => (task, wait = 0, ...values) => {
    const state = { live: true };
    const next = () => ask('sleep', [Number(wait) || 0]).then(() => {
      if (!state.live) return;
      task(...values);
      if (again) next();
    });
    next();
    return state;
  };
  const stop = (state) => { if (state) state.live = false; };
  const timers = { setTimeout: timer(false), setInterval: timer(true), setImmediate: (task, ...values) => timer(false)(task, 0, ...values), clearTimeout: stop, clearInterval: stop, clearImmediate: stop };
  for (const name of Object.keys(timers)) define(world, name, timers[name]);

  // Node's own.
  define(world, 'global', world);
  define(world, 'root', world);
  define(world, 'process', { env: {}, argv: [], title: 'node', version: 'v22.0.0', versions: {}, platform: 'linux', arch: 'x64', hrtime: () => [0, 0], nextTick: (task, ...values) => { Promise.resolve().then(() => task(...values)); } });
  define(world, 'module', { exports: {} });
  define(world, 'exports', world.module.exports);
  define(world, 'require', function require(name) {
    const error = new Error(`Cannot find module '${name}'`);
    define(error, 'name', 'VMError');
    error.code = 'EMODULENOTFOUND';
    throw error;
  });

  // Bytes.
  let made;
  const bytes = () => {
    if (made) return made;
    const encodingOf = (name) => String(name ?? 'utf8').toLowerCase();
    // A letter a byte, for Rust.
    const letters = (array) => {
      let text = '';
      for (let index = 0; index < array.length; index += 8192) text += String.fromCharCode(...Uint8Array.prototype.subarray.call(array, index, index + 8192));
      return text;
    };
    const own = (array) => Object.setPrototypeOf(array, Buffer.prototype);
    class Buffer extends Uint8Array {
      constructor(value, encoding, length) {
        if (typeof value === 'string') {
          const { buffer, byteOffset, byteLength } = host.encode(value, encodingOf(encoding));
          super(buffer, byteOffset, byteLength);
        } else {
          super(value, encoding, length);
        }
      }
      static from(value, encoding, length) {
        if (typeof value === 'string') return own(host.encode(value, encodingOf(encoding)));
        if (value instanceof ArrayBuffer) return own(new Uint8Array(value, encoding, length));
        if (value?.type === 'Buffer' && Array.isArray(value.data)) return own(Uint8Array.from(value.data));
        const isList = value !== null && typeof value === 'object' && (typeof value.length === 'number' || typeof value[Symbol.iterator] === 'function');
        if (!isList) {
          const received = value === null || value === undefined ? String(value) : typeof value === 'object' ? `an instance of ${value.constructor?.name ?? 'Object'}` : `type ${typeof value} (${String(value)})`;
          throw new TypeError(`The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received ${received}`);
        }
        return own(Uint8Array.from(value, (byte) => byte & 255));
      }
      static alloc(size, fill, encoding) {
        const buffer = own(new Uint8Array(size));
        if (fill !== undefined) buffer.fill(typeof fill === 'string' ? Buffer.from(fill, encoding)[0] ?? 0 : fill);
        return buffer;
      }
      static allocUnsafe(size) { return Buffer.alloc(size); }
      static byteLength(value, encoding) { return typeof value === 'string' ? host.encode(value, encodingOf(encoding)).length : value.byteLength; }
      static isBuffer(value) { return value instanceof Buffer; }
      static isEncoding(name) { return ['utf8', 'utf-8', 'hex', 'base64', 'base64url', 'ascii', 'latin1', 'binary', 'utf16le', 'ucs2'].includes(encodingOf(name)); }
      static concat(list, total = list.reduce((sum, part) => sum + part.length, 0)) {
        const whole = Buffer.alloc(total);
        let position = 0;
        for (const part of list) {
          whole.set(part.subarray(0, Math.max(0, total - position)), position);
          position += part.length;
        }
        return whole;
      }
      static compare(left, right) { return left.compare(right); }
      toString(encoding, start = 0, end = this.length) { return host.decode(letters(start === 0 && end === this.length ? this : this.subarray(start, end)), encodingOf(encoding)); }
      toLocaleString(encoding) { return this.toString(encoding); }
      toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
      equals(other) { return this.length === other.length && this.every((byte, index) => byte === other[index]); }
      compare(other) {
        for (let index = 0; index < Math.min(this.length, other.length); index++) if (this[index] !== other[index]) return this[index] < other[index] ? -1 : 1;
        return Math.sign(this.length - other.length);
      }
      slice(start, end) { return this.subarray(start, end); }
      subarray(start, end) { return own(super.subarray(start, end)); }
      write(text, offset = 0) {
        const part = Buffer.from(text).subarray(0, this.length - offset);
        this.set(part, offset);
        return part.length;
      }
      copy(target, at = 0, start = 0, end = this.length) {
        const part = this.subarray(start, Math.min(end, start + target.length - at));
        target.set(part, at);
        return part.length;
      }
      includes(value, from) { return this.indexOf(value, from) !== -1; }
      indexOf(value, from = 0, encoding) {
        if (typeof value === 'number') return super.indexOf(value, from);
        const wanted = typeof value === 'string' ? Buffer.from(value, encoding) : value;
        for (let index = from; index + wanted.length <= this.length; index++) {
          if (wanted.every((byte, offset) => byte === this[index + offset])) return index;
        }
        return -1;
      }
      readUInt8(offset = 0) { return this[offset]; }
      readUInt16BE(offset = 0) { return new DataView(this.buffer, this.byteOffset).getUint16(offset); }
      readUInt16LE(offset = 0) { return new DataView(this.buffer, this.byteOffset).getUint16(offset, true); }
      readUInt32BE(offset = 0) { return new DataView(this.buffer, this.byteOffset).getUint32(offset); }
      readUInt32LE(offset = 0) { return new DataView(this.buffer, this.byteOffset).getUint32(offset, true); }
    }
    made = Buffer;
    return made;
  };
  lazy(world, 'Buffer', bytes, false);

  // What comes as a stream is all there: it is given in one piece.
  class Stream {
    constructor(whole, head) {
      Object.assign(this, head);
      define(this, 'whole', whole);
      define(this, 'listeners', {});
    }
    on(event, listener) {
      (this.listeners[event] ??= []).push(listener);
      if (!this.flowing) {
        define(this, 'flowing', true);
        Promise.resolve().then(() => {
          for (const [name, ...values] of [['data', this.whole], ['end'], ['close']]) for (const each of this.listeners[name] ?? []) each(...values);
        });
      }
      return this;
    }
    once(event, listener) { return this.on(event, listener); }
    pipe(target) {
      this.on('data', (piece) => target.write(piece)).on('end', () => target.end());
      return target;
    }
    async *[Symbol.asyncIterator]() { yield this.whole; }
  }
  const bytesOf = (data) => (data instanceof Stream ? data.whole : bytes().from(data));
  // Bytes go to Rust as `{ $bytes: base64 }`.
  const packed = (value, deep) => {
    if (value instanceof Stream || (made && value instanceof made)) return { $bytes: bytesOf(value).toString('base64') };
    if (!deep || value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((element) => packed(element, deep));
    return Object.fromEntries(Object.entries(value).map(([name, element]) => [name, packed(element, deep)]));
  };
  const isForm = (headers) => Object.entries(headers ?? {}).some(([name, value]) => /^content-type$/i.test(name) && /multipart\/form-data|x-www-form-urlencoded/i.test(value));
  const send = async (name, options) => {
    const request = { ...options };
    if (request.body !== undefined) request.body = packed(request.body, isForm(request.headers));
    if (request.formData !== undefined) request.formData = packed(request.formData, true);
    const { failure, body: given, bytes: base64, head, whole, stream } = await ask(name, [request]);
    if (failure) {
      const error = failure.class === 'TypeError' ? new TypeError(failure.message) : new Error(failure.message);
      for (const [field, value] of Object.entries(failure.fields)) define(error, field, value);
      throw error;
    }
    const buffer = base64 === undefined ? undefined : bytes().from(base64, 'base64');
    const body = stream ? new Stream(buffer, head) : buffer ?? given;
    return whole ? { body, ...head } : body;
  };

  // n8n's helpers.
  const asItems = (data) => {
    const list = Array.isArray(data) ? data : [data];
    return list.map((entry) => (entry?.json ? { ...entry, json: entry.json } : { json: entry }));
  };
  const helpers = {
    httpRequest: (options) => send('httpRequest', options),
    httpRequestWithAuthentication: (type, options) => ask('httpRequestWithAuthentication', [type, options]),
    request: (target, options) => send('request', typeof target === 'string' ? { ...options, uri: target } : target),
    requestWithAuthentication: (type, options) => ask('requestWithAuthentication', [type, options]),
    getBinaryDataBuffer: async (item, name) => (host.tell('findBinaryData', [item, name]), bytes()).from(await ask('getBinaryDataBuffer', [item, name]), 'base64'),
    assertBinaryData: (item, name) => host.tell('assertBinaryData', [item, name]),
    prepareBinaryData: (data, fileName, mimeType) => ask('prepareBinaryData', [bytesOf(data).toString('base64'), fileName, mimeType]),
    setBinaryDataBuffer: async (data, buffer) => ({ ...data, ...(await ask('prepareBinaryData', [bytesOf(buffer).toString('base64'), data?.fileName, data?.mimeType])) }),
    binaryToBuffer: async (data) => bytesOf(data),
    binaryToString: async (data, encoding) => bytesOf(data).toString(encoding),
    returnJsonArray: asItems,
    normalizeItems: asItems,
    constructExecutionMetaData: (items, options) => items.map((item) => ({ ...item, pairedItem: options?.itemData })),
    copyInputItems: (items, names) => items.map((item) => Object.fromEntries(names.map((name) => [name, item.json[name] ?? null]))),
  };
  define(world, 'helpers', helpers);

  const staticData = (kind) => {
    if (!statics.has(kind)) statics.set(kind, host.tell('staticData', [kind]));
    return statics.get(kind);
  };
  const parameterOf = (name) => host.getName('$parameter')[name];
  if (!kit.legacy) {
    define(world, '$getWorkflowStaticData', staticData);
    define(world, '$getNodeParameter', parameterOf);
    return;
  }
  define(world, 'getWorkflowStaticData', staticData);
  define(world, 'getNodeParameter', parameterOf);
  // Function has the items at hand; Function Item has but the JSON of one, and is told of its files.
  const filesOf = (item) => item?.binary;
  const setFiles = (item, files) => { item.binary = files; };
  const filesOfOne = () => values.get('files of one') ?? host.getName('$input').item.binary;
  const setFilesOfOne = (files) => {
    values.set('files of one', files);
    host.tell('setBinary', [files]);
  };
  define(world, 'getBinaryDataAsync', async (item) => (given.items ? filesOf(item) : filesOfOne()));
  define(world, 'setBinaryDataAsync', async (...values) => (given.items ? setFiles(...values) : setFilesOfOne(...values)));
  define(world, 'getBinaryData', filesOfOne);
  define(world, 'setBinaryData', setFilesOfOne);
})
