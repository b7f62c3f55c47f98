//! Changes of variables and of what they hold.
//!
//! Arrays and objects are shared between all who know them, so one is changed in place only where its one owner is
//! the variable: then nobody can tell the difference to JavaScript. Anything else is QuickJS's.

use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::value::array_index;
use patchbay_model::{Text, Value};

use super::{Evaluation, check_length, operator};
use crate::syntax::{Assignment, Key, Local, Tree, Update};
use crate::{Error, Js, refusal};

impl Evaluation<'_> {
    pub(super) fn assign(&self, assignment: &Assignment) -> Result<Js, Error> {
        let (local, keys) = self.resolve(&assignment.place)?;
        let old = || self.value(&assignment.place);
        let value = if let Some(operator) = assignment.operator.to_logical_operator() {
            let old = old()?;
            if super::evaluate::decides(operator, &old) {
                return Ok(old);
            }
            self.value(&assignment.value)?
        } else if let Some(operator) = assignment.operator.to_binary_operator() {
            let old = old()?;
            operator::binary(operator, &old, &self.value(&assignment.value)?, self.scope)?
        } else {
            self.value(&assignment.value)?
        };
        self.set(local, &keys, value.clone())?;
        Ok(value)
    }

    pub(super) fn update(&self, update: &Update) -> Result<Js, Error> {
        let (local, keys) = self.resolve(&update.place)?;
        let old = self.value(&update.place)?.to_number();
        let new = if update.increment { old + 1.0 } else { old - 1.0 };
        self.set(local, &keys, Js::number(new))?;
        Ok(Js::number(if update.prefix { new } else { old }))
    }

    pub(super) fn delete(&self, place: &Tree) -> Result<Js, Error> {
        let (local, mut keys) = self.resolve(place)?;
        let Some(last) = keys.pop() else {
            return Err(Error::unsupported("`delete` of a variable"));
        };
        self.change(local, &keys, |value| {
            match value.owned()? {
                Owned::Record(entries) => {
                    entries.shift_remove(&last);
                }
                Owned::List(_) => return Err(Error::unsupported("`delete` of an element")),
            }
            Ok(Js::TRUE)
        })
    }

    /// Lets a place be changed where it is. Nothing of the program may run meanwhile.
    pub(super) fn change<T>(
        &self,
        local: Local,
        keys: &[Text],
        change: impl FnOnce(&mut Js) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(activation) = self.activation else {
            return Err(Error::unsupported("a change outside of functions"));
        };
        activation.change(local, |value| {
            let mut value = value;
            for key in keys {
                value = value.property_mut(key)?;
            }
            change(value)
        })
    }

    /// The variable of a place, and the keys into what it holds.
    pub(super) fn resolve(&self, place: &Tree) -> Result<(Local, Vec<Text>), Error> {
        match place {
            Tree::Local(local) => Ok((*local, Vec::new())),
            Tree::Member(member) => {
                let (local, mut keys) = self.resolve(&member.object)?;
                keys.push(match &member.key {
                    Key::Name(name) => name.clone(),
                    Key::Computed(key) => {
                        let name = self.value(key)?.to_property_key();
                        refusal::check_name(&name)?;
                        name
                    }
                });
                Ok((local, keys))
            }
            _ => Err(Error::unsupported("a change of what is not a variable")),
        }
    }

    fn set(&self, local: Local, keys: &[Text], new: Js) -> Result<(), Error> {
        let Some((last, keys)) = keys.split_last() else {
            return self.change(local, keys, |value| {
                *value = new;
                Ok(())
            });
        };
        self.change(local, keys, |value| {
            if value.is_nullish() {
                return Err(Error::type_error(format!(
                    "Cannot set properties of {} (setting '{last}')",
                    value.to_text()
                )));
            }
            match value.owned()? {
                Owned::Record(entries) => {
                    let is_new = entries.insert(last.clone(), new).is_none();
                    if is_new && array_index(last).is_some() {
                        entries.sort_by_key(|key, _| array_index(key).map_or(u64::MAX, u64::from));
                    }
                }
                Owned::List(values) => match array_index(last).map(|index| index as usize) {
                    Some(index) if index < values.len() => values[index] = new,
                    Some(index) if index == values.len() => values.push(new),
                    _ => return Err(Error::unsupported("a change of an array's shape")),
                },
            }
            Ok(())
        })
    }
}

/// What an array or an object that has one owner holds.
pub(super) enum Owned<'a> {
    List(&'a mut Vec<Js>),
    Record(&'a mut IndexMap<Text, Js>),
}

impl Js {
    /// What an array or object holds, to change it; `Kind::Unsupported` where others know it too.
    pub(super) fn owned(&mut self) -> Result<Owned<'_>, Error> {
        let shared = || Error::unsupported("a change of what others see");
        match self {
            Self::Json(Value::Array(values)) => {
                let values = Arc::get_mut(values).ok_or_else(shared)?;
                let values = std::mem::take(values).into_iter().map(Self::Json).collect();
                *self = Self::List(Rc::new(values));
            }
            Self::Json(Value::Object(object)) => {
                let object = std::mem::take(Arc::get_mut(object).ok_or_else(shared)?);
                let entries = object.into_iter().map(|(key, value)| (key, Self::Json(value)));
                *self = Self::Record(Rc::new(entries.collect()));
            }
            _ => {}
        }
        match self {
            Self::List(values) => {
                let values = Rc::get_mut(values).ok_or_else(shared)?;
                check_length(values.len())?;
                Ok(Owned::List(values))
            }
            Self::Record(entries) => Rc::get_mut(entries).map(Owned::Record).ok_or_else(shared),
            _ => Err(Error::unsupported("a change of what is neither array nor object")),
        }
    }

    /// The property of an array or object that has one owner.
    fn property_mut(&mut self, key: &str) -> Result<&mut Self, Error> {
        if self.is_nullish() {
            return Err(super::path::missing(self, key));
        }
        let value = match self.owned()? {
            Owned::Record(entries) => entries.get_mut(key),
            Owned::List(values) => array_index(key).and_then(|index| values.get_mut(index as usize)),
        };
        value.ok_or_else(|| Error::type_error(format!("Cannot set properties of undefined (setting '{key}')")))
    }
}
