//! The statements of functions.

use oxc_ast::ast;

use super::Lowering;
use super::function::Declaration;
use crate::Error;
use crate::syntax::{Binding, Statement, Tree};

impl Lowering<'_> {
    /// The statements of one block, whose variables are known from its start.
    pub(super) fn statements(&mut self, statements: &[ast::Statement<'_>]) -> Result<Box<[Statement]>, Error> {
        let mut lowered = Vec::with_capacity(statements.len());
        for statement in statements {
            match statement {
                ast::Statement::FunctionDeclaration(function) => {
                    if let Some(name) = &function.id {
                        self.declare(&name.name, false);
                    }
                }
                ast::Statement::VariableDeclaration(declaration) => {
                    for declarator in &declaration.declarations {
                        if let ast::BindingPattern::BindingIdentifier(name) = &declarator.id {
                            match declaration_of(declaration) {
                                Declaration::OfFunction => self.declare_in_function(&name.name),
                                Declaration::Constant => self.declare(&name.name, true),
                                Declaration::Variable => self.declare(&name.name, false),
                            };
                        }
                    }
                }
                _ => {}
            }
        }
        // Functions are there before the first statement runs.
        for statement in statements {
            if let ast::Statement::FunctionDeclaration(function) = statement
                && let Some(name) = &function.id
            {
                let slot = self.declare(&name.name, false);
                let value = self.function(function)?;
                lowered.push(Statement::Declare(Binding::Slot(slot), Some(value)));
            }
        }
        for statement in statements {
            self.statement(statement, &mut lowered)?;
        }
        Ok(lowered.into())
    }

    fn boxed(&mut self, statement: &ast::Statement<'_>) -> Result<Box<Statement>, Error> {
        let mut lowered = Vec::new();
        self.in_block(|lowering| lowering.statement(statement, &mut lowered))?;
        Ok(Box::new(match lowered.len() {
            1 => lowered.swap_remove(0),
            _ => Statement::Block(lowered.into()),
        }))
    }

    fn block(&mut self, block: &ast::BlockStatement<'_>) -> Result<Box<Statement>, Error> {
        let statements = self.in_block(|lowering| lowering.statements(&block.body))?;
        Ok(Box::new(Statement::Block(statements)))
    }

    fn in_loop<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let count = |lowering: &mut Self, step: isize| {
            if let Some(function) = lowering.functions.last_mut() {
                function.loops = function.loops.saturating_add_signed(step);
            }
        };
        count(self, 1);
        let result = self.in_block(walk);
        count(self, -1);
        result
    }

    fn statement(&mut self, statement: &ast::Statement<'_>, lowered: &mut Vec<Statement>) -> Result<(), Error> {
        self.deeper(|lowering| lowering.one_statement(statement, lowered))
    }

    fn one_statement(&mut self, statement: &ast::Statement<'_>, lowered: &mut Vec<Statement>) -> Result<(), Error> {
        use ast::Statement as S;
        let statement = match statement {
            S::ExpressionStatement(statement) => Statement::Expression(self.expression(&statement.expression)?),
            S::VariableDeclaration(declaration) => return self.declarations(declaration, lowered),
            S::FunctionDeclaration(_) | S::EmptyStatement(_) => return Ok(()),
            S::ReturnStatement(statement) => Statement::Return(match &statement.argument {
                Some(value) => self.expression(value)?,
                None => Tree::Undefined,
            }),
            S::BlockStatement(block) => *self.block(block)?,
            S::IfStatement(statement) => Statement::If(
                self.expression(&statement.test)?,
                self.boxed(&statement.consequent)?,
                match &statement.alternate {
                    Some(alternate) => Some(self.boxed(alternate)?),
                    None => None,
                },
            ),
            S::ForStatement(statement) => self.in_loop(|lowering| lowering.for_statement(statement))?,
            S::ForOfStatement(statement) if !statement.r#await => {
                let over = self.expression(&statement.right)?;
                self.for_each(&statement.left, over, false, &statement.body)?
            }
            S::ForInStatement(statement) => {
                let over = self.expression(&statement.right)?;
                self.for_each(&statement.left, over, true, &statement.body)?
            }
            S::WhileStatement(statement) => self.in_loop(|lowering| {
                Ok(Statement::While {
                    test: lowering.expression(&statement.test)?,
                    body: lowering.boxed(&statement.body)?,
                    body_first: false,
                })
            })?,
            S::DoWhileStatement(statement) => self.in_loop(|lowering| {
                Ok(Statement::While {
                    body: lowering.boxed(&statement.body)?,
                    test: lowering.expression(&statement.test)?,
                    body_first: true,
                })
            })?,
            S::SwitchStatement(statement) => {
                let value = self.expression(&statement.discriminant)?;
                let cases = self.in_block(|lowering| {
                    let cases = statement.cases.iter().map(|case| {
                        let test = match &case.test {
                            Some(test) => Some(lowering.expression(test)?),
                            None => None,
                        };
                        Ok((test, lowering.statements(&case.consequent)?))
                    });
                    cases.collect::<Result<_, Error>>()
                })?;
                Statement::Switch(value, cases)
            }
            S::TryStatement(statement) => self.try_statement(statement)?,
            S::ThrowStatement(statement) => Statement::Throw(self.expression(&statement.argument)?),
            S::BreakStatement(statement) if statement.label.is_none() => Statement::Break,
            S::ContinueStatement(statement) if statement.label.is_none() => Statement::Continue,
            _ => Statement::Expression(self.leave("a rare statement")),
        };
        lowered.push(statement);
        Ok(())
    }

    fn declarations(
        &mut self,
        declaration: &ast::VariableDeclaration<'_>,
        lowered: &mut Vec<Statement>,
    ) -> Result<(), Error> {
        let kind = declaration_of(declaration);
        for declarator in &declaration.declarations {
            // The value first: inside of it, an outer variable of the same name is still meant where there is one
            // in another function only, since names of this block are declared at its start.
            let value = match &declarator.init {
                Some(value) => Some(self.expression(value)?),
                None => None,
            };
            let binding = self.binding(&declarator.id, kind)?;
            if value.is_some() || !matches!(kind, Declaration::OfFunction) {
                lowered.push(Statement::Declare(binding, value));
            }
        }
        Ok(())
    }

    fn for_statement(&mut self, statement: &ast::ForStatement<'_>) -> Result<Statement, Error> {
        let mut start = Vec::new();
        match &statement.init {
            Some(ast::ForStatementInit::VariableDeclaration(declaration)) => {
                self.declarations(declaration, &mut start)?;
            }
            Some(init) => {
                let value = match init.as_expression() {
                    Some(value) => self.expression(value)?,
                    None => self.leave("rare syntax"),
                };
                start.push(Statement::Expression(value));
            }
            None => {}
        }
        let mut optional = |value: &Option<ast::Expression<'_>>| match value {
            Some(value) => self.expression(value).map(Some),
            None => Ok(None),
        };
        let test = optional(&statement.test)?;
        let update = optional(&statement.update)?;
        Ok(Statement::For {
            start: (!start.is_empty()).then(|| Box::new(Statement::Block(start.into()))),
            test,
            update,
            body: self.boxed(&statement.body)?,
        })
    }

    fn for_each(
        &mut self,
        left: &ast::ForStatementLeft<'_>,
        over: Tree,
        keys: bool,
        body: &ast::Statement<'_>,
    ) -> Result<Statement, Error> {
        self.in_loop(|lowering| {
            let binding = if let ast::ForStatementLeft::VariableDeclaration(declaration) = left
                && let Some(declarator) = declaration.declarations.first()
            {
                lowering.binding(&declarator.id, declaration_of(declaration))?
            } else {
                lowering.leave("a loop over a variable from outside");
                Binding::Slot(0)
            };
            Ok(Statement::ForEach {
                binding,
                over,
                keys,
                body: lowering.boxed(body)?,
            })
        })
    }

    fn try_statement(&mut self, statement: &ast::TryStatement<'_>) -> Result<Statement, Error> {
        let block = self.block(&statement.block)?;
        let mut parameter = None;
        let handler = match &statement.handler {
            Some(clause) => Some(self.in_block(|lowering| {
                if let Some(pattern) = &clause.param {
                    parameter = Some(lowering.binding(&pattern.pattern, Declaration::Variable)?);
                }
                lowering.block(&clause.body)
            })?),
            None => None,
        };
        let finalizer = match &statement.finalizer {
            Some(block) => Some(self.block(block)?),
            None => None,
        };
        Ok(Statement::Try {
            block,
            parameter,
            handler,
            finalizer,
        })
    }
}

fn declaration_of(declaration: &ast::VariableDeclaration<'_>) -> Declaration {
    match declaration.kind {
        ast::VariableDeclarationKind::Var => Declaration::OfFunction,
        ast::VariableDeclarationKind::Let => Declaration::Variable,
        _ => Declaration::Constant,
    }
}
