//! n8n's types of fields, and its conversions between them: the one place for Edit Fields, the conditions of If, Filter
//! and Switch, and the inputs of sub-workflows.

use patchbay_model::Value;

use crate::json;

/// A type that a field can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    Boolean,
    Array,
    Object,
    DateTime,
    /// Anything; nothing is converted.
    Any,
}

impl Type {
    /// n8n's names.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            "dateTime" => Self::DateTime,
            "any" => Self::Any,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::DateTime => "dateTime",
            Self::Any => "any",
        }
    }

    /// With n8n's article: `an array`.
    pub fn with_article(self) -> String {
        let article = if matches!(self, Self::Array | Self::Object | Self::Any) {
            "an"
        } else {
            "a"
        };
        format!("{article} {}", self.name())
    }

    /// Whether a value has the type without conversion. Dates are text and numbers, so none is one by itself.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => matches!(value, Value::Text(_)),
            Self::Number => matches!(value, Value::Number(_)),
            Self::Boolean => matches!(value, Value::Bool(_)),
            Self::Array => matches!(value, Value::Array(_)),
            Self::Object => matches!(value, Value::Object(_)),
            Self::DateTime => false,
            Self::Any => true,
        }
    }

    /// The value as this type; `None` where n8n says that it is not one. Null stays null. Dates stay as they are.
    pub fn convert(self, value: &Value) -> Option<Value> {
        if value.is_null() {
            return Some(Value::Null);
        }
        match self {
            Self::Text => Some(match value {
                Value::Array(_) | Value::Object(_) => Value::Text(value.to_json().into()),
                value => Value::Text(value.to_text()),
            }),
            Self::Number => {
                let number = value.to_number();
                (!number.is_nan()).then_some(Value::Number(number))
            }
            Self::Boolean => to_boolean(value).map(Value::Bool),
            Self::Array => match value {
                Value::Array(_) => Some(value.clone()),
                Value::Text(text) => json::parse(text).filter(|value| matches!(value, Value::Array(_))),
                _ => None,
            },
            Self::Object => match value {
                Value::Object(_) => Some(value.clone()),
                Value::Text(text) => json::parse(text).filter(|value| matches!(value, Value::Object(_) | Value::Null)),
                _ => None,
            },
            Self::DateTime | Self::Any => Some(value.clone()),
        }
    }
}

/// `true` and `false` as text in any case, 1 and 0 in whatever form.
fn to_boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => return Some(*value),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => return Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => return Some(false),
        Value::Text(text) if text.is_empty() => return None,
        _ => {}
    }
    match value.to_number() {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted_as_in_n8n() {
        for (kind, from, to) in [
            (Type::Number, r#""12.5""#, Some("12.5")),
            (Type::Number, r#""""#, Some("0")),
            (Type::Number, "true", Some("1")),
            (Type::Number, "[5]", Some("5")),
            (Type::Number, r#""1,000""#, None),
            (Type::Number, "{}", None),
            (Type::Boolean, r#""TRUE""#, Some("true")),
            (Type::Boolean, r#""0""#, Some("false")),
            (Type::Boolean, "[]", Some("false")),
            (Type::Boolean, r#""""#, None),
            (Type::Boolean, r#""yes""#, None),
            (Type::Boolean, "2", None),
            (Type::Text, r#"{"a":1}"#, Some(r#""{\"a\":1}""#)),
            (Type::Text, "null", Some("null")),
            (Type::Array, r#""['a','b']""#, Some(r#"["a","b"]"#)),
            (Type::Array, r#""{}""#, None),
            (Type::Object, r#""{a: 1}""#, Some(r#"{"a":1}"#)),
            (Type::Object, "[1]", None),
        ] {
            let value = Value::from_json(from).expect("JSON");
            let converted = kind.convert(&value).map(|value| value.to_json());
            assert_eq!(converted.as_deref(), to, "{} from {from}", kind.name());
        }
    }
}
