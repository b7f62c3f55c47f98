//! V8's words for the errors of QuickJS. V8 names what was called or read as the code has it, so the script's syntax
//! tree is asked what stands at the place of the error.

use std::sync::OnceLock;

use oxc_allocator::Allocator;
use oxc_ast::ast::{CallExpression, Expression, ForOfStatement, NewExpression, VariableDeclarator};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};

/// The code that runs, for the names in its errors.
pub struct Source {
    /// As QuickJS was given it.
    text: String,
    calls: OnceLock<Vec<Call>>,
}

/// A call in the code, and how V8 names what is called.
struct Call {
    start: usize,
    end: usize,
    /// Where the callee ends.
    callee_end: usize,
    callee: String,
}

impl Source {
    pub fn new(text: String) -> Self {
        Self {
            text,
            calls: OnceLock::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// How V8 names what is called at a line and column, both from 1.
    fn callee_at(&self, line: usize, column: usize) -> Option<&str> {
        let offset = self.offset(line, column)?;
        let calls = self.calls.get_or_init(|| calls_of(&self.text));
        // The innermost call whose parenthesis or callee is at the place.
        calls
            .iter()
            .filter(|call| call.start <= offset && offset < call.end)
            .min_by_key(|call| (call.callee_end.abs_diff(offset), call.end - call.start))
            .map(|call| call.callee.as_str())
    }

    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let start = if line == 1 {
            0
        } else {
            self.text.match_indices('\n').nth(line - 2)?.0 + 1
        };
        let rest = &self.text[start..];
        let inside = rest
            .char_indices()
            .nth(column - 1)
            .map_or(rest.len(), |(index, _)| index);
        Some(start + inside)
    }
}

/// The message that V8 has for one of QuickJS.
pub fn of_v8(name: &str, message: &str, place: Option<(usize, usize)>, source: Option<&Source>) -> String {
    let callee = || {
        let (line, column) = place?;
        source?.callee_at(line, column)
    };
    match (name, message) {
        ("TypeError", "not a function") => match callee() {
            Some(callee) => format!("{callee} is not a function"),
            None => message.to_owned(),
        },
        ("TypeError", "not a constructor") => match callee() {
            Some(callee) => format!("{callee} is not a constructor"),
            None => message.to_owned(),
        },
        _ => fixed(message).unwrap_or_else(|| message.to_owned()),
    }
}

/// Messages that need no look at the code.
fn fixed(message: &str) -> Option<String> {
    for (before, verb, gerund) in [
        ("cannot read property '", "read", "reading"),
        ("cannot set property '", "set", "setting"),
    ] {
        if let Some((key, owner)) = message.strip_prefix(before).and_then(|rest| rest.rsplit_once("' of ")) {
            return Some(format!("Cannot {verb} properties of {owner} ({gerund} '{key}')"));
        }
    }
    if let Some(name) = message
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix("' is not defined"))
    {
        return Some(format!("{name} is not defined"));
    }
    if let Some(name) = message
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix("' is read-only"))
    {
        return Some(format!("Cannot assign to read only property '{name}' of object"));
    }
    Some(
        match message {
            "cannot convert to object" | "null or undefined are forbidden" => {
                "Cannot convert undefined or null to object"
            }
            "Date value is NaN" => "Invalid time value",
            "circular reference" => "Converting circular structure to JSON",
            "stack overflow" => "Maximum call stack size exceeded",
            "empty array" => "Reduce of empty array with no initial value",
            "invalid array length" => "Invalid array length",
            "class constructors must be invoked with 'new'" => "Class constructor cannot be invoked without 'new'",
            "cannot convert symbol to string" => "Cannot convert a Symbol value to a string",
            "lexical variable is not initialized" => "Cannot access variable before initialization",
            _ => return None,
        }
        .to_owned(),
    )
}

/// The line of the innermost frame of the script in a stack that the prelude wrote.
pub fn line_of_stack(stack: &str) -> Option<usize> {
    let (_, place) = stack.split_once("(script:")?;
    place.split(':').next()?.parse().ok()
}

fn calls_of(text: &str) -> Vec<Call> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::script()).parse();
    let mut collector = Collector {
        text,
        calls: Vec::new(),
    };
    collector.visit_program(&parsed.program);
    collector.calls
}

struct Collector<'c> {
    text: &'c str,
    calls: Vec<Call>,
}

impl Collector<'_> {
    fn add(&mut self, start: u32, end: u32, callee: &Expression<'_>) {
        let callee_end = callee.span().end as usize;
        self.calls.push(Call {
            start: start as usize,
            end: end as usize,
            callee_end,
            callee: shown(callee, self.text),
        });
    }
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.add(call.span.start, call.span.end, &call.callee);
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, call: &NewExpression<'a>) {
        self.add(call.span.start, call.span.end, &call.callee);
        walk::walk_new_expression(self, call);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        walk::walk_for_of_statement(self, statement);
    }
}

/// An expression as V8 writes it in an error: calls as `f(...)`, what has no name as `(intermediate value)`.
fn shown(expression: &Expression<'_>, text: &str) -> String {
    const NAMELESS: &str = "(intermediate value)";
    match expression {
        Expression::Identifier(identifier) => identifier.name.to_string(),
        Expression::ThisExpression(_) => "this".into(),
        Expression::StaticMemberExpression(member) => {
            let dot = if member.optional { "?." } else { "." };
            format!("{}{dot}{}", shown(&member.object, text), member.property.name)
        }
        Expression::ComputedMemberExpression(member) => {
            let object = shown(&member.object, text);
            let dot = if member.optional { "?." } else { "" };
            match &member.expression {
                Expression::StringLiteral(key) if member.optional => format!("{object}?.{}", key.value),
                Expression::StringLiteral(key) => format!("{object}.{}", key.value),
                key => format!("{object}{dot}[{}]", shown(key, text)),
            }
        }
        Expression::CallExpression(call) => format!("{}(...)", shown(&call.callee, text)),
        Expression::ChainExpression(chain) => match &chain.expression {
            oxc_ast::ast::ChainElement::CallExpression(call) => format!("{}(...)", shown(&call.callee, text)),
            element => match element.as_member_expression() {
                Some(oxc_ast::ast::MemberExpression::StaticMemberExpression(member)) => {
                    let dot = if member.optional { "?." } else { "." };
                    format!("{}{dot}{}", shown(&member.object, text), member.property.name)
                }
                Some(oxc_ast::ast::MemberExpression::ComputedMemberExpression(member)) => {
                    format!("{}[{}]", shown(&member.object, text), shown(&member.expression, text))
                }
                _ => NAMELESS.into(),
            },
        },
        Expression::ParenthesizedExpression(inner) => shown(&inner.expression, text),
        Expression::StringLiteral(literal) => format!("\"{}\"", literal.value),
        Expression::NumericLiteral(literal) => patchbay_model::value::number_to_text(literal.value).to_string(),
        Expression::BooleanLiteral(literal) => literal.value.to_string(),
        Expression::NullLiteral(_) => "null".into(),
        Expression::ArrayExpression(_) => expression.span().source_text(text).to_owned(),
        Expression::AwaitExpression(_) => NAMELESS.into(),
        _ => NAMELESS.into(),
    }
}
