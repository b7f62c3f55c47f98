//! What the code calls, iterates over and takes apart, and where.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayPattern, BinaryExpression, BinaryOperator, BindingPattern, CallExpression, ChainElement, Expression,
    ForOfStatement, FormalParameter, MemberExpression, NewExpression, ObjectPattern, PropertyKey, SpreadElement,
    StaticMemberExpression, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType, Span};
use patchbay_model::value::number_to_text;

/// Places of one code, in its order.
#[derive(Default)]
pub(super) struct Places {
    calls: Vec<Call>,
    iterated: Vec<Iterated>,
    taken_apart: Vec<TakenApart>,
    searched: Vec<(Span, String, String)>,
    /// Members that are read: the whole, where the property's name begins, and the name.
    members: Vec<(Span, usize, String)>,
    /// Calls whose answer is iterated over.
    iterated_calls: Vec<Span>,
}

/// A call, and how V8 names what is called.
pub(super) struct Call {
    span: Span,
    callee_end: usize,
    /// Where V8 sees it: at the name of the method.
    pub start: usize,
    pub callee: String,
    /// It has `new`.
    pub constructs: bool,
    /// The first argument; `undefined` if there is none.
    pub argument: String,
}

/// What a loop, a spread or an array pattern goes over.
pub(super) struct Iterated {
    span: Span,
    pub start: usize,
    pub name: String,
    /// It is the argument of a function, which has no name.
    pub parameter: bool,
}

/// What an object pattern takes apart.
pub(super) struct TakenApart {
    span: Span,
    pub start: usize,
    /// Its first key.
    pub key: String,
    pub name: String,
    /// The first key of the pattern inside, where the value is there and what it holds is not.
    pub nested: Option<String>,
}

impl Places {
    pub fn of(text: &str) -> Self {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, SourceType::script()).parse();
        let mut collector = Collector {
            text,
            places: Self::default(),
        };
        collector.visit_program(&parsed.program);
        collector.places
    }

    /// The innermost call around a place, by where its callee ends.
    pub fn call_at(&self, offset: usize) -> Option<&Call> {
        let around = self.calls.iter().filter(|call| contains(call.span, offset));
        around.min_by_key(|call| (call.callee_end.abs_diff(offset), call.span.size()))
    }

    pub fn iterated_at(&self, offset: usize) -> Option<&Iterated> {
        nearest(&self.iterated, offset, |iterated| iterated.span)
    }

    pub fn taken_apart_at(&self, offset: usize) -> Option<&TakenApart> {
        nearest(&self.taken_apart, offset, |taken| taken.span)
    }

    /// Where the name of a property is that is read at a place.
    pub fn property_at(&self, offset: usize, name: &str) -> Option<usize> {
        let named = self
            .members
            .iter()
            .filter(|(span, _, known)| known == name && contains(*span, offset));
        named.min_by_key(|(span, ..)| span.size()).map(|(_, start, _)| *start)
    }

    /// Whether the answer of a call is iterated over.
    pub fn is_iterated(&self, call: &Call) -> bool {
        self.iterated_calls.contains(&call.span)
    }

    /// Key and object of an `in`.
    pub fn searched_at(&self, offset: usize) -> Option<(&str, &str)> {
        let (_, key, object) = nearest(&self.searched, offset, |(span, ..)| *span)?;
        Some((key, object))
    }
}

fn contains(span: Span, offset: usize) -> bool {
    span.start as usize <= offset && offset < span.end as usize
}

/// The innermost around a place, else the first after it: QuickJS often knows only where the function begins.
fn nearest<T>(all: &[T], offset: usize, span: impl Fn(&T) -> Span) -> Option<&T> {
    let around = all.iter().filter(|place| contains(span(place), offset));
    around
        .min_by_key(|place| span(place).size())
        .or_else(|| all.iter().find(|place| span(place).start as usize >= offset))
}

struct Collector<'c> {
    text: &'c str,
    places: Places,
}

impl<'a> Collector<'_> {
    fn call(&mut self, span: Span, callee: &Expression<'a>, arguments: &[Argument<'a>], constructs: bool) {
        let argument = match arguments.first() {
            Some(argument) => argument.as_expression().map(|argument| self.value(argument)),
            None => Some("undefined".into()),
        };
        self.places.calls.push(Call {
            span,
            callee_end: callee.span().end as usize,
            start: match callee {
                Expression::StaticMemberExpression(member) => member.property.span.start as usize,
                callee => callee.span().start as usize,
            },
            callee: shown(callee, self.text),
            constructs,
            argument: argument.unwrap_or_default(),
        });
    }

    /// A value as V8 writes it: literals as they are, objects by their class.
    fn value(&self, expression: &Expression<'a>) -> String {
        match expression {
            Expression::ObjectExpression(_) => "#<Object>".into(),
            Expression::ArrayExpression(_) => "[object Array]".into(),
            Expression::StringLiteral(literal) => literal.value.to_string(),
            expression => shown(expression, self.text),
        }
    }

    fn iterated(&mut self, span: Span, expression: &Expression<'a>) {
        self.iterates_over(expression);
        self.places.iterated.push(Iterated {
            span,
            start: span.start as usize,
            name: shown_iterated(expression, self.text),
            parameter: false,
        });
    }

    fn iterates_over(&mut self, expression: &Expression<'a>) {
        if let Expression::CallExpression(call) = expression {
            self.places.iterated_calls.push(call.span);
        }
    }

    fn object_pattern(&mut self, span: Span, pattern: &ObjectPattern<'a>, name: String, literal: bool) {
        let Some(first) = pattern.properties.first() else {
            return;
        };
        let nested = match &first.value {
            BindingPattern::ObjectPattern(inside) if literal => {
                inside.properties.first().and_then(|property| key_of(&property.key))
            }
            _ => None,
        };
        self.places.taken_apart.push(TakenApart {
            span,
            start: span.start as usize,
            key: key_of(&first.key).unwrap_or_default(),
            name,
            nested,
        });
    }

    fn array_pattern(&mut self, span: Span, _pattern: &ArrayPattern<'a>, name: String, parameter: bool) {
        self.places.iterated.push(Iterated {
            span,
            start: span.start as usize,
            name,
            parameter,
        });
    }
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.call(call.span, &call.callee, &call.arguments, false);
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, call: &NewExpression<'a>) {
        self.call(call.span, &call.callee, &call.arguments, true);
        walk::walk_new_expression(self, call);
    }

    fn visit_spread_element(&mut self, spread: &SpreadElement<'a>) {
        self.iterated(spread.span, &spread.argument);
        walk::walk_spread_element(self, spread);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        let head = Span::new(statement.span.start, statement.right.span().end);
        self.iterated(head, &statement.right);
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(value) = &declarator.init {
            match &declarator.id {
                BindingPattern::ArrayPattern(pattern) => {
                    self.iterates_over(value);
                    self.array_pattern(declarator.span, pattern, shown_iterated(value, self.text), false);
                }
                BindingPattern::ObjectPattern(pattern) => {
                    let literal = matches!(value, Expression::ObjectExpression(_));
                    self.object_pattern(declarator.span, pattern, shown(value, self.text), literal);
                }
                _ => {}
            }
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        match &parameter.pattern {
            BindingPattern::ArrayPattern(pattern) => {
                self.array_pattern(parameter.span, pattern, "undefined".into(), true);
            }
            BindingPattern::ObjectPattern(pattern) => {
                self.object_pattern(parameter.span, pattern, "undefined".into(), false);
            }
            _ => {}
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        let property = &member.property;
        self.places
            .members
            .push((member.span, property.span.start as usize, property.name.to_string()));
        walk::walk_static_member_expression(self, member);
    }

    fn visit_binary_expression(&mut self, binary: &BinaryExpression<'a>) {
        if binary.operator == BinaryOperator::In {
            let (key, object) = (self.value(&binary.left), self.value(&binary.right));
            self.places.searched.push((binary.span, key, object));
        }
        walk::walk_binary_expression(self, binary);
    }
}

fn key_of(key: &PropertyKey<'_>) -> Option<String> {
    key.static_name().map(|name| name.to_string())
}

/// As [`shown`], where it is iterated over: V8 leaves out that anything is called, but for the last call of all.
fn shown_iterated(expression: &Expression<'_>, text: &str) -> String {
    let name = shown(expression, text).replace("(...)", "");
    match expression {
        Expression::CallExpression(_) => format!("{name} is not a function or its return value"),
        _ => name,
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
            ChainElement::CallExpression(call) => format!("{}(...)", shown(&call.callee, text)),
            element => match element.as_member_expression() {
                Some(MemberExpression::StaticMemberExpression(member)) => {
                    let dot = if member.optional { "?." } else { "." };
                    format!("{}{dot}{}", shown(&member.object, text), member.property.name)
                }
                Some(MemberExpression::ComputedMemberExpression(member)) => {
                    format!("{}[{}]", shown(&member.object, text), shown(&member.expression, text))
                }
                _ => NAMELESS.into(),
            },
        },
        Expression::ParenthesizedExpression(inner) => shown(&inner.expression, text),
        Expression::StringLiteral(literal) => format!("\"{}\"", literal.value),
        Expression::NumericLiteral(literal) => number_to_text(literal.value).to_string(),
        Expression::BooleanLiteral(literal) => literal.value.to_string(),
        Expression::NullLiteral(_) => "null".into(),
        Expression::ArrayExpression(_) => expression.span().source_text(text).to_owned(),
        Expression::ObjectExpression(object) if object.properties.is_empty() => "{}".into(),
        Expression::ObjectExpression(_) => "{(intermediate value)}".into(),
        Expression::TemplateLiteral(literal) if literal.is_no_substitution_template() => literal
            .quasis
            .first()
            .map_or_else(|| NAMELESS.into(), |part| format!("\"{}\"", part.value.raw)),
        Expression::UnaryExpression(_) => format!("({})", expression.span().source_text(text)),
        _ => NAMELESS.into(),
    }
}
