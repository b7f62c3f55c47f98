//! The source of one `{{ }}` as the source of a function that QuickJS compiles once.
//!
//! The names that the code uses become parameters, so that each call gives them this item's values and none can be
//! left behind for the next. Calls of n8n's extension functions are routed to Rust, and properties whose name is only
//! known at run time are checked, as n8n does.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    CallExpression, ComputedMemberExpression, Expression, IdentifierReference, ObjectExpression, ObjectPropertyKind,
    Program as Syntax, Statement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType, Span};
use patchbay_model::Text;

use crate::{Error, extension};

/// A function's source, and the names of its parameters after the first, which is the helpers of the prelude.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub source: String,
    pub names: Vec<Text>,
}

/// Names that JavaScript itself has and n8n leaves in reach.
const GLOBALS: [&str; 49] = [
    "Object",
    "Array",
    "String",
    "Number",
    "Boolean",
    "Symbol",
    "BigInt",
    "Math",
    "JSON",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "RegExp",
    "Intl",
    "Error",
    "TypeError",
    "ReferenceError",
    "SyntaxError",
    "RangeError",
    "URIError",
    "EvalError",
    "AggregateError",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
    "encodeURI",
    "encodeURIComponent",
    "decodeURI",
    "decodeURIComponent",
    "undefined",
    "NaN",
    "Infinity",
    "ArrayBuffer",
    "DataView",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "Date",
    "DateTime",
    "Duration",
    "Interval",
];

/// The helpers' parameter.
const HELPERS: &str = "__patchbay";

/// Rewrites the code of one `{{ }}`.
pub fn rewrite(code: &str) -> Result<Rewritten, Error> {
    // As an expression first, so that `{a: 1}` is an object; n8n takes the first of several statements.
    let wrapped = format!("({code}\n)");
    if let Some(rewritten) = rewrite_parsed(&wrapped) {
        return Ok(rewritten);
    }
    rewrite_parsed(code).ok_or_else(|| Error::new("invalid syntax").code("E0232"))
}

fn rewrite_parsed(code: &str) -> Option<Rewritten> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, SourceType::script()).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let expression = first_expression(&parsed.program)?;
    let mut collector = Collector {
        code,
        edits: Vec::new(),
        names: Vec::new(),
    };
    collector.visit_expression(expression);
    let span = expression.span();
    let body = apply(code, span, &collector.edits);
    let parameters = collector.names.join(", ");
    Some(Rewritten {
        source: format!(
            "(function ({HELPERS}{}{parameters}) {{ return (\n{body}\n); }})",
            if parameters.is_empty() { "" } else { ", " }
        ),
        names: collector.names,
    })
}

fn first_expression<'a>(program: &'a Syntax<'a>) -> Option<&'a Expression<'a>> {
    if !program.directives.is_empty() {
        return None;
    }
    match program.body.first()? {
        Statement::ExpressionStatement(statement) => Some(&statement.expression),
        _ => None,
    }
}

/// One change of the text: a span and what stands there instead.
struct Edit {
    span: Span,
    text: String,
}

struct Collector<'c> {
    code: &'c str,
    edits: Vec<Edit>,
    names: Vec<Text>,
}

/// Spreads of objects (`{...text}`) made safe for text, which QuickJS spreads to nothing. For whole scripts, which
/// are otherwise left as they are; `None` if there is nothing to change.
pub fn spread_text(code: &str) -> Option<String> {
    if !code.contains("...") {
        return None;
    }
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, SourceType::script()).parse();
    let mut spreads = Spreads { edits: Vec::new() };
    spreads.visit_program(&parsed.program);
    if spreads.edits.is_empty() {
        return None;
    }
    Some(apply(code, parsed.program.span, &spreads.edits))
}

struct Spreads {
    edits: Vec<Edit>,
}

impl<'a> Visit<'a> for Spreads {
    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        for property in &object.properties {
            let argument = spread_argument(property);
            if let Some(span) = argument {
                self.edits.push(insertion(span.start, "Object("));
            }
            self.visit_object_property_kind(property);
            if let Some(span) = argument {
                self.edits.push(insertion(span.end, ")"));
            }
        }
    }
}

/// Whether a `?.` of the chain that ends in this expression may have ended it.
fn may_end_early(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::StaticMemberExpression(member) => member.optional || may_end_early(&member.object),
        Expression::ComputedMemberExpression(member) => member.optional || may_end_early(&member.object),
        Expression::CallExpression(call) => call.optional || may_end_early(&call.callee),
        _ => false,
    }
}

fn insertion(place: u32, text: &str) -> Edit {
    Edit {
        span: Span::new(place, place),
        text: text.to_owned(),
    }
}

/// What a spread of an object spreads, unless it is an object as everyone can see.
fn spread_argument(property: &ObjectPropertyKind<'_>) -> Option<Span> {
    match property {
        ObjectPropertyKind::SpreadProperty(spread) => match &spread.argument {
            Expression::ObjectExpression(_) => None,
            argument => Some(argument.span()),
        },
        ObjectPropertyKind::ObjectProperty(_) => None,
    }
}

impl Collector<'_> {
    fn replace(&mut self, start: u32, end: u32, text: impl Into<String>) {
        self.edits.push(Edit {
            span: Span::new(start, end),
            text: text.into(),
        });
    }
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        let name = identifier.name.as_str();
        if !GLOBALS.contains(&name) && !self.names.iter().any(|known| known == name) {
            self.names.push(name.into());
        }
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        let key = &member.expression;
        if !matches!(key, Expression::StringLiteral(_) | Expression::NumericLiteral(_)) {
            self.replace(key.span().start, key.span().start, format!("{HELPERS}.key("));
            walk::walk_computed_member_expression(self, member);
            self.replace(key.span().end, key.span().end, ")");
            return;
        }
        walk::walk_computed_member_expression(self, member);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        for property in &object.properties {
            let argument = spread_argument(property);
            if let Some(span) = argument {
                self.replace(span.start, span.start, "Object(");
            }
            self.visit_object_property_kind(property);
            if let Some(span) = argument {
                self.replace(span.end, span.end, ")");
            }
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let Expression::StaticMemberExpression(member) = &call.callee else {
            return walk::walk_call_expression(self, call);
        };
        let name = member.property.name.as_str();
        let open = self.code[member.span.end as usize..].find('(');
        let is_extension = extension::is_extension(name) && !matches!(member.object, Expression::Super(_));
        let (true, Some(open)) = (is_extension, open) else {
            return walk::walk_call_expression(self, call);
        };
        let target = member.object.span();
        // After `?.` to the left in the same chain, nothing is called on undefined.
        let optional = member.optional || may_end_early(&member.object);
        let helper = if call.optional { "extendOptional" } else { "extend" };
        self.replace(target.start, target.start, format!("{HELPERS}.{helper}("));
        self.visit_expression(&member.object);
        self.replace(
            target.end,
            member.span.end + open as u32 + 1,
            // Where nothing may be called, the arguments wait.
            format!(
                ", \"{name}\", {}[",
                if optional || call.optional { "() => " } else { "" }
            ),
        );
        for argument in &call.arguments {
            self.visit_argument(argument);
        }
        self.replace(call.span.end - 1, call.span.end, format!("], {optional})"));
    }
}

/// The text of a span with the edits made. Edits at one place stay in the order in which they were found.
fn apply(code: &str, span: Span, edits: &[Edit]) -> String {
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| edit.span.start);
    let mut text = String::with_capacity(code.len() + 64);
    let mut position = span.start as usize;
    for edit in order {
        text.push_str(&code[position..edit.span.start as usize]);
        text.push_str(&edit.text);
        position = edit.span.end as usize;
    }
    text.push_str(&code[position..span.end as usize]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(code: &str) -> String {
        let rewritten = rewrite(code).expect("JavaScript");
        let start = rewritten.source.find("return (\n").expect("a return") + 9;
        rewritten.source[start..rewritten.source.len() - 6].to_owned()
    }

    #[test]
    fn keys_known_at_run_time_are_checked() {
        assert_eq!(body("$json[a[0]]['b']"), "($json[__patchbay.key(a[0])]['b']\n)");
        assert_eq!(body("{a: 1}"), "({a: 1}\n)");
        assert_eq!(body("x = 5; x"), "x = 5");
    }

    #[test]
    fn spreads_of_objects_are_safe_for_text() {
        assert_eq!(
            body("{...a, ...{b: 1}, c: [...d]}"),
            "({...Object(a), ...{b: 1}, c: [...d]}\n)"
        );
        assert_eq!(
            spread_text("x = {...a.b(), y}").as_deref(),
            Some("x = {...Object(a.b()), y}")
        );
        assert_eq!(spread_text("x = [...a]"), None);
    }

    #[test]
    fn names_become_parameters() {
        let rewritten = rewrite("$json.a + Math.max(b, $json.c)").expect("JavaScript");
        assert_eq!(rewritten.names, ["$json", "b"]);
    }

    #[test]
    fn statements_are_refused() {
        for code in ["const x = 1; x", "if (a) { b }", "return 5", ""] {
            assert!(rewrite(code).is_err(), "{code}");
        }
    }
}
