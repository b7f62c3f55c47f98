//! Functions and what their parameters bind.

use std::sync::Arc;

use oxc_ast::ast;

use super::{FunctionScope, Lowering};
use crate::Error;
use crate::refusal;
use crate::syntax::{Binding, Body, Function, Key, Parameter, Statement, Tree};

impl Lowering<'_> {
    pub(super) fn arrow_function(&mut self, function: &ast::ArrowFunctionExpression<'_>) -> Result<Tree, Error> {
        if function.r#async {
            return Ok(self.leave("an asynchronous function"));
        }
        self.enter_function();
        let (parameters, rest) = self.parameters(&function.params)?;
        let body = match function.body.as_expression() {
            Some(value) => Body::Value(self.expression(value)?),
            None => match &function.body {
                ast::ArrowFunctionBody::FunctionBody(body) => Body::Statements(self.function_body(body)?),
                _ => Body::Value(self.leave("rare syntax")),
            },
        };
        let slots = self.functions.pop().map_or(0, |scope| scope.slots);
        Ok(Tree::Function(Arc::new(Function {
            parameters,
            rest,
            body,
            slots,
            own_name: None,
            source: self.text_of(function),
        })))
    }

    pub(super) fn function(&mut self, function: &ast::Function<'_>) -> Result<Tree, Error> {
        if function.r#async || function.generator {
            return Ok(self.leave("an asynchronous function or a generator"));
        }
        self.enter_function();
        let own_name = function.id.as_ref().map(|name| self.declare(&name.name, false));
        let (parameters, rest) = self.parameters(&function.params)?;
        let body = match &function.body {
            Some(body) => self.function_body(body)?,
            None => Box::default(),
        };
        let slots = self.functions.pop().map_or(0, |scope| scope.slots);
        Ok(Tree::Function(Arc::new(Function {
            parameters,
            rest,
            body: Body::Statements(body),
            slots,
            own_name,
            source: self.text_of(function),
        })))
    }

    fn enter_function(&mut self) {
        let called_at_once = std::mem::take(&mut self.called_at_once);
        if self.functions.last().is_some_and(|function| function.loops > 0) && !called_at_once {
            // Each turn of a loop has variables of its own, which a function that outlives the turn would keep.
            self.leave("a function that outlives a turn of a loop");
        }
        self.functions.push(FunctionScope {
            blocks: vec![Vec::new()],
            ..FunctionScope::default()
        });
    }

    fn parameters(
        &mut self,
        parameters: &ast::FormalParameters<'_>,
    ) -> Result<(Box<[Parameter]>, Option<Binding>), Error> {
        let items = parameters.items.iter().map(|parameter| {
            let default = match &parameter.initializer {
                Some(value) => Some(self.expression(value)?),
                None => None,
            };
            Ok(Parameter {
                pattern: self.binding(&parameter.pattern, Declaration::Variable)?,
                default,
            })
        });
        let items = items.collect::<Result<_, Error>>()?;
        let rest = match &parameters.rest {
            Some(rest) => Some(self.binding(&rest.rest.argument, Declaration::Variable)?),
            None => None,
        };
        Ok((items, rest))
    }

    fn function_body(&mut self, body: &ast::FunctionBody<'_>) -> Result<Box<[Statement]>, Error> {
        self.statements(&body.statements)
    }

    pub(super) fn binding(
        &mut self,
        pattern: &ast::BindingPattern<'_>,
        declaration: Declaration,
    ) -> Result<Binding, Error> {
        Ok(match pattern {
            ast::BindingPattern::BindingIdentifier(identifier) => Binding::Slot(match declaration {
                Declaration::Constant => self.declare(&identifier.name, true),
                Declaration::Variable => self.declare(&identifier.name, false),
                Declaration::OfFunction => self.declare_in_function(&identifier.name),
            }),
            ast::BindingPattern::ArrayPattern(array) => {
                let elements = array.elements.iter().map(|element| match element {
                    Some(element) => self.defaulted(element, declaration).map(Some),
                    None => Ok(None),
                });
                Binding::Array {
                    elements: elements.collect::<Result<_, _>>()?,
                    rest: self.rest(array.rest.as_deref(), declaration)?,
                }
            }
            ast::BindingPattern::ObjectPattern(object) => {
                let properties = object.properties.iter().map(|property| {
                    let key = self.property_key(&property.key, property.computed)?;
                    if let Key::Name(name) = &key {
                        refusal::check_destructured(name)?;
                    }
                    Ok((key, self.defaulted(&property.value, declaration)?))
                });
                Binding::Object {
                    properties: properties.collect::<Result<_, Error>>()?,
                    rest: self.rest(object.rest.as_deref(), declaration)?,
                }
            }
            ast::BindingPattern::AssignmentPattern(_) => {
                self.leave("rare syntax");
                Binding::Slot(0)
            }
        })
    }

    fn defaulted(&mut self, pattern: &ast::BindingPattern<'_>, declaration: Declaration) -> Result<Parameter, Error> {
        match pattern {
            ast::BindingPattern::AssignmentPattern(assignment) => {
                let default = Some(self.expression(&assignment.right)?);
                Ok(Parameter {
                    pattern: self.binding(&assignment.left, declaration)?,
                    default,
                })
            }
            pattern => Ok(Parameter {
                pattern: self.binding(pattern, declaration)?,
                default: None,
            }),
        }
    }

    fn rest(
        &mut self,
        rest: Option<&ast::BindingRestElement<'_>>,
        declaration: Declaration,
    ) -> Result<Option<Box<Binding>>, Error> {
        rest.map(|rest| self.binding(&rest.argument, declaration).map(Box::new))
            .transpose()
    }
}

/// How a variable is declared.
#[derive(Clone, Copy)]
pub(super) enum Declaration {
    /// `const`.
    Constant,
    /// `let`, parameters.
    Variable,
    /// `var`.
    OfFunction,
}
