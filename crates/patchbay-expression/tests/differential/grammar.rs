//! The grammar of the differential test: expressions over the test's data, by chance.
//!
//! Left out: clocks and chance, which differ from call to call, `match`, whose array has properties of its own in
//! QuickJS only, and characters beyond U+FFFF, whose halves a native text can not hold.

/// Numbers by chance, the same for the same seed (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const PATHS: &[&str] = &[
    "$json.name",
    "$json.empty",
    "$json.number",
    "$json.umlaut",
    "$json.date",
    "$json.zero",
    "$json.one",
    "$json.negative",
    "$json.large",
    "$json.yes",
    "$json.no",
    "$json.none",
    "$json.missing",
    "$json.list",
    "$json.words",
    "$json.nothing",
    "$json.mixed",
    "$json.nested",
    "$json.nested.a.b[1].c",
    "$json.blank",
    "$json.rows",
    "$json.rows[0]",
    "$json['name']",
    "$json.missing.deeper",
    "$json.none?.x",
    "$json.list[1]",
    "$json.rows[9]?.id",
];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2.5",
    "1e21",
    "NaN",
    "''",
    "'a'",
    "'a,b'",
    "' x '",
    "'10'",
    "true",
    "false",
    "null",
    "undefined",
    "[]",
    "[1, 2]",
    "['b', 'a']",
    "({})",
    "({ a: 1, 2: 'b' })",
    "/a/g",
    "/[a-z]+/i",
];

/// Methods without arguments, with one and with two; of every type, so that most calls meet a receiver of another.
const METHODS: &[(&str, usize)] = &[
    ("toString", 0),
    ("toUpperCase", 0),
    ("toLowerCase", 0),
    ("trim", 0),
    ("reverse", 0),
    ("flat", 0),
    ("sort", 0),
    ("toSorted", 0),
    ("toReversed", 0),
    ("pop", 0),
    ("valueOf", 0),
    ("join", 0),
    ("charAt", 1),
    ("at", 1),
    ("includes", 1),
    ("indexOf", 1),
    ("lastIndexOf", 1),
    ("startsWith", 1),
    ("endsWith", 1),
    ("slice", 1),
    ("substring", 1),
    ("split", 1),
    ("concat", 1),
    ("repeat", 1),
    ("join", 1),
    ("toFixed", 1),
    ("padStart", 1),
    ("search", 1),
    ("hasOwnProperty", 1),
    ("flat", 1),
    ("slice", 2),
    ("substring", 2),
    ("replace", 2),
    ("replaceAll", 2),
    ("padEnd", 2),
    ("split", 2),
    ("isEmpty", 0),
    ("isNotEmpty", 0),
    ("toInt", 0),
    ("toFloat", 0),
    ("toNumber", 0),
    ("toBoolean", 0),
    ("round", 0),
    ("hash", 0),
    ("toTitleCase", 0),
    ("toSnakeCase", 0),
    ("toSentenceCase", 0),
    ("removeTags", 0),
    ("urlEncode", 0),
    ("base64Encode", 0),
    ("quote", 0),
    ("isNumeric", 0),
    ("isEmail", 0),
    ("length", 0),
    ("first", 0),
    ("last", 0),
    ("sum", 0),
    ("average", 0),
    ("max", 0),
    ("min", 0),
    ("unique", 0),
    ("compact", 0),
    ("keys", 0),
    ("values", 0),
    ("toJsonString", 0),
    ("parseJson", 0),
    ("floor", 0),
    ("ceil", 0),
    ("abs", 0),
    ("isEven", 0),
    ("isOdd", 0),
    ("pluck", 1),
    ("append", 1),
    ("union", 1),
    ("difference", 1),
    ("intersection", 1),
    ("round", 1),
    ("hasField", 1),
    ("removeField", 1),
    ("merge", 1),
    ("smartJoin", 2),
    ("renameKeys", 2),
];

const FUNCTIONS: &[(&str, usize)] = &[
    ("String", 1),
    ("Number", 1),
    ("Boolean", 1),
    ("parseInt", 1),
    ("parseFloat", 1),
    ("isNaN", 1),
    ("encodeURIComponent", 1),
    ("JSON.stringify", 1),
    ("Object.keys", 1),
    ("Object.values", 1),
    ("Object.entries", 1),
    ("Array.isArray", 1),
    ("Math.round", 1),
    ("Math.floor", 1),
    ("Math.max", 2),
    ("Math.min", 2),
    ("Math.abs", 1),
    ("Number.isInteger", 1),
    ("$ifEmpty", 2),
    ("$not", 1),
    ("$max", 2),
    ("parseInt", 2),
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "&&", "||", "??", "&", "|", "^",
    "<<", ">>", ">>>",
];

const CLOSURES: &[&str] = &[
    "map(x => x)",
    "map((x, i) => i)",
    "map(x => x.id)",
    "map(x => x + 1)",
    "filter(x => x)",
    "filter(x => x > 1)",
    "filter(Boolean)",
    "find(x => x == 1)",
    "findIndex(x => x === 'a')",
    "some(x => x)",
    "every(x => x)",
    "reduce((a, b) => a + b, 0)",
    "reduce((a, b) => a + b)",
    "flatMap(x => [x, x])",
    "sort((a, b) => a - b)",
    "map(x => typeof x)",
    "map(x => ({ v: x }))",
    "forEach(x => x)",
    "map(String)",
    "map(Number)",
];

fn arguments(chance: &mut Chance, depth: usize, count: usize) -> String {
    let arguments: Vec<String> = (0..count).map(|_| expression(chance, depth)).collect();
    arguments.join(", ")
}

/// An expression of at most this depth.
pub fn expression(chance: &mut Chance, depth: usize) -> String {
    if depth == 0 {
        return if chance.below(3) == 0 {
            chance.pick(LITERALS).to_owned()
        } else {
            chance.pick(PATHS).to_owned()
        };
    }
    let depth = depth - 1;
    match chance.below(14) {
        0..=1 => expression(chance, 0),
        2..=5 => {
            let (name, count) = METHODS[chance.below(METHODS.len())];
            let dot = chance.pick(&[".", ".", ".", "?."]);
            let receiver = expression(chance, depth);
            format!("({receiver}){dot}{name}({})", arguments(chance, depth.min(1), count))
        }
        6..=7 => {
            let left = expression(chance, depth);
            format!("(({left}) {} ({}))", chance.pick(OPERATORS), expression(chance, depth))
        }
        8 => {
            let (name, count) = FUNCTIONS[chance.below(FUNCTIONS.len())];
            format!("{name}({})", arguments(chance, depth, count))
        }
        9 => format!("({}).{}", expression(chance, depth), chance.pick(CLOSURES)),
        10 => format!(
            "({} ? {} : {})",
            expression(chance, depth),
            expression(chance, depth),
            expression(chance, depth)
        ),
        11 => format!("`a${{{}}}b${{{}}}`", expression(chance, depth), expression(chance, 0)),
        12 => format!(
            "{}({})",
            chance.pick(&["!", "-", "+", "typeof ", "~"]),
            expression(chance, depth)
        ),
        _ => match chance.below(3) {
            0 => format!("[{}, ...[{}]]", expression(chance, depth), expression(chance, 0)),
            1 => format!(
                "({{ a: {}, ...({}) }})",
                expression(chance, depth),
                expression(chance, 0)
            ),
            _ => format!("({})[{}]", expression(chance, depth), expression(chance, 0)),
        },
    }
}
