//! ECMAScript's conversions, and the one to JSON.

use patchbay_model::value::text_to_number;
use patchbay_model::{Object, Text, Value};

use super::{Function, Js};

/// What becomes of undefined inside of arrays and objects on the way to JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// As `JSON.stringify` has it: a property goes, an element is null.
    Dropped,
    /// null everywhere: nothing of what the expression made is lost from sight.
    Null,
}

impl Js {
    /// The value as JSON; `None` for undefined and functions. Dates become ISO text; NaN and the infinities
    /// stay numbers.
    pub fn to_value(&self, missing: Missing) -> Option<Value> {
        match self {
            Self::Json(value) => Some(value.clone()),
            Self::Function(function) if !function.is_callable() => Some(Value::object(Object::new())),
            Self::Undefined | Self::Function(_) => None,
            Self::List(values) => {
                let values = values
                    .iter()
                    .map(|value| value.to_value(missing).unwrap_or(Value::Null));
                Some(Value::array(values.collect()))
            }
            Self::Record(entries) => {
                let entries = entries.iter().filter_map(|(key, value)| {
                    let value = match (value.to_value(missing), value) {
                        (Some(value), _) => value,
                        (None, Self::Undefined) if missing == Missing::Null => Value::Null,
                        (None, _) => return None,
                    };
                    Some((key.clone(), value))
                });
                Some(Value::object(entries.collect()))
            }
            Self::RegularExpression(_) | Self::Map(_) | Self::Set(_) | Self::Error(_) | Self::Host(_) => {
                Some(Value::object(Object::new()))
            }
            Self::Temporal(temporal) => Some(temporal.to_value()),
        }
    }

    /// `String(value)`.
    pub fn to_text(&self) -> Text {
        match self {
            Self::Json(value) => value.to_text(),
            Self::Undefined => "undefined".into(),
            Self::List(values) => {
                let parts = values.iter().map(|value| {
                    if value.is_nullish() {
                        Text::default()
                    } else {
                        value.to_text()
                    }
                });
                parts.collect::<Vec<_>>().join(",").into()
            }
            Self::Function(function) => function.to_text(),
            Self::RegularExpression(expression) => expression.to_text(),
            Self::Error(error) if error.message.is_empty() => error.name().into(),
            Self::Error(error) => format!("{}: {}", error.name(), error.message).into(),
            Self::Map(_) => "[object Map]".into(),
            Self::Set(_) => "[object Set]".into(),
            Self::Record(_) | Self::Host(_) => "[object Object]".into(),
            Self::Temporal(temporal) => temporal.to_text(),
        }
    }

    /// `Number(value)`; NaN where there is none.
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Json(value) => value.to_number(),
            Self::Temporal(temporal) => temporal.to_number(),
            Self::List(_) => text_to_number(&self.to_text()),
            _ => f64::NAN,
        }
    }

    /// `ToIntegerOrInfinity`.
    pub fn to_integer(&self) -> f64 {
        let number = self.to_number();
        if number.is_nan() { 0.0 } else { number.trunc() }
    }

    /// `ToInt32`, what bitwise operators see.
    pub fn to_int32(&self) -> i32 {
        let number = self.to_number();
        if !number.is_finite() {
            return 0;
        }
        (number.trunc().rem_euclid(4_294_967_296.0)) as u32 as i32
    }

    /// `ToBoolean`.
    pub fn truthy(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Json(value) => value.truthy(),
            _ => true,
        }
    }

    /// `ToPrimitive` with no wish: what `+` and `==` see. Dates become text as `Date` wants it, other objects
    /// numbers if they are worth one, else text.
    #[must_use]
    pub fn to_primitive(&self) -> Self {
        match self {
            Self::Undefined => Self::Undefined,
            Self::Json(Value::Array(_) | Value::Object(_)) => Self::text(self.to_text()),
            Self::Json(_) => self.clone(),
            Self::Temporal(temporal) => temporal.to_primitive(),
            _ => Self::text(self.to_text()),
        }
    }

    /// `typeof value`.
    pub fn type_of(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Json(value) => value.type_of(),
            Self::Function(function) if function.is_callable() => "function",
            Self::Host(host) if host.is_callable() => "function",
            _ => "object",
        }
    }

    /// A property's name.
    pub fn to_property_key(&self) -> Text {
        self.to_primitive().to_text()
    }
}

impl Function {
    fn to_text(&self) -> Text {
        match self {
            Self::Closure(closure) => closure.source().clone(),
            _ => format!("function {}() {{ [native code] }}", self.name()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_dropped_or_shown() {
        let list = Js::list(vec![Js::Undefined, Js::number(1)]);
        let record = Js::record([("a".into(), Js::Undefined), ("b".into(), list)].into_iter().collect());
        for (missing, json) in [
            (Missing::Dropped, r#"{"b":[null,1]}"#),
            (Missing::Null, r#"{"a":null,"b":[null,1]}"#),
        ] {
            assert_eq!(
                record.to_value(missing).map(|value| value.to_json()).as_deref(),
                Some(json)
            );
        }
        assert_eq!(Js::Undefined.to_value(Missing::Null), None);
    }

    #[test]
    fn integers_wrap_as_in_javascript() {
        for (number, integer) in [
            (1.9, 1),
            (-1.9, -1),
            (4_294_967_296.0, 0),
            (2_147_483_648.0, i32::MIN),
            (f64::NAN, 0),
        ] {
            assert_eq!(Js::number(number).to_int32(), integer, "{number}");
        }
    }
}
