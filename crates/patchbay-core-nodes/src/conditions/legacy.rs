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

/// What n8n says of an operation that it does not know.
const UNKNOWN: &str = "compareOperationFunctions[compareData.operation] is not a function";

/// The conditions of a node.
pub struct Conditions<'run> {
    list: Vec<Condition<'run>>,
    any: bool,
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
    /// Compiles the node's parameter `conditions`; `any`: one that holds is enough.
    pub fn compile(context: &Context<'run>, any: bool) -> Result<Self, NodeError> {
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
            expressions: RegularExpressions::default(),
        })
    }

    /// Whether the conditions hold for an item; nothing more is asked once the answer is known.
    pub fn hold(&self, context: &Context<'_>, item: usize) -> Result<bool, NodeError> {
        for condition in &self.list {
            let default = match condition.kind {
                "boolean" => Value::Bool(false),
                "number" => Value::Number(0.0),
                _ => Value::text(""),
            };
            let evaluate = |parameter: Option<&Parameter>, name: &str| match parameter {
                Some(parameter) => context.resolve(parameter, &format!("{}.{name}", condition.path), item),
                None => Ok(Some(default.clone())),
            };
            let left = evaluate(condition.value1, "value1")?;
            let right = evaluate(condition.value2, "value2")?;
            let comparison = Comparison {
                kind: condition.kind,
                operation: &condition.operation,
                left: left.as_ref(),
                right: right.as_ref(),
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
        Ok(!self.any || self.list.is_empty())
    }
}

/// One comparison as the first versions of If, Filter and Switch make it; `None` is undefined.
pub struct Comparison<'a> {
    /// `boolean`, `dateTime`, `number` or `string`.
    pub kind: &'a str,
    pub operation: &'a str,
    pub left: Option<&'a Value>,
    pub right: Option<&'a Value>,
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
        let pattern = || right.map(Value::to_text).unwrap_or_default();
        match self.operation {
            "equal" => Ok(strictly_equal(left, right)),
            "isEmpty" => Ok(is_empty(left)),
            "smaller" | "before" => Ok(ordered(Ordering::is_lt)),
            "smallerEqual" => Ok(ordered(Ordering::is_le)),
            "larger" | "after" => Ok(ordered(Ordering::is_gt)),
            "largerEqual" => Ok(ordered(Ordering::is_ge)),
            "contains" => Ok(text(left).contains(text(right).as_str())),
            "startsWith" => self
                .own_text("startsWith")
                .map(|own| own.starts_with(pattern().as_str())),
            "endsWith" => self.own_text("endsWith").map(|own| own.ends_with(pattern().as_str())),
            "regex" => expressions
                .matches(&pattern(), &text(left))
                .map_err(|error: Arc<regress::Error>| format!("Invalid regular expression: {error}")),
            _ => Err(UNKNOWN.to_owned()),
        }
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
