//! Edit Fields, field by field: each has a name, a type and a value.

use std::borrow::Cow;

use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostics, Item, Object, Text, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::template::Template;
use crate::conversion::Type;
use crate::issues;
use crate::path::Path;

/// The fields, compiled once, or for each item where one expression gives them all.
pub struct Fields<'run> {
    fixed: Option<Vec<Field<'run>>>,
    ignore_errors: bool,
}

struct Field<'run> {
    name: Name<'run>,
    /// `None` where n8n knows no such type, and converts nothing.
    kind: Option<Type>,
    value: Option<&'run Parameter>,
    /// The text of an object in versions before 3.3, which is JSON with expressions in it.
    template: Option<Template<'run>>,
    /// Where the field is, for errors.
    path: String,
}

impl Field<'_> {
    /// The value of a field that the file gives none, before version 3.3.
    fn default(&self) -> Option<Value> {
        match self.kind {
            Some(Type::Text | Type::Number) => Some(Value::text("")),
            Some(Type::Boolean) => Some(Value::Bool(true)),
            Some(Type::Object) => Some(Value::object(Object::new())),
            _ => None,
        }
    }
}

/// The literals that are not of their field's type, before version 3.3.
pub fn issues(node: &FileNode) -> Diagnostics {
    if !(3.0..3.3).contains(&node.version) {
        return Diagnostics::new();
    }
    let list = "fields.values";
    let fields = issues::elements(node, list).iter().enumerate();
    let faults = fields.filter_map(|(index, field)| {
        let key = field.get("type").and_then(Value::as_str)?;
        let kind = Type::from_name(key.strip_suffix("Value")?)?;
        let value = match field.get(key) {
            // A list has no default that would be one.
            None | Some(Value::Null) if kind == Type::Array => Value::text(""),
            value => value?.clone(),
        };
        issues::wrong_type(&value, kind, &format!("{list}.{index}.{key}"))
    });
    faults.collect()
}

/// What a field has from version 3.3 on where the file gives it nothing.
const NO_VALUE: &Parameter = &Parameter::Literal(Value::Null);

enum Name<'run> {
    Fixed(Path),
    Evaluated(&'run Parameter),
}

/// Where the list of fields is.
fn list_path(context: &Context<'_>) -> &'static str {
    if context.version() >= 3.3 {
        "assignments.assignments"
    } else {
        "fields.values"
    }
}

impl<'run> Fields<'run> {
    pub fn compile(context: &Context<'run>) -> Result<Self, NodeError> {
        let path = list_path(context);
        let ignore_errors = context.boolean("options.ignoreConversionErrors", 0)?;
        let dots = context
            .optional("options.dotNotation", 0)?
            .is_none_or(|value| value.truthy());
        let group = path.split('.').next().and_then(|group| context.parameter(group));
        let varies = group.is_some_and(|group| {
            group.is_expression() || context.parameter(path).is_some_and(Parameter::is_expression)
        });
        let fixed = if varies {
            None
        } else {
            Some(compile_list(context, context.parameter(path), path, dots)?)
        };
        Ok(Self { fixed, ignore_errors })
    }

    /// Sets the fields for one item. All are evaluated before any is converted, so that n8n's first error comes first.
    pub fn fill(&self, context: &Context<'_>, item: usize, dots: bool, target: &mut Object) -> Result<(), NodeError> {
        let list;
        let evaluated;
        let fields = if let Some(fields) = &self.fixed {
            fields
        } else {
            let path = list_path(context);
            list = Parameter::from(context.value(path, item)?);
            evaluated = compile_list(context, Some(&list), path, dots)?;
            &evaluated
        };
        if let [field] = &fields[..] {
            let (name, value) = field.evaluate(context, item, dots)?;
            return self.set(context, field, &name, value, item, target);
        }
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            values.push(field.evaluate(context, item, dots)?);
        }
        for (field, (name, value)) in fields.iter().zip(values) {
            self.set(context, field, &name, value, item, target)?;
        }
        Ok(())
    }

    fn set(
        &self,
        context: &Context<'_>,
        field: &Field<'_>,
        name: &Path,
        value: Option<Value>,
        item: usize,
        target: &mut Object,
    ) -> Result<(), NodeError> {
        let value = match &field.template {
            Some(template) => Some(template.object(context, &field.path, item).map_err(|failure| {
                let subject = format!("The entry \"{}\" inside 'Fields to Set' in item {item}", name.as_str());
                failure.into_error(&subject, &field.path, item)
            })?),
            None => value,
        };
        let value = self.convert(context, field, name, value, item)?;
        name.set(target, Some(value));
        Ok(())
    }

    fn convert(
        &self,
        context: &Context<'_>,
        field: &Field<'_>,
        name: &Path,
        value: Option<Value>,
        item: usize,
    ) -> Result<Value, NodeError> {
        let strict_text = context.version() >= 3.1 && context.version() < 3.2 && field.kind == Some(Type::Text);
        if strict_text && !self.ignore_errors && value.as_ref().is_none_or(Value::is_null) {
            let found = if value.is_none() { "'undefined'" } else { "'null'" };
            return Err(wrong_type(name, Type::Text, found, field, item));
        }
        let value = match value {
            // The first of these versions made text of everything.
            None if context.version() < 3.1 && field.kind == Some(Type::Text) => Value::text("undefined"),
            Some(Value::Null) if context.version() < 3.1 && field.kind == Some(Type::Text) => Value::text("null"),
            value => value.unwrap_or_default(),
        };
        let Some(kind) = field.kind else { return Ok(value) };
        if kind.holds(&value) && kind != Type::Number {
            return Ok(value);
        }
        if let Some(converted) = kind.convert(&value) {
            return Ok(converted);
        }
        if self.ignore_errors {
            return Ok(value);
        }
        let found = match &value {
            Value::Object(_) => "object".to_owned(),
            Value::Array(_) => "array".to_owned(),
            value => format!("'{}'", value.to_text()),
        };
        Err(wrong_type(name, kind, &found, field, item))
    }
}

impl Field<'_> {
    /// The field's name and its value for one item; a template's value is made later.
    fn evaluate(
        &self,
        context: &Context<'_>,
        item: usize,
        dots: bool,
    ) -> Result<(Cow<'_, Path>, Option<Value>), NodeError> {
        let name = match &self.name {
            Name::Fixed(path) => Cow::Borrowed(path),
            Name::Evaluated(parameter) => {
                let name = context.resolve(parameter, &format!("{}.name", self.path), item)?;
                let name = name.map_or(Text::new_static("undefined"), |name| name.to_text());
                Cow::Owned(Path::new(&name, dots))
            }
        };
        let value = match (&self.template, self.value) {
            (Some(_), _) => None,
            (None, Some(parameter)) => parameter
                .resolve(&context.scope_for(item))
                .map_err(|error| error.below("value").below(&self.path).item(item))?,
            (None, None) => self.default(),
        };
        Ok((name, value))
    }
}

/// n8n's error about a value that does not become the field's type.
fn wrong_type(name: &Path, kind: Type, found: &str, field: &Field<'_>, item: usize) -> NodeError {
    let (name, wanted) = (name.as_str(), kind.name());
    NodeError::new(
        "E0320",
        format!("'{name}' expects a {wanted} but we got {found} [item {item}]"),
    )
    .description(format!(
        "To fix the error try to change the type for the field \"{name}\" or activate the option “Ignore Type Conversion \
         Errors” to apply a less strict type validation"
    ))
    .parameter(format!("{}.value", field.path))
    .item(item)
}

fn compile_list<'list>(
    context: &Context<'_>,
    list: Option<&'list Parameter>,
    path: &str,
    dots: bool,
) -> Result<Vec<Field<'list>>, NodeError> {
    let fields = list.map_or(&[][..], Parameter::elements).iter().enumerate();
    let fields = fields.map(|(index, field)| {
        let path = format!("{path}.{index}");
        let name = match field.part("name") {
            Some(name) if name.is_expression() => Name::Evaluated(name),
            name => {
                let nameless = if context.version() >= 3.3 { "undefined" } else { "" };
                let name = name
                    .and_then(Parameter::literal)
                    .map_or(Text::new_static(nameless), Value::to_text);
                Name::Fixed(Path::new(&name, dots))
            }
        };
        let kind = field.part("type").and_then(Parameter::literal).and_then(Value::as_str);
        if context.version() >= 3.3 {
            if kind.is_none() && field.part("value").is_some() {
                return Err(
                    NodeError::new("E0321", "Cannot read properties of undefined (reading 'toLowerCase')")
                        .parameter(format!("{path}.type"))
                        .hint("The field has no type: choose one in the editor, and save"),
                );
            }
            return Ok(Field {
                name,
                kind: kind.and_then(Type::from_name),
                value: Some(field.part("value").unwrap_or(NO_VALUE)),
                template: None,
                path,
            });
        }
        // Before 3.3 the value's key is the type with `Value` after it.
        let key = kind.unwrap_or("stringValue");
        let kind = key.strip_suffix("Value").and_then(Type::from_name);
        // Null is taken for the default, but for a yes or no.
        let is_null = |value: &Parameter| kind != Some(Type::Boolean) && value.literal().is_some_and(Value::is_null);
        let value = field.part(key).filter(|value| !is_null(value));
        let template = match (kind, value) {
            (Some(Type::Object), Some(Parameter::Object(_) | Parameter::Array(_))) => {
                return Err(
                    NodeError::new("E0324", "entry.objectValue.startsWith is not a function")
                        .parameter(format!("{path}.{key}"))
                        .hint("Write the object as text"),
                );
            }
            (Some(Type::Object), Some(value)) => Some(Template::compile(value, &path)?),
            _ => None,
        };
        Ok(Field {
            name,
            kind,
            value,
            template,
            path,
        })
    });
    fields.collect()
}

/// The item that goes on where one failed: n8n writes its origin into the JSON.
pub fn failed(error: &NodeError, item: usize) -> Item {
    let origin: Object = [("item", item)].into_iter().collect();
    let mut json = Object::with_capacity(2);
    json.insert("error", error.error.message.clone());
    json.insert("pairedItem", origin);
    Item::new(json)
}
