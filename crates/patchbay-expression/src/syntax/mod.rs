//! The native evaluator's own syntax tree: compact, free of the parser's memory, shared between threads.
//!
//! `lower` makes it from the parser's tree and decides what the native evaluator knows; `native` runs it.

mod lower;
mod names;

use std::sync::Arc;

pub(crate) use lower::{Lowered, lower};
pub use oxc_syntax::operator::{AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator, UpdateOperator};
use patchbay_model::{Text, Value};

use crate::js::Pattern;

/// Bytes of the expression's text.
pub(crate) type Span = (u32, u32);

/// An expression of JavaScript.
#[derive(Debug)]
pub(crate) enum Tree {
    Undefined,
    Constant(Value),
    Path(Box<Path>),
    Local(Local),
    /// A name of n8n's scope, `$json`.
    Scope(Text),
    /// A function, class or namespace: `Math`.
    Global(&'static str),
    RegularExpression(Arc<Pattern>),
    /// `texts` has one more than `values`.
    Template {
        texts: Box<[Text]>,
        values: Box<[Tree]>,
    },
    Array(Box<[Element]>),
    Object(Box<[Property]>),
    Function(Arc<Function>),
    Unary(UnaryOperator, Box<Tree>),
    Binary(BinaryOperator, Box<[Tree; 2]>),
    Logical(LogicalOperator, Box<[Tree; 2]>),
    Conditional(Box<[Tree; 3]>),
    Sequence(Box<[Tree]>),
    Assign(Box<Assignment>),
    Update(Box<Update>),
    /// `delete`; the operand is a place.
    Delete(Box<Tree>),
    Member(Box<Member>),
    Call(Box<Call>),
    New(Box<New>),
    /// The end of what `?.` skips.
    Chain(Box<Tree>),
}

/// Properties that are read one after the other from an item's JSON: four of five real expressions.
#[derive(Debug)]
pub(crate) struct Path {
    pub root: Root,
    pub keys: Box<[PathKey]>,
    pub span: Span,
}

/// Whose JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `$json`.
    Current,
    /// `$('Node').item.json`.
    Paired(Text),
    /// `$('Node').first().json`.
    First(Text),
    /// `$('Node').last().json`.
    Last(Text),
    /// `$node["Node"].json`.
    Legacy(Text),
}

#[derive(Debug)]
pub(crate) struct PathKey {
    pub name: Text,
    /// `?.` stands before it.
    pub optional: bool,
}

/// A variable: how many functions outwards, and which one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    pub depth: u16,
    pub slot: u16,
}

#[derive(Debug)]
pub(crate) enum Element {
    Value(Tree),
    Spread(Tree),
}

#[derive(Debug)]
pub(crate) enum Property {
    Named(Text, Tree),
    Computed(Tree, Tree),
    Spread(Tree),
}

#[derive(Debug)]
pub(crate) enum Key {
    Name(Text),
    Computed(Tree),
}

#[derive(Debug)]
pub(crate) struct Member {
    pub object: Tree,
    pub key: Key,
    pub optional: bool,
    pub span: Span,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub callee: Callee,
    pub arguments: Box<[Element]>,
    /// `?.` stands before the arguments.
    pub optional: bool,
    /// Written as `value.name(…)`: n8n's extensions are called in no other way.
    pub by_name: bool,
    pub span: Span,
}

#[derive(Debug)]
pub(crate) enum Callee {
    /// `parseInt(…)`.
    Global(&'static str),
    /// `Math.max(…)`.
    Static(&'static str, Text),
    /// `$items(…)`.
    Scope(Text),
    Method(Member),
    Value(Tree),
}

#[derive(Debug)]
pub(crate) struct New {
    pub class: &'static str,
    pub arguments: Box<[Element]>,
    pub span: Span,
}

#[derive(Debug)]
pub(crate) struct Assignment {
    pub place: Tree,
    pub operator: AssignmentOperator,
    pub value: Tree,
}

#[derive(Debug)]
pub(crate) struct Update {
    pub place: Tree,
    pub increment: bool,
    pub prefix: bool,
}

impl Tree {
    /// Whether this is a variable, or a property of what a variable holds: all that can be assigned to.
    pub fn is_place(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Member(member) => !member.optional && member.object.is_place(),
            _ => false,
        }
    }
}

/// An arrow function or function expression.
#[derive(Debug)]
pub(crate) struct Function {
    pub parameters: Box<[Parameter]>,
    pub rest: Option<Binding>,
    pub body: Body,
    pub slots: u16,
    /// Where a function expression finds itself by its name.
    pub own_name: Option<u16>,
    /// As it was written.
    pub source: Text,
}

#[derive(Debug)]
pub(crate) enum Body {
    Value(Tree),
    Statements(Box<[Statement]>),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub pattern: Binding,
    pub default: Option<Tree>,
}

/// What a value is bound to.
#[derive(Debug)]
pub(crate) enum Binding {
    Slot(u16),
    Array {
        elements: Box<[Option<Parameter>]>,
        rest: Option<Box<Binding>>,
    },
    Object {
        properties: Box<[(Key, Parameter)]>,
        rest: Option<Box<Binding>>,
    },
}

/// One `case` and its statements; `None` is `default`.
pub(crate) type Case = (Option<Tree>, Box<[Statement]>);

#[derive(Debug)]
pub(crate) enum Statement {
    Expression(Tree),
    /// `const`, `let`; `None` for a variable without a value.
    Declare(Binding, Option<Tree>),
    Return(Tree),
    If(Tree, Box<Statement>, Option<Box<Statement>>),
    Block(Box<[Statement]>),
    For {
        start: Option<Box<Statement>>,
        test: Option<Tree>,
        update: Option<Tree>,
        body: Box<Statement>,
    },
    ForEach {
        binding: Binding,
        over: Tree,
        /// `for … in`: the keys.
        keys: bool,
        body: Box<Statement>,
    },
    While {
        test: Tree,
        body: Box<Statement>,
        /// `do … while`.
        body_first: bool,
    },
    Switch(Tree, Box<[Case]>),
    Try {
        block: Box<Statement>,
        parameter: Option<Binding>,
        handler: Option<Box<Statement>>,
        finalizer: Option<Box<Statement>>,
    },
    Throw(Tree),
    Break,
    Continue,
}
