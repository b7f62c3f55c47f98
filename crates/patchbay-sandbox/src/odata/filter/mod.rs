//! `$filter` and `$orderby` expressions: read with the types of the fact table, so that what cannot be true of any entity is
//! refused with its position, and evaluated on JSON entities.

mod evaluate;
mod function;
mod lexer;
mod operator;
mod parser;
#[cfg(test)]
mod tests;

use super::literal::Scalar;
use crate::facts::{Facts, Kind};
pub use evaluate::Evaluation;
use function::Function;
use operator::Operator;

/// An expression that was found to fit the type that it is about.
#[derive(Debug)]
pub struct Expression {
    node: Node,
    /// Its type; none for null and for what has no type in the table.
    kind: Option<Kind>,
    /// Characters before it in the text.
    position: usize,
}

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    /// Characters before the fault in the text.
    pub position: usize,
}

#[derive(Debug)]
enum Node {
    Literal(Scalar<'static>),
    /// The entity itself is number 0, a lambda's variable the depth of its lambda.
    Variable(usize),
    Property(Box<Expression>, &'static str),
    /// The number of items of a collection, or of those of which a condition is true.
    Count(Box<Expression>, Option<Box<Expression>>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Vec<Expression>),
    InCollection(Box<Expression>, Box<Expression>),
    /// `any` (true) or `all` (false) over a collection; `any()` has no condition.
    Quantifier(bool, Box<Expression>, Option<Box<Expression>>),
    Call(Function, Vec<Expression>),
}

/// Reads the text of a `$filter`: an expression that is true or false.
pub fn parse(text: &str, kind: &Kind, facts: &Facts) -> Result<Expression, Fault> {
    let expression = parser::parse(text, kind, facts)?;
    if matches!(expression.kind, None | Some(Kind::Boolean | Kind::Untyped)) {
        return Ok(expression);
    }
    let message = format!(
        "The $filter expression must evaluate to a single boolean value, and this one is '{}'",
        expression.type_name()
    );
    Err(Fault {
        message,
        position: expression.position,
    })
}

/// Reads an expression of any type, as `$orderby` has them.
pub fn parse_value(text: &str, kind: &Kind, facts: &Facts) -> Result<Expression, Fault> {
    parser::parse(text, kind, facts)
}

impl Expression {
    fn new(node: Node, kind: Option<Kind>, position: usize) -> Self {
        Self { node, kind, position }
    }

    /// Why nothing can be sorted by it: only single values have an order.
    pub fn without_order(&self) -> Option<Fault> {
        matches!(self.kind, Some(Kind::Structure(_) | Kind::Collection(_))).then(|| Fault {
            message: format!(
                "The $orderby expression must evaluate to a single value of primitive type, and this one is '{}'",
                self.type_name()
            ),
            position: self.position,
        })
    }

    fn type_name(&self) -> String {
        self.kind.as_ref().map_or_else(|| "null".to_owned(), Kind::name)
    }
}
