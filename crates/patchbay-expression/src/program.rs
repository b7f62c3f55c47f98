//! The JavaScript of one `{{ }}`.

use std::borrow::Cow;

use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_parser::Parser;
use oxc_span::SourceType;
use patchbay_model::{Scope, Text, Value};

use crate::syntax::{Lowered, Tree, lower};
use crate::{Error, Js, Kind, depth, native, script};

/// One piece of JavaScript, parsed.
#[derive(Debug)]
pub struct Program {
    /// What n8n would run: an object literal stands in parentheses.
    pub source: Text,
    /// Where what stands between the braces begins in the expression's text, in bytes.
    pub offset: usize,
    tree: Option<Tree>,
    /// Why QuickJS has to run it, where it has.
    pub left_to_quickjs: Option<&'static str>,
    /// n8n can not print the program, and gives undefined for the whole expression that it is a part of.
    pub unprintable: bool,
}

impl Program {
    /// Parses what stands between `{{` and `}}`. Of several statements n8n runs the first, which has to be an
    /// expression.
    pub fn parse(code: &str, offset: usize) -> Result<Self, Error> {
        let bare = code.trim();
        let (source, shift) = if bare.starts_with('{') {
            // An object, not a block.
            let lead = code.len() - code.trim_start().len();
            (Cow::Owned(format!("({bare})")), (offset + lead) as i64 - 1)
        } else {
            (Cow::Borrowed(code), offset as i64)
        };
        depth::with_stack_for(&source, || Self::parse_source(&source, shift, offset))
    }

    fn parse_source(source: &str, shift: i64, offset: usize) -> Result<Self, Error> {
        let invalid = || Error::new("invalid syntax").code("E0204");
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::script()).parse();
        if parsed.panicked || parsed.diagnostics.iter().next().is_some() {
            let error = invalid();
            let label = parsed.diagnostics.iter().find_map(|diagnostic| {
                let label = diagnostic.labels.first()?;
                Some((label.offset(), label.len()))
            });
            return Err(match label {
                Some((start, length)) => {
                    let start = (i64::from(start) + shift).max(0) as usize;
                    error.within((start, start + length as usize))
                }
                None => error,
            });
        }
        let program = &parsed.program;
        let lowered = if let Some(directive) = program.directives.first() {
            Lowered {
                tree: Tree::Constant(Value::text(directive.expression.value.as_str())),
                left: None,
                unprintable: false,
                spaces: Vec::new(),
            }
        } else {
            let Some(ast::Statement::ExpressionStatement(statement)) = program.body.first() else {
                return Err(invalid());
            };
            lower(&statement.expression, source, shift).map_err(|error| match error.kind {
                Kind::Syntax => invalid(),
                _ => error,
            })?
        };
        drop(parsed);
        let mut source = source.to_owned();
        for place in lowered.spaces.iter().rev() {
            source.insert(*place, ' ');
        }
        Ok(Self {
            unprintable: lowered.unprintable,
            tree: lowered.left.is_none().then_some(lowered.tree),
            left_to_quickjs: lowered.left,
            source: source.into(),
            offset,
        })
    }

    /// The value, in whichever evaluator knows the program. An error of JavaScript's is undefined, as n8n has it.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<(Js, crate::Evaluator), Error> {
        if let Some(tree) = &self.tree {
            match native::evaluate(tree, scope) {
                Ok(value) => return Ok((value, crate::Evaluator::Native)),
                Err(error) if error.kind == Kind::Unsupported => {}
                Err(error) => return Ok((forgive(error)?, crate::Evaluator::Native)),
            }
        }
        let value = script::evaluate(self, scope).or_else(forgive)?;
        Ok((value, crate::Evaluator::QuickJs))
    }
}

/// n8n shows its own errors and swallows JavaScript's.
fn forgive(error: Error) -> Result<Js, Error> {
    match error.kind {
        Kind::Expression | Kind::Limit | Kind::Unsupported => Err(error),
        _ => Ok(Js::Undefined),
    }
}
