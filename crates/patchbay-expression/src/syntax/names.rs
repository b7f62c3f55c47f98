//! Which names the native evaluator knows as functions, classes and namespaces, and which it leaves to QuickJS.

/// Known natively, whether called, constructed or passed on.
const GLOBALS: [&str; 30] = [
    "Object",
    "Array",
    "String",
    "Number",
    "Boolean",
    "Math",
    "JSON",
    "RegExp",
    "Map",
    "Set",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "URIError",
    "EvalError",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
    "encodeURI",
    "encodeURIComponent",
    "decodeURI",
    "decodeURIComponent",
    "Date",
    "DateTime",
    "Duration",
    "Interval",
    "Intl",
];

/// There in JavaScript or in n8n, and too rare to be worth a native form.
const LEFT_TO_QUICKJS: [&str; 47] = [
    "Symbol",
    "BigInt",
    "WeakMap",
    "WeakSet",
    "ArrayBuffer",
    "SharedArrayBuffer",
    "DataView",
    "Atomics",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
    "AggregateError",
    "Promise",
    "Reflect",
    "Proxy",
    "Function",
    "Generator",
    "GeneratorFunction",
    "AsyncFunction",
    "WebAssembly",
    "eval",
    "escape",
    "unescape",
    "setTimeout",
    "setInterval",
    "fetch",
    "global",
    "globalThis",
    "window",
    "self",
    "document",
    "process",
    "require",
    "module",
    "Buffer",
    "console",
    "uneval",
    "extend",
    "extendOptional",
];

/// The name of a native global, for good.
pub(super) fn global(name: &str) -> Option<&'static str> {
    GLOBALS.into_iter().find(|known| *known == name)
}

pub(super) fn is_left_to_quickjs(name: &str) -> bool {
    LEFT_TO_QUICKJS.contains(&name)
}

/// Methods that call the function that they are given before they return, and do not keep it.
pub(super) fn calls_at_once(method: &str) -> bool {
    const METHODS: [&str; 16] = [
        "map",
        "filter",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "some",
        "every",
        "forEach",
        "reduce",
        "reduceRight",
        "flatMap",
        "sort",
        "toSorted",
        "replace",
        "replaceAll",
    ];
    METHODS.contains(&method)
}
