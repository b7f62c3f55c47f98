//! The statements of functions.

use std::rc::Rc;

use super::Evaluation;
use crate::js::ErrorObject;
use crate::syntax::{Case, Statement, Tree};
use crate::{Error, Js, Kind};

/// How a statement has ended.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Js),
}

impl Evaluation<'_> {
    pub(super) fn run(&self, statements: &[Statement]) -> Result<Flow, Error> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&self, statement: &Statement) -> Result<Flow, Error> {
        match statement {
            Statement::Expression(value) => {
                self.value(value)?;
            }
            Statement::Declare(binding, value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Js::Undefined,
                };
                self.bind(binding, value)?;
            }
            Statement::Return(value) => return Ok(Flow::Return(self.value(value)?)),
            Statement::If(test, then, otherwise) => {
                if self.value(test)?.truthy() {
                    return self.statement(then);
                } else if let Some(otherwise) = otherwise {
                    return self.statement(otherwise);
                }
            }
            Statement::Block(statements) => return self.run(statements),
            Statement::For {
                start,
                test,
                update,
                body,
            } => return self.run_for(start.as_deref(), test.as_ref(), update.as_ref(), body),
            Statement::ForEach {
                binding,
                over,
                keys,
                body,
            } => {
                let values = if *keys {
                    self.keys_of(over)?
                } else {
                    self.iterate(over)?
                };
                for value in values {
                    self.step()?;
                    self.bind(binding, value)?;
                    match self.statement(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            Statement::While { test, body, body_first } => {
                let mut first = *body_first;
                while std::mem::take(&mut first) || self.value(test)?.truthy() {
                    self.step()?;
                    match self.statement(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            Statement::Switch(value, cases) => return self.switch(value, cases),
            Statement::Try {
                block,
                parameter,
                handler,
                finalizer,
            } => {
                let mut outcome = self.statement(block);
                if let Some(handler) = handler {
                    outcome = match outcome {
                        Err(error) if !matches!(error.kind, Kind::Unsupported | Kind::Limit) => {
                            let caught = Js::Error(Rc::new(ErrorObject {
                                kind: error.kind,
                                message: error.message.clone(),
                            }));
                            match parameter {
                                Some(parameter) => self.bind(parameter, caught).and_then(|()| self.statement(handler)),
                                None => self.statement(handler),
                            }
                        }
                        outcome => outcome,
                    };
                }
                if let Some(finalizer) = finalizer {
                    match self.statement(finalizer)? {
                        Flow::Next => {}
                        flow => return Ok(flow),
                    }
                }
                return outcome;
            }
            Statement::Throw(value) => {
                return Err(match self.value(value)? {
                    Js::Error(error) => Error::of(error.kind, error.message.clone()),
                    _ => Error::unsupported("`throw` of what is not an error"),
                });
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn run_for(
        &self,
        start: Option<&Statement>,
        test: Option<&Tree>,
        update: Option<&Tree>,
        body: &Statement,
    ) -> Result<Flow, Error> {
        if let Some(start) = start {
            self.statement(start)?;
        }
        loop {
            self.step()?;
            if let Some(test) = test
                && !self.value(test)?.truthy()
            {
                break;
            }
            match self.statement(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow @ Flow::Return(_) => return Ok(flow),
            }
            if let Some(update) = update {
                self.value(update)?;
            }
        }
        Ok(Flow::Next)
    }

    fn switch(&self, value: &Tree, cases: &[Case]) -> Result<Flow, Error> {
        let value = self.value(value)?;
        let mut chosen = None;
        for (place, (test, _)) in cases.iter().enumerate() {
            if let Some(test) = test
                && self.value(test)?.strict_equals(&value)
            {
                chosen = Some(place);
                break;
            }
        }
        let chosen = chosen.or_else(|| cases.iter().position(|(test, _)| test.is_none()));
        for (_, statements) in cases.iter().skip(chosen.unwrap_or(cases.len())) {
            match self.run(statements)? {
                Flow::Next => {}
                Flow::Break => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn keys_of(&self, over: &Tree) -> Result<Vec<Js>, Error> {
        let value = self.value(over)?;
        if value.is_nullish() {
            return Ok(Vec::new());
        }
        super::global::keys(&value, self.scope)
    }

    fn step(&self) -> Result<(), Error> {
        self.budget.map_or(Ok(()), |budget| budget.step())
    }
}
