//! Debug Helper: fails on purpose, or makes test data. What is made has the shape of n8n's, with values of its own; the
//! same seed gives the same values.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Value};
use patchbay_node::capability::Entropy;
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::digest::hex;
use crate::key::uuid;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.debugHelper",
    title: "Debug Helper",
    about: "Fails on purpose, or makes test data",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "category",
            Kind::Options(&["doNothing", "throwError", "outOfMemory", "randomData"]),
            "\"throwError\"",
            "What is done",
        ),
        ParameterDescription::new(
            "throwErrorType",
            Kind::Options(&["NodeApiError", "NodeOperationError", "Error"]),
            "\"NodeApiError\"",
            "The kind of error",
        ),
        ParameterDescription::new(
            "throwErrorMessage",
            Kind::Text,
            "\"Node has thrown an error\"",
            "What the error says",
        ),
        ParameterDescription::new("randomDataType", Kind::Text, "\"user\"", "What is made"),
        ParameterDescription::new(
            "nanoidAlphabet",
            Kind::Text,
            "\"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\"",
            "Characters of an id",
        ),
        ParameterDescription::new("nanoidLength", Kind::Text, "\"16\"", "How long an id is"),
        ParameterDescription::new(
            "randomDataSeed",
            Kind::Text,
            "\"\"",
            "The same seed gives the same data",
        ),
        ParameterDescription::new("randomDataCount", Kind::Number, "10", "How many"),
        ParameterDescription::new("randomDataSingleArray", Kind::Boolean, "false", "All in one item"),
    ],
};

/// The most that is made for one item.
const MOST: f64 = 100_000.0;

pub struct DebugHelper;

#[async_trait]
impl Node for DebugHelper {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::new();
        for index in 0..context.items().len() {
            match context.text("category", index)?.as_str() {
                "throwError" => {
                    let error = thrown(context, index)?;
                    if !context.continues_on_fail() {
                        return Err(error.item(index));
                    }
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    made.push(Item::new(json).paired_with(index));
                }
                "randomData" => made.extend(
                    random_data(context, index)?
                        .into_iter()
                        .map(|json| Item::new(json).paired_with(index)),
                ),
                "outOfMemory" => {
                    return Err(NodeError::new("E0338", "Running out of memory is not done here")
                        .parameter("category")
                        .hint("to test what happens after a failure, set the category to `throwError`"));
                }
                _ => {}
            }
        }
        Ok(Outcome::items(made))
    }
}

fn thrown(context: &Context<'_>, index: usize) -> Result<NodeError, NodeError> {
    let kind = context.text("throwErrorType", index)?;
    Ok(match kind.as_str() {
        "NodeApiError" | "NodeOperationError" | "Error" => {
            NodeError::new("E0339", context.text("throwErrorMessage", index)?)
        }
        _ => NodeError::new("E0325", "Could not get parameter").parameter("throwErrorType"),
    })
}

fn random_data(context: &Context<'_>, index: usize) -> Result<Vec<Object>, NodeError> {
    let seed = context.text("randomDataSeed", index)?;
    let mut start = [0; 8];
    if seed.is_empty() {
        context.capabilities.entropy.fill(&mut start);
    } else {
        let digest = crate::digest::named("md5", seed.as_bytes(), None).unwrap_or_default();
        start.iter_mut().zip(digest).for_each(|(byte, of_seed)| *byte = of_seed);
    }
    let maker = Maker {
        random: Seeded::new(u64::from_le_bytes(start)),
        alphabet: context.text("nanoidAlphabet", index)?.chars().collect(),
        length: context.number("nanoidLength", index)?.clamp(0.0, MOST) as usize,
    };
    let kind = context.text("randomDataType", index)?;
    let count = context.number("randomDataCount", index)?.clamp(0.0, MOST) as usize;
    let made: Vec<Object> = (0..count).map(|_| maker.make(&kind)).collect();
    Ok(if context.boolean("randomDataSingleArray", index)? {
        let all = Value::array(made.into_iter().map(Value::object).collect());
        vec![[("generatedItems", all)].into_iter().collect()]
    } else {
        made
    })
}

/// Makes values from a seed.
struct Maker {
    random: Seeded,
    alphabet: Vec<char>,
    length: usize,
}

/// Words that are nobody's name.
const WORDS: [&str; 16] = [
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Indigo", "Juniper", "Lagoon", "Meadow",
    "Nimbus", "Orchard", "Prairie", "Quartz",
];

impl Maker {
    fn below(&self, end: usize) -> usize {
        (self.random.fraction() * end as f64) as usize
    }

    fn word(&self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    fn bytes<const COUNT: usize>(&self) -> [u8; COUNT] {
        let mut bytes = [0; COUNT];
        self.random.fill(&mut bytes);
        bytes
    }

    fn digits(&self, count: usize) -> String {
        (0..count)
            .filter_map(|_| char::from_digit(self.below(10) as u32, 10))
            .collect()
    }

    fn text(&self, alphabet: &[char], length: usize) -> String {
        if alphabet.is_empty() {
            return String::new();
        }
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }

    fn email(&self) -> String {
        let (first, second) = (self.word().to_lowercase(), self.word().to_lowercase());
        format!("{first}.{second}{}@example.com", self.below(100))
    }

    fn password(&self) -> String {
        let alphabet: Vec<char> = ('!'..='z').collect();
        self.text(&alphabet, 10)
    }

    fn make(&self, kind: &str) -> Object {
        let text = |text: &str| Value::text(text);
        let parts: Vec<(&str, Value)> = match kind {
            "address" => vec![
                ("firstname", text(self.word())),
                ("lastname", text(self.word())),
                (
                    "street",
                    format!("{} {} Street", self.below(9_999) + 1, self.word()).into(),
                ),
                ("city", format!("{} City", self.word()).into()),
                ("zip", self.digits(5).into()),
                ("state", text(self.word())),
                ("country", text(self.word())),
            ],
            "creditCard" => vec![
                ("type", text("Visa")),
                ("number", format!("4{}", self.digits(12)).into()),
                ("ccv", self.digits(3).into()),
                (
                    "exp",
                    format!("{:02}/{:02}", self.below(12) + 1, self.below(100)).into(),
                ),
                ("holder_name", format!("{} {}", self.word(), self.word()).into()),
            ],
            "email" => vec![
                ("email", self.email().into()),
                ("confirmed", (self.below(2) == 1).into()),
            ],
            "ipv4" => vec![("ip", self.bytes::<4>().map(|byte| byte.to_string()).join(".").into())],
            "ipv6" => {
                let groups: Vec<String> = (0..8).map(|_| hex(&self.bytes::<2>())).collect();
                vec![("ipv6", groups.join(":").into())]
            }
            "macAddress" => vec![("mac", self.bytes::<6>().map(|byte| hex(&[byte])).join("-").into())],
            "nanoid" => vec![("nanoId", self.text(&self.alphabet, self.length).into())],
            "semver" => {
                let version = [self.below(10), self.below(10), self.below(100)];
                vec![("version", version.map(|part| part.to_string()).join(".").into())]
            }
            "url" => vec![(
                "url",
                format!("https://{}.example.com", self.word().to_lowercase()).into(),
            )],
            "uuid" => vec![("uuid", uuid(&self.random).into())],
            _ => vec![
                ("uid", uuid(&self.random).into()),
                ("email", self.email().into()),
                ("firstname", text(self.word())),
                ("lastname", text(self.word())),
                ("password", self.password().into()),
            ],
        };
        parts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn it_fails_as_it_is_told() {
        for (parameters, expected) in [
            ("{}", Err("Node has thrown an error")),
            (r#"{"throwErrorMessage": "my words"}"#, Err("my words")),
            (r#"{"category": "doNothing"}"#, Ok("[[]]")),
            (
                r#"{"category": "outOfMemory"}"#,
                Err("Running out of memory is not done here"),
            ),
        ] {
            let result = run(1.0, parameters, "[{}]").of(&DebugHelper);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }

    #[test]
    fn data_has_n8ns_fields_and_a_seed_repeats_it() {
        for (kind, fields) in [
            ("user", "uid email firstname lastname password"),
            ("address", "firstname lastname street city zip state country"),
            ("creditCard", "type number ccv exp holder_name"),
            ("email", "email confirmed"),
            ("ipv4", "ip"),
            ("ipv6", "ipv6"),
            ("macAddress", "mac"),
            ("nanoid", "nanoId"),
            ("semver", "version"),
            ("url", "url"),
            ("uuid", "uuid"),
        ] {
            let parameters = format!(
                r#"{{"category": "randomData", "randomDataType": "{kind}", "randomDataCount": 2, "randomDataSeed": "s"}}"#
            );
            let made = || run(1.0, &parameters, "[{}]").outcome(&DebugHelper).expect("it runs");
            let items = made();
            assert_eq!(items[0].len(), 2, "{kind}");
            let found: Vec<&str> = items[0][0].json.keys().map(patchbay_model::Text::as_str).collect();
            assert_eq!(found.join(" "), fields);
            assert_eq!(items, made(), "{kind}");
        }
    }
}
