//! The conditions of the first versions of If and Filter: lists by type, `value1`, `operation`, `value2`, compared as
//! JavaScript compares, without any check of types: each kind knows the operations of all of them.

use std::cmp::Ordering;
use std::sync::Arc;

use patchbay_model::{Text, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::operation::strictly_equal;
use super::{RegularExpressions, check_lists};
use crate::compare::compare;
use crate::date;

/// The lists in the order in which they are asked.
const KINDS: [(&str, &str); 4] = [
    ("boolean", "equal"),
    ("dateTime", "after"),
    ("number", "smaller"),
    ("string", "equal"),
];

/// Where each node looks up an operation, as n8n's message about an unknown one says.
pub const OF_IF: &str = "compareOperationFunctions[compareData.operation]";
pub const OF_FILTER: &str = "GenericFunctions_1.compareOperationFunctions[condition.operation]";
pub const OF_SWITCH: &str = "compareOperationFunctions[ruleData.operation]";

/// The conditions of a node.
pub struct Conditions<'run> {
    list: Vec<Condition<'run>>,
    any: bool,
    functions: &'static str,
    expressions: RegularExpressions,
}

struct Condition<'run> {
    path: String,
    kind: &'static str,
    value1: Option<&'run Parameter>,
    value2: Option<&'run Parameter>,
    operation: Text,
}

impl<'run> Conditions<'run> {
    /// Compiles the node's parameter `conditions`; `any`: one that holds is enough; `functions`: [`OF_IF`] or another.
    pub fn compile(context: &Context<'run>, any: bool, functions: &'static str) -> Result<Self, NodeError> {
        check_lists(
            context.parameter("conditions"),
            "conditions",
            &KINDS.map(|(kind, _)| kind),
        )?;
        let mut conditions = Vec::new();
        for (kind, default_operation) in KINDS {
            let list = context.parameter("conditions").and_then(|lists| lists.part(kind));
            for (index, condition) in list.map_or(&[][..], Parameter::elements).iter().enumerate() {
                let operation = condition.part("operation").and_then(Parameter::literal);
                conditions.push(Condition {
                    path: format!("conditions.{kind}.{index}"),
                    kind,
                    value1: condition.part("value1"),
                    value2: condition.part("value2"),
                    operation: operation.and_then(Value::as_str).unwrap_or(default_operation).into(),
                });
            }
        }
        Ok(Self {
            list: conditions,
            any,
            functions,
            expressions: RegularExpressions::default(),
        })
    }

    /// Whether the conditions hold for an item. All of a kind are evaluated before any is looked at; nothing more is asked
    /// once the answer is known.
    pub fn hold(&self, context: &Context<'_>, item: usize) -> Result<bool, NodeError> {
        for conditions in self.list.chunk_by(|one, next| one.kind == next.kind) {
            let values = conditions.iter().map(|condition| condition.evaluate(context, item));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            for (condition, (left, right)) in conditions.iter().zip(&values) {
                let comparison = Comparison {
                    kind: condition.kind,
                    operation: &condition.operation,
                    left: left.as_ref(),
                    right: right.as_ref(),
                    functions: self.functions,
                };
                let holds = comparison.holds(&self.expressions).map_err(|message| {
                    NodeError::new("E0314", message)
                        .parameter(condition.path.as_str())
                        .item(item)
                })?;
                if holds == self.any {
                    return Ok(holds);
                }
            }
        }
        Ok(!self.any || self.list.is_empty())
    }
}

impl Condition<'_> {
    /// Both values for an item; `None` is undefined.
    fn evaluate(&self, context: &Context<'_>, item: usize) -> Result<(Option<Value>, Option<Value>), NodeError> {
        let value = |parameter: Option<&Parameter>, name: &str| {
            evaluate(parameter, self.kind, context, &format!("{}.{name}", self.path), item)
        };
        Ok((value(self.value1, "value1")?, value(self.value2, "value2")?))
    }
}

/// A value to compare; where the file has none, or null, the default of the kind.
pub fn evaluate(
    parameter: Option<&Parameter>,
    kind: &str,
    context: &Context<'_>,
    path: &str,
    item: usize,
) -> Result<Option<Value>, NodeError> {
    match parameter {
        Some(parameter) if !parameter.literal().is_some_and(Value::is_null) => context.resolve(parameter, path, item),
        _ => Ok(Some(match kind {
            "boolean" => Value::Bool(false),
            "number" => Value::Number(0.0),
            _ => Value::text(""),
        })),
    }
}

/// One comparison as the first versions of If, Filter and Switch make it; `None` is undefined.
pub struct Comparison<'a> {
    /// `boolean`, `dateTime`, `number` or `string`.
    pub kind: &'a str,
    pub operation: &'a str,
    pub left: Option<&'a Value>,
    pub right: Option<&'a Value>,
    /// Where the node looks up the operation: [`OF_IF`] or another.
    pub functions: &'a str,
}

impl Comparison<'_> {
    /// The answer, or n8n's message.
    pub fn holds(&self, expressions: &RegularExpressions) -> Result<bool, String> {
        let Self { left, right, .. } = *self;
        if let Some(positive) = opposite(self.operation) {
            return Comparison {
                operation: positive,
                ..*self
            }
            .holds(expressions)
            .map(|holds| !holds);
        }
        if self.kind == "dateTime" {
            // Dates are made numbers, whatever the operation; then they compare as numbers do.
            let (left, right) = (Self::date(left)?.into(), Self::date(right)?.into());
            return Comparison {
                kind: "number",
                left: Some(&left),
                right: Some(&right),
                ..*self
            }
            .holds(expressions);
        }
        let ordered =
            |holds: fn(Ordering) -> bool| compare(Some(&or_zero(left)), Some(&or_zero(right))).is_some_and(holds);
        let shown = || right.map_or(Text::new_static("undefined"), Value::to_text);
        match self.operation {
            "isEmpty" if self.functions == OF_SWITCH => Err(self.unknown()),
            "equal" => Ok(strictly_equal(left, right)),
            "isEmpty" => Ok(is_empty(left)),
            "smaller" | "before" => Ok(ordered(Ordering::is_lt)),
            "smallerEqual" => Ok(ordered(Ordering::is_le)),
            "larger" | "after" => Ok(ordered(Ordering::is_gt)),
            "largerEqual" => Ok(ordered(Ordering::is_ge)),
            "contains" => Ok(text(left).contains(text(right).as_str())),
            "startsWith" => self.own_text("startsWith").map(|own| own.starts_with(shown().as_str())),
            "endsWith" => self.own_text("endsWith").map(|own| own.ends_with(shown().as_str())),
            "regex" => expressions
                .matches(&text(right), &text(left))
                .map_err(|error: Arc<regress::Error>| format!("Invalid regular expression: {error}")),
            _ => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> String {
        format!("{} is not a function", self.functions)
    }

    /// The first value, which must be text.
    fn own_text(&self, method: &str) -> Result<Text, String> {
        match self.left {
            Some(Value::Text(text)) => Ok(text.clone()),
            None => Err(format!("Cannot read properties of undefined (reading '{method}')")),
            Some(Value::Null) => Err(format!("Cannot read properties of null (reading '{method}')")),
            Some(_) => Err(format!("value1.{method} is not a function")),
        }
    }

    /// Milliseconds since 1970.
    fn date(value: Option<&Value>) -> Result<f64, String> {
        let milliseconds = match value {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Text(text)) => date::parse_as_javascript(text),
            _ => None,
        };
        let shown = value.map_or("undefined".into(), Value::to_text);
        milliseconds.ok_or_else(|| format!("The value \"{shown}\" is not a valid DateTime."))
    }
}

/// What an operation denies.
fn opposite(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "notContains" => "contains",
        "notStartsWith" => "startsWith",
        "notEndsWith" => "endsWith",
        "notRegex" => "regex",
        "notEqual" => "equal",
        "isNotEmpty" => "isEmpty",
        _ => return None,
    })
}

/// Nothing, empty text, an empty list, an object without properties.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        Some(Value::Number(number)) => number.is_nan(),
        Some(Value::Bool(_)) => false,
    }
}

/// JavaScript's `value || 0`.
fn or_zero(value: Option<&Value>) -> Value {
    match value {
        Some(value) if value.truthy() => value.clone(),
        _ => Value::Number(0.0),
    }
}

/// JavaScript's text of `value || ''`.
fn text(value: Option<&Value>) -> Text {
    match value {
        Some(value) if value.truthy() => value.to_text(),
        _ => Text::default(),
    }
}
