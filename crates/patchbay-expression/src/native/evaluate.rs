//! Expressions.

use std::rc::Rc;

use indexmap::IndexMap;
use patchbay_model::{Text, Value};

use super::closure::Budget;
use super::{Closure, Evaluation, check_length, global, method, operator};
use crate::js::{Function, RegularExpression};
use crate::syntax::{Binding, Callee, Element, Key, Local, LogicalOperator, Member, Property, Tree, UnaryOperator};
use crate::{Error, Js, extension, host, refusal};

impl Evaluation<'_> {
    pub(super) fn value(&self, tree: &Tree) -> Result<Js, Error> {
        Ok(match tree {
            Tree::Undefined => Js::Undefined,
            Tree::Constant(value) => Js::Json(value.clone()),
            Tree::Path(path) => self.path(path)?.unwrap_or_default(),
            Tree::Local(local) => self.local(*local),
            Tree::Scope(name) if name == "$" => {
                return Err(Error::new("Cannot access \"$\" without calling it as a function").code("E0221"));
            }
            Tree::Scope(name) => host::get(name, self.scope)?.unwrap_or_default(),
            Tree::Global(name) => Js::Function(Rc::new(Function::Global(name))),
            Tree::RegularExpression(pattern) => Js::RegularExpression(Rc::new(RegularExpression::new(pattern.clone()))),
            Tree::Template { texts, values } => self.template(texts, values)?,
            Tree::Array(elements) => Js::list(self.elements(elements)?),
            Tree::Object(properties) => self.object(properties)?,
            Tree::Function(function) => Js::Function(Rc::new(Function::Closure(Closure {
                function: function.clone(),
                activation: self.activation.cloned(),
                budget: self.budget.map_or_else(|| Rc::new(Budget::default()), Rc::clone),
            }))),
            Tree::Unary(operator, operand) => self.unary(*operator, operand)?,
            Tree::Binary(operator, operands) => {
                let left = self.value(&operands[0])?;
                let right = self.value(&operands[1])?;
                operator::binary(*operator, &left, &right, self.scope)?
            }
            Tree::Logical(operator, operands) => {
                let left = self.value(&operands[0])?;
                if decides(*operator, &left) {
                    left
                } else {
                    self.value(&operands[1])?
                }
            }
            Tree::Conditional(branches) => {
                let chosen = if self.value(&branches[0])?.truthy() { 1 } else { 2 };
                self.value(&branches[chosen])?
            }
            Tree::Sequence(values) => {
                let mut last = Js::Undefined;
                for value in values {
                    last = self.value(value)?;
                }
                last
            }
            Tree::Assign(assignment) => self.assign(assignment)?,
            Tree::Update(update) => self.update(update)?,
            Tree::Delete(place) => self.delete(place)?,
            Tree::Member(_) | Tree::Call(_) => self.chain(tree)?.unwrap_or_default(),
            Tree::Chain(inner) => self.chain(inner)?.unwrap_or_default(),
            Tree::New(new) => {
                let arguments = self.elements(&new.arguments)?;
                global::construct(new.class, &arguments, self.scope).map_err(|error| error.within(span(new.span)))?
            }
        })
    }

    /// The value of a part of an optional chain; `None` where a `?.` before has ended it.
    pub(super) fn chain(&self, tree: &Tree) -> Result<Option<Js>, Error> {
        match tree {
            Tree::Path(path) => self.path(path),
            Tree::Member(member) => {
                let Some(object) = self.chain(&member.object)? else {
                    return Ok(None);
                };
                if member.optional && object.is_nullish() {
                    return Ok(None);
                }
                self.member(member, &object).map(Some)
            }
            Tree::Call(call) => self.call(call),
            other => self.value(other).map(Some),
        }
    }

    /// A property of an object that has been evaluated.
    pub(super) fn member(&self, member: &Member, object: &Js) -> Result<Js, Error> {
        let value = match &member.key {
            Key::Name(name) => super::get_property(object, name, self.scope),
            Key::Computed(key) => {
                let key = self.value(key)?;
                // An element by its number needs no text.
                if let (Some(index), true) = (key.as_number(), object.is_array())
                    && index >= 0.0
                    && index.fract() == 0.0
                {
                    return Ok(object.element(index as usize).unwrap_or_default());
                }
                let name = key.to_property_key();
                refusal::check_name(&name)?;
                super::get_property(object, &name, self.scope)
            }
        };
        value.map_err(|error| error.within(span(member.span)))
    }

    fn local(&self, local: Local) -> Js {
        self.activation
            .map_or(Js::Undefined, |activation| activation.get(local))
    }

    fn template(&self, texts: &[Text], values: &[Tree]) -> Result<Js, Error> {
        let mut result = String::new();
        for (place, text) in texts.iter().enumerate() {
            result.push_str(text);
            if let Some(value) = values.get(place) {
                result.push_str(&self.value(value)?.to_text());
            }
        }
        check_length(result.len())?;
        Ok(Js::text(result))
    }

    /// The elements of an array literal, or the arguments of a call.
    pub(super) fn elements(&self, elements: &[Element]) -> Result<Vec<Js>, Error> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Element::Value(value) => values.push(self.value(value)?),
                Element::Spread(value) => values.extend(self.iterate(value)?),
            }
        }
        check_length(values.len())?;
        Ok(values)
    }

    fn object(&self, properties: &[Property]) -> Result<Js, Error> {
        let mut entries = IndexMap::with_capacity(properties.len());
        for property in properties {
            match property {
                Property::Named(name, value) => {
                    entries.insert(name.clone(), self.value(value)?);
                }
                Property::Computed(key, value) => {
                    let key = self.value(key)?.to_property_key();
                    entries.insert(key, self.value(value)?);
                }
                Property::Spread(value) => spread_into(&mut entries, &self.value(value)?, self.scope)?,
            }
        }
        Ok(Js::record(entries))
    }

    fn unary(&self, operator: UnaryOperator, operand: &Tree) -> Result<Js, Error> {
        let value = self.value(operand)?;
        Ok(match operator {
            UnaryOperator::LogicalNot => Js::boolean(!value.truthy()),
            UnaryOperator::UnaryNegation => Js::number(-value.to_number()),
            UnaryOperator::UnaryPlus => Js::number(value.to_number()),
            UnaryOperator::BitwiseNot => Js::number(!value.to_int32()),
            UnaryOperator::Typeof => Js::text(value.type_of()),
            UnaryOperator::Void => Js::Undefined,
            UnaryOperator::Delete => return Err(Error::unsupported("delete")),
        })
    }

    /// What spread, `for … of` and array patterns go through. Iterators, which have no form of their own here, are
    /// known where they are made on the spot: `[...text.matchAll(x)]`.
    pub(super) fn iterate(&self, tree: &Tree) -> Result<Vec<Js>, Error> {
        if let Tree::Call(call) = tree
            && let Callee::Method(Member {
                object,
                key: Key::Name(name),
                optional: false,
                ..
            }) = &call.callee
            && method::makes_iterator(name)
        {
            let receiver = self.value(object)?;
            let is_extension = extension::applies(name, &receiver);
            let arguments = self.elements(&call.arguments)?;
            if !is_extension && let Some(values) = method::iterator(&receiver, name, &arguments)? {
                return Ok(values);
            }
            let value = super::call_method(&receiver, name, &arguments, self.scope)?;
            return method::iterate(&value);
        }
        method::iterate(&self.value(tree)?)
    }

    /// Gives variables their values.
    pub(super) fn bind(&self, binding: &Binding, value: Js) -> Result<(), Error> {
        match binding {
            Binding::Slot(slot) => {
                if let Some(activation) = self.activation {
                    activation.set(*slot, value);
                }
            }
            Binding::Array { elements, rest } => {
                let mut values = method::iterate(&value)?.into_iter();
                for element in elements {
                    let value = values.next().unwrap_or_default();
                    if let Some(element) = element {
                        self.bind_parameter(element, value)?;
                    }
                }
                if let Some(rest) = rest {
                    self.bind(rest, Js::list(values.collect()))?;
                }
            }
            Binding::Object { properties, rest } => {
                if value.is_nullish() {
                    return Err(Error::type_error(format!(
                        "Cannot destructure '{0}' as it is {0}.",
                        value.to_text()
                    )));
                }
                let mut taken = Vec::with_capacity(properties.len());
                for (key, parameter) in properties {
                    let name = match key {
                        Key::Name(name) => name.clone(),
                        Key::Computed(key) => self.value(key)?.to_property_key(),
                    };
                    refusal::check_destructured(&name)?;
                    self.bind_parameter(parameter, super::get_property(&value, &name, self.scope)?)?;
                    taken.push(name);
                }
                if let Some(rest) = rest {
                    let mut entries = IndexMap::new();
                    spread_into(&mut entries, &value, self.scope)?;
                    entries.retain(|key, _| !taken.contains(key));
                    self.bind(rest, Js::record(entries))?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn bind_parameter(&self, parameter: &crate::syntax::Parameter, value: Js) -> Result<(), Error> {
        let value = match (&parameter.default, value) {
            (Some(default), Js::Undefined) => self.value(default)?,
            (_, value) => value,
        };
        self.bind(&parameter.pattern, value)
    }
}

/// Whether the left side is the value already.
pub(super) fn decides(operator: LogicalOperator, left: &Js) -> bool {
    match operator {
        LogicalOperator::And => !left.truthy(),
        LogicalOperator::Or => left.truthy(),
        LogicalOperator::Coalesce => !left.is_nullish(),
    }
}

/// `{...value}`.
pub(super) fn spread_into(
    entries: &mut IndexMap<Text, Js>,
    value: &Js,
    scope: &patchbay_model::Scope<'_>,
) -> Result<(), Error> {
    if let Some(own) = value.entries() {
        entries.extend(own.map(|(key, value)| (key.clone(), value)));
    } else if let Some(elements) = value.elements() {
        entries.extend(
            elements
                .enumerate()
                .map(|(index, value)| (index.to_string().into(), value)),
        );
    } else if let Js::Host(host) = value {
        let object = host.to_object(scope)?;
        entries.extend(
            object
                .entries()
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.clone(), value)),
        );
    } else if let Js::Json(Value::Text(text)) = value {
        let units = super::units::split(text);
        entries.extend(
            units
                .enumerate()
                .map(|(index, unit)| (index.to_string().into(), Js::Json(unit))),
        );
    }
    Ok(())
}

pub(super) fn span(span: crate::syntax::Span) -> (usize, usize) {
    (span.0 as usize, span.1 as usize)
}
