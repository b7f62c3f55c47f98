//! The conditions of If, Filter and Switch: of their later versions here, of their first ones in [`legacy`].
//!
//! A list of conditions is compiled once for a run ([`Conditions::compile`]) and asked for each item
//! ([`Conditions::hold`]). Types are checked, or converted where the node allows it, before values are compared.

mod failure;
pub mod legacy;
mod operation;
mod regular_expression;

use std::borrow::Cow;

use patchbay_expression::date::Temporal;
use patchbay_model::{Object, Scope, Text, Value};
use patchbay_node::{Context, NodeError, Parameter};

use crate::conversion::Type;
use crate::date;
use failure::Failure;
use operation::Sides;
pub use regular_expression::RegularExpressions;

/// A list of conditions and how they are joined.
pub struct Conditions<'run> {
    path: String,
    list: Vec<Condition<'run>>,
    joined: Joined,
    has_options: bool,
    case_sensitive: Setting<'run>,
    type_validation: Setting<'run>,
    /// The version of n8n's conditions, which the file has beside them.
    version: f64,
    expressions: RegularExpressions,
}

/// What conditions compare for one item, and how strictly.
pub struct Evaluated {
    case_sensitive: bool,
    strict: bool,
    values: Vec<(Given, Given)>,
}

/// How conditions are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joined {
    All,
    Any,
    /// The file does not say: then n8n asks none of them.
    NotAtAll,
    /// By a word that n8n does not know: then they never hold.
    Unknown,
}

struct Condition<'run> {
    left: Option<&'run Parameter>,
    right: Option<&'run Parameter>,
    kind: Type,
    right_kind: Type,
    operation: Text,
    /// The operation looks at the first value only.
    single: bool,
}

/// A setting that may be an expression.
enum Setting<'run> {
    Fixed(Option<Value>),
    Evaluated(&'run Parameter),
}

impl<'run> Setting<'run> {
    fn of(parameter: Option<&'run Parameter>) -> Self {
        match parameter {
            Some(parameter) if parameter.is_expression() => Self::Evaluated(parameter),
            other => Self::Fixed(other.and_then(Parameter::literal).cloned()),
        }
    }

    fn value(&self, context: &Context<'_>, path: &str, item: usize) -> Result<Cow<'_, Value>, NodeError> {
        Ok(match self {
            Self::Fixed(value) => value.as_ref().map_or(Cow::Owned(Value::Null), Cow::Borrowed),
            Self::Evaluated(parameter) => Cow::Owned(context.resolve(parameter, path, item)?.unwrap_or_default()),
        })
    }
}

impl<'run> Conditions<'run> {
    /// Compiles the conditions of a parameter; `path` is where it is, for errors.
    pub fn compile(parameter: Option<&'run Parameter>, path: &str) -> Result<Self, NodeError> {
        let part = |key: &str| parameter.and_then(|parameter| parameter.part(key));
        let options = part("options");
        let list = part("conditions").map_or(&[][..], Parameter::elements);
        let literal = |parameter: Option<&'run Parameter>| parameter.and_then(Parameter::literal);
        let joined = match literal(part("combinator")) {
            None => Joined::NotAtAll,
            Some(word) if word.as_str() == Some("and") => Joined::All,
            Some(word) if word.as_str() == Some("or") => Joined::Any,
            Some(_) => Joined::Unknown,
        };
        let option = |key: &str| options.and_then(|options| options.part(key));
        let version = literal(option("version")).and_then(Value::as_number).unwrap_or(1.0);
        let asked = if joined == Joined::NotAtAll { &[][..] } else { list };
        let conditions = asked
            .iter()
            .enumerate()
            .map(|(index, condition)| Condition::compile(condition, &format!("{path}.conditions.{index}")));
        Ok(Self {
            path: path.to_owned(),
            list: conditions.collect::<Result<_, _>>()?,
            joined,
            has_options: options.is_some(),
            case_sensitive: Setting::of(option("caseSensitive")),
            type_validation: Setting::of(option("typeValidation")),
            version,
            expressions: RegularExpressions::default(),
        })
    }

    /// Whether the conditions hold for an item. All values are evaluated first, as n8n does; then conditions are looked
    /// at only until the answer is known.
    pub fn hold(&self, context: &Context<'_>, item: usize) -> Result<bool, NodeError> {
        self.compare(self.evaluate(context, item)?, context, item)
    }

    /// What the conditions compare, for an item.
    pub fn evaluate(&self, context: &Context<'_>, item: usize) -> Result<Evaluated, NodeError> {
        let case_sensitive = self
            .case_sensitive
            .value(context, "options.caseSensitive", item)?
            .truthy();
        let validation = self.type_validation.value(context, "options.typeValidation", item)?;
        let strict = validation.as_str() == Some("strict");
        let mut values = Vec::with_capacity(self.list.len());
        for (index, condition) in self.list.iter().enumerate() {
            let evaluate = |parameter: Option<&Parameter>, name: &str| match parameter {
                Some(Parameter::Literal(value)) => Ok(Given::from(Some(value.clone()))),
                Some(parameter) => Given::of(parameter, &context.scope_for(item)).map_err(|error| {
                    error
                        .below(&format!("{}.conditions.{index}.{name}", self.path))
                        .item(item)
                }),
                None => Ok(Given::default()),
            };
            values.push((
                evaluate(condition.left, "leftValue")?,
                evaluate(condition.right, "rightValue")?,
            ));
        }
        Ok(Evaluated {
            case_sensitive,
            strict,
            values,
        })
    }

    /// Whether the conditions hold for what was evaluated for an item.
    pub fn compare(&self, evaluated: Evaluated, context: &Context<'_>, item: usize) -> Result<bool, NodeError> {
        if !self.has_options && !self.list.is_empty() && matches!(self.joined, Joined::All | Joined::Any) {
            let message = "Cannot read properties of undefined (reading 'caseSensitive')";
            return Err(NodeError::new("E0311", message)
                .parameter(format!("{}.options", self.path))
                .item(item)
                .hint("The conditions have no `options`: save the node again in the editor"));
        }
        let Evaluated {
            case_sensitive,
            strict,
            values,
        } = evaluated;
        match self.joined {
            Joined::NotAtAll => return Ok(true),
            Joined::Unknown => return Ok(false),
            Joined::All | Joined::Any => {}
        }
        for (index, (condition, (left, right))) in self.list.iter().zip(values).enumerate() {
            let outcome = self.one(condition, left, right, case_sensitive, strict, context);
            let holds = outcome.map_err(|failure| failure.into_error(&self.path, index, item))?;
            if holds == (self.joined == Joined::Any) {
                return Ok(holds);
            }
        }
        Ok(self.joined == Joined::All || self.list.is_empty())
    }

    fn one(
        &self,
        condition: &Condition<'_>,
        left: Given,
        right: Given,
        case_sensitive: bool,
        strict: bool,
        context: &Context<'_>,
    ) -> Result<bool, Failure> {
        let scope = &context.scope;
        let left = self
            .check(condition.kind, left, strict, scope)
            .map_err(|failure| self.both_fail(condition, failure, &right, strict, scope))?;
        let right = if condition.single {
            None
        } else {
            self.check(condition.right_kind, right, strict, scope)?
        };
        let sides = Sides {
            left,
            right,
            case_sensitive,
            expressions: &self.expressions,
        };
        operation::holds(condition.kind, &condition.operation, &sides).map_err(Failure::Expression)
    }

    /// Where the second value fails as the first one did, n8n doubts the type of the comparison.
    fn both_fail(
        &self,
        condition: &Condition<'_>,
        failure: Failure,
        right: &Given,
        strict: bool,
        scope: &Scope<'_>,
    ) -> Failure {
        let Failure::Type { kind, found, .. } = failure else {
            return failure;
        };
        let alike = !condition.single && right.type_of() == Some(found);
        if alike && self.check(condition.right_kind, right.clone(), strict, scope).is_err() {
            return Failure::Both { kind, found };
        }
        failure
    }

    /// The value if it has the type, or was converted to it; a date becomes milliseconds.
    fn check(&self, kind: Type, given: Given, strict: bool, scope: &Scope<'_>) -> Result<Option<Value>, Failure> {
        if let Some(date) = given.date {
            return check_date(kind, date, strict).map(Some);
        }
        let Some(value) = given.value else { return Ok(None) };
        if value.is_null() || kind.holds(&value) {
            return Ok(Some(value));
        }
        let converted = match kind {
            Type::DateTime => date::parse(&value, scope).map(Value::Number),
            _ if strict => None,
            // The first version of n8n's conditions took whatever JavaScript takes for true.
            Type::Boolean if self.version < 2.0 => Some(Value::Bool(value.truthy())),
            Type::Boolean => kind.convert(&value).or_else(|| Some(Value::Bool(value.truthy()))),
            _ => kind.convert(&value),
        };
        match converted {
            Some(value) => Ok(Some(value)),
            None => Err(Failure::Type {
                kind,
                found: value.type_of(),
                text: value.to_text(),
                strict,
            }),
        }
    }
}

/// n8n's error where a parameter that holds lists by name holds something else: parameters of another version of the
/// node. `known` are the names of the lists.
pub fn check_lists(parameter: Option<&Parameter>, path: &str, known: &[&str]) -> Result<(), NodeError> {
    let Some(Parameter::Object(lists)) = parameter else {
        return Ok(());
    };
    for (name, list) in lists {
        let error = match list {
            Parameter::Array(elements) if elements.is_empty() || known.contains(&name.as_str()) => continue,
            Parameter::Array(_) => NodeError::new("E0928", "Could not find property option"),
            _ => NodeError::new("E0929", "propertyValues[itemName] is not iterable"),
        };
        return Err(error.parameter(format!("{path}.{name}")).hint(format!(
            "This version of the node knows {} there: save the node again in the editor",
            known.join(", ")
        )));
    }
    Ok(())
}

/// What a condition compares, as the file or an expression gives it.
#[derive(Clone, Default)]
struct Given {
    value: Option<Value>,
    /// The time of a JavaScript `Date`: n8n takes it for an object, not for text.
    date: Option<f64>,
}

impl From<Option<Value>> for Given {
    fn from(value: Option<Value>) -> Self {
        Self { value, date: None }
    }
}

impl Given {
    fn of(parameter: &Parameter, scope: &Scope<'_>) -> Result<Self, NodeError> {
        Ok(match parameter {
            Parameter::Expression(expression) => {
                let (value, date) = expression.evaluate_with_date(scope)?;
                Self { value, date }
            }
            parameter => parameter.resolve(scope)?.into(),
        })
    }

    fn type_of(&self) -> Option<&'static str> {
        match self.date {
            Some(_) => Some("object"),
            None => self.value.as_ref().map(Value::type_of),
        }
    }
}

/// A JavaScript `Date` as a type: an object without properties, a date if it is valid, and the rest by conversion.
fn check_date(kind: Type, date: f64, strict: bool) -> Result<Value, Failure> {
    match kind {
        Type::Object | Type::Any => return Ok(Value::object(Object::new())),
        Type::DateTime if !date.is_nan() => return Ok(Value::Number(date)),
        Type::Number if !strict && !date.is_nan() => return Ok(Value::Number(date)),
        Type::Boolean if !strict => return Ok(Value::Bool(true)),
        Type::Text if !strict => return Ok(Value::text(Temporal::date(date).to_value().to_json())),
        _ => {}
    }
    Err(Failure::Type {
        kind,
        found: "object",
        text: Temporal::date(date).to_text(),
        strict,
    })
}

impl<'run> Condition<'run> {
    fn compile(condition: &'run Parameter, path: &str) -> Result<Self, NodeError> {
        let operator = condition.part("operator");
        let text = |key: &str| operator?.part(key)?.literal()?.as_str();
        let missing = |what: &str| {
            NodeError::new("E0312", format!("The condition has no {what}"))
                .parameter(format!("{path}.operator"))
                .hint("Choose the operator again in the editor, and save")
        };
        if operator.is_none() {
            let message = "Cannot read properties of undefined (reading 'rightType')";
            return Err(NodeError::new("E0312", message)
                .parameter(format!("{path}.operator"))
                .hint("The condition has no operator: choose it again in the editor, and save"));
        }
        let kind = text("type").ok_or_else(|| missing("type of comparison"))?;
        let kind = Type::from_name(kind).ok_or_else(|| missing("known type of comparison"))?;
        let right_kind = text("rightType").and_then(Type::from_name).unwrap_or(kind);
        let single = operator.and_then(|operator| operator.part("singleValue"));
        Ok(Self {
            left: condition.part("leftValue"),
            right: condition.part("rightValue"),
            kind,
            right_kind,
            operation: text("operation").unwrap_or_default().into(),
            single: single.and_then(Parameter::literal).is_some_and(Value::truthy),
        })
    }
}
