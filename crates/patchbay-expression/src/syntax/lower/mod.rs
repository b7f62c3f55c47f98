//! From the parser's tree to our own.
//!
//! This is the one place that decides, before an expression runs, what the native evaluator knows: whatever
//! [`Lowering::leave`] is called for runs in QuickJS. The rest of the tree is still walked, since n8n refuses
//! forbidden names wherever they stand.

mod expression;
mod function;
mod path;
mod statement;

use oxc_ast::ast;
use oxc_span::GetSpan;
use patchbay_model::Text;

use super::{Local, Span, Tree};
use crate::{Error, depth};

/// The program in our own form.
pub(crate) struct Lowered {
    pub tree: Tree,
    /// Why QuickJS has to run it, if it has.
    pub left: Option<&'static str>,
    /// n8n can not print the program and gives undefined for the whole expression.
    pub unprintable: bool,
    /// Where in the source n8n prints a space that was not there, in bytes, ascending.
    pub spaces: Vec<usize>,
}

/// Makes our tree of an expression; `offset` is where the source begins in the expression's text. Fails where n8n
/// refuses the program.
pub(crate) fn lower(expression: &ast::Expression<'_>, source: &str, offset: i64) -> Result<Lowered, Error> {
    let mut lowering = Lowering {
        source,
        offset,
        left: None,
        functions: Vec::new(),
        called_at_once: false,
        unprintable: false,
        spaces: Vec::new(),
        depth: 0,
    };
    let tree = lowering.expression(expression)?;
    Ok(Lowered {
        tree,
        left: lowering.left,
        unprintable: lowering.unprintable,
        spaces: lowering.spaces,
    })
}

struct Lowering<'s> {
    source: &'s str,
    offset: i64,
    left: Option<&'static str>,
    functions: Vec<FunctionScope>,
    /// The function that comes next is called by the method that it is an argument of, and not kept.
    called_at_once: bool,
    unprintable: bool,
    spaces: Vec<usize>,
    depth: usize,
}

/// The variables of a function while its body is walked.
#[derive(Default)]
struct FunctionScope {
    blocks: Vec<Vec<Variable>>,
    slots: u16,
    /// How many loops the walk is in.
    loops: usize,
}

struct Variable {
    name: Text,
    slot: u16,
    constant: bool,
}

impl Lowering<'_> {
    /// Walks one level deeper.
    fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.depth += 1;
        if self.depth > depth::DEEPEST {
            return Err(depth::too_deep());
        }
        let result = walk(self);
        self.depth -= 1;
        result
    }

    /// Leaves the program to QuickJS.
    fn leave(&mut self, why: &'static str) -> Tree {
        self.left.get_or_insert(why);
        Tree::Undefined
    }

    fn span(&self, spanned: &impl GetSpan) -> Span {
        let span = spanned.span();
        let place = |at: u32| (i64::from(at) + self.offset).max(0) as u32;
        (place(span.start), place(span.end))
    }

    fn text_of(&self, spanned: &impl GetSpan) -> Text {
        let span = spanned.span();
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
            .into()
    }

    fn resolve(&self, name: &str) -> Option<(Local, bool)> {
        self.functions.iter().rev().enumerate().find_map(|(depth, function)| {
            let variable = function
                .blocks
                .iter()
                .rev()
                .flatten()
                .find(|variable| variable.name == name)?;
            let local = Local {
                depth: depth as u16,
                slot: variable.slot,
            };
            Some((local, variable.constant))
        })
    }

    /// A new variable of the innermost block; the same slot where the block has the name already.
    fn declare(&mut self, name: &str, constant: bool) -> u16 {
        let Some(function) = self.functions.last_mut() else {
            self.leave("a variable outside of functions");
            return 0;
        };
        let Some(block) = function.blocks.last_mut() else {
            return 0;
        };
        if let Some(known) = block.iter().find(|variable| variable.name == name) {
            return known.slot;
        }
        let slot = function.slots;
        function.slots = slot.saturating_add(1);
        block.push(Variable {
            name: name.into(),
            slot,
            constant,
        });
        slot
    }

    /// A variable of the function as a whole: `var`.
    fn declare_in_function(&mut self, name: &str) -> u16 {
        let Some(function) = self.functions.last_mut() else {
            return self.declare(name, false);
        };
        let inner = function.blocks.split_off(1.min(function.blocks.len()));
        let slot = self.declare(name, false);
        if let Some(function) = self.functions.last_mut() {
            function.blocks.extend(inner);
        }
        slot
    }

    /// Walks with a block of its own.
    fn in_block<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(function) = self.functions.last_mut() {
            function.blocks.push(Vec::new());
        }
        let result = walk(self);
        if let Some(function) = self.functions.last_mut() {
            function.blocks.pop();
        }
        result
    }
}
