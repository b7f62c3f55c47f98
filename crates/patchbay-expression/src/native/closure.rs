//! Functions with what they have captured, and their variables while they run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use patchbay_model::{Scope, Text};

use super::Evaluation;
use super::statement::Flow;
use crate::syntax::{Body, Function, Local};
use crate::{Error, Js};

/// An arrow function or function expression with what it has captured.
#[derive(Debug)]
pub struct Closure {
    pub(super) function: Arc<Function>,
    pub(super) activation: Option<Rc<Activation>>,
    pub(super) budget: Rc<Budget>,
}

/// The variables of one call.
#[derive(Debug)]
pub(super) struct Activation {
    slots: RefCell<Vec<Js>>,
    parent: Option<Rc<Activation>>,
}

/// How much may still happen natively: turns and calls, and calls inside of calls.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<u32>,
    depth: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(2_000_000),
            depth: Cell::new(100),
        }
    }
}

impl Budget {
    pub(super) fn step(&self) -> Result<(), Error> {
        match self.steps.get().checked_sub(1) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Error::unsupported("a very long loop")),
        }
    }
}

impl Activation {
    pub(super) fn get(&self, local: Local) -> Js {
        match self.at(local.depth) {
            Some(activation) => {
                let slots = activation.slots.borrow();
                slots.get(usize::from(local.slot)).cloned().unwrap_or_default()
            }
            None => Js::Undefined,
        }
    }

    /// Sets a variable of this very call.
    pub(super) fn set(&self, slot: u16, value: Js) {
        if let Some(place) = self.slots.borrow_mut().get_mut(usize::from(slot)) {
            *place = value;
        }
    }

    /// Lets a variable be changed where it is. Nothing of the program may run meanwhile.
    pub(super) fn change<T>(&self, local: Local, change: impl FnOnce(&mut Js) -> Result<T, Error>) -> Result<T, Error> {
        let activation = self.at(local.depth);
        let mut slots = match activation {
            Some(activation) => activation.slots.borrow_mut(),
            None => return Err(Error::unsupported("an unknown variable")),
        };
        match slots.get_mut(usize::from(local.slot)) {
            Some(value) => change(value),
            None => Err(Error::unsupported("an unknown variable")),
        }
    }

    fn at(&self, depth: u16) -> Option<&Self> {
        let mut activation = self;
        for _ in 0..depth {
            activation = activation.parent.as_deref()?;
        }
        Some(activation)
    }
}

impl Closure {
    /// Calls it. The arguments are given away, so that what only the function knows can be changed in place.
    pub fn call(&self, arguments: Vec<Js>, scope: &Scope<'_>) -> Result<Js, Error> {
        self.budget.step()?;
        let Some(depth) = self.budget.depth.get().checked_sub(1) else {
            return Err(Error::unsupported("a deep recursion"));
        };
        self.budget.depth.set(depth);
        let result = self.run(arguments, scope);
        self.budget.depth.set(depth + 1);
        result
    }

    fn run(&self, arguments: Vec<Js>, scope: &Scope<'_>) -> Result<Js, Error> {
        let function = &*self.function;
        let activation = Rc::new(Activation {
            slots: RefCell::new(vec![Js::Undefined; usize::from(function.slots)]),
            parent: self.activation.clone(),
        });
        let evaluation = Evaluation {
            scope,
            activation: Some(&activation),
            budget: Some(&self.budget),
        };
        if let Some(slot) = function.own_name {
            let itself = Self {
                function: self.function.clone(),
                activation: self.activation.clone(),
                budget: self.budget.clone(),
            };
            activation.set(slot, Js::Function(Rc::new(crate::js::Function::Closure(itself))));
        }
        let mut arguments = arguments.into_iter();
        for parameter in &function.parameters {
            evaluation.bind_parameter(parameter, arguments.next().unwrap_or_default())?;
        }
        if let Some(rest) = &function.rest {
            evaluation.bind(rest, Js::list(arguments.collect()))?;
        }
        match &function.body {
            Body::Value(value) => evaluation.value(value),
            Body::Statements(statements) => match evaluation.run(statements)? {
                Flow::Return(value) => Ok(value),
                _ => Ok(Js::Undefined),
            },
        }
    }

    /// As it was written.
    pub fn source(&self) -> &Text {
        &self.function.source
    }

    /// How many parameters it has before the first with a default.
    pub fn length(&self) -> usize {
        let parameters = self.function.parameters.iter();
        parameters.take_while(|parameter| parameter.default.is_none()).count()
    }
}
