//! Expressions.

use std::sync::Arc;

use oxc_ast::ast;
use patchbay_model::{Text, Value};

use super::Lowering;
use crate::js::Pattern;
use crate::refusal;
use crate::syntax::names;
use crate::syntax::{
    Assignment, Call, Callee, Element, Key, Member, New, Property, Tree, UnaryOperator, Update, UpdateOperator,
};
use crate::{Error, Kind, extension};

impl Lowering<'_> {
    pub(super) fn expression(&mut self, expression: &ast::Expression<'_>) -> Result<Tree, Error> {
        self.deeper(|lowering| lowering.one_expression(expression))
    }

    fn one_expression(&mut self, expression: &ast::Expression<'_>) -> Result<Tree, Error> {
        use ast::Expression as E;
        Ok(match expression {
            E::BooleanLiteral(literal) => Tree::Constant(Value::Bool(literal.value)),
            E::NullLiteral(_) => Tree::Constant(Value::Null),
            E::NumericLiteral(literal) => Tree::Constant(Value::Number(literal.value)),
            E::StringLiteral(literal) if literal.lone_surrogates => self.leave("half a character"),
            E::StringLiteral(literal) => Tree::Constant(Value::text(literal.value.as_str())),
            E::RegExpLiteral(literal) => self.regular_expression(literal)?,
            E::TemplateLiteral(template) => self.template(template)?,
            E::Identifier(identifier) => self.identifier(&identifier.name)?,
            E::ArrayExpression(array) => {
                let elements = array.elements.iter().map(|element| self.array_element(element));
                Tree::Array(elements.collect::<Result<_, _>>()?)
            }
            E::ObjectExpression(object) => {
                let properties = object.properties.iter().map(|property| self.property(property));
                Tree::Object(properties.collect::<Result<_, _>>()?)
            }
            E::ArrowFunctionExpression(function) => self.arrow_function(function)?,
            E::FunctionExpression(function) => self.function(function)?,
            E::ParenthesizedExpression(inner) => self.expression(&inner.expression)?,
            E::SequenceExpression(sequence) => {
                let values = sequence.expressions.iter().map(|value| self.expression(value));
                Tree::Sequence(values.collect::<Result<_, _>>()?)
            }
            E::ConditionalExpression(choice) => Tree::Conditional(Box::new([
                self.expression(&choice.test)?,
                self.expression(&choice.consequent)?,
                self.expression(&choice.alternate)?,
            ])),
            E::LogicalExpression(logical) => Tree::Logical(
                logical.operator,
                Box::new([self.expression(&logical.left)?, self.expression(&logical.right)?]),
            ),
            E::BinaryExpression(binary) => Tree::Binary(
                binary.operator,
                Box::new([self.expression(&binary.left)?, self.expression(&binary.right)?]),
            ),
            E::UnaryExpression(unary) if unary.operator == UnaryOperator::Delete => {
                match self.expression(&unary.argument)? {
                    place @ Tree::Member(_) if place.is_place() => Tree::Delete(Box::new(place)),
                    _ => self.leave("`delete` of what is not a variable's"),
                }
            }
            E::UnaryExpression(unary) => Tree::Unary(unary.operator, Box::new(self.expression(&unary.argument)?)),
            E::UpdateExpression(update) => match self.simple_target(&update.argument)? {
                Some(place) => Tree::Update(Box::new(Update {
                    place,
                    increment: update.operator == UpdateOperator::Increment,
                    prefix: update.prefix,
                })),
                None => self.leave("a change of what is not a variable"),
            },
            E::AssignmentExpression(assignment) => {
                let value = self.expression(&assignment.right)?;
                let place = match assignment.left.as_simple_assignment_target() {
                    Some(target) => self.simple_target(target)?,
                    None => None,
                };
                match place {
                    Some(place) => Tree::Assign(Box::new(Assignment {
                        place,
                        operator: assignment.operator,
                        value,
                    })),
                    None => self.leave("a change of what is not a variable"),
                }
            }
            E::ChainExpression(chain) => {
                let inner = match &chain.expression {
                    ast::ChainElement::CallExpression(call) => self.call(call)?,
                    ast::ChainElement::TSNonNullExpression(_) => self.leave("TypeScript"),
                    element => match element.as_member_expression() {
                        Some(member) => self.member_expression(member)?,
                        None => self.leave("an unknown chain"),
                    },
                };
                Tree::Chain(Box::new(inner))
            }
            E::CallExpression(call) => self.call(call)?,
            E::NewExpression(new) => self.new_expression(new)?,
            E::BigIntLiteral(_) => self.leave("a big integer"),
            E::ThisExpression(_) => self.leave("`this`"),
            E::ClassExpression(_) | E::Super(_) => return Err(Error::syntax("n8n knows no classes")),
            E::TaggedTemplateExpression(_) => self.leave("a tagged template"),
            other => match other.as_member_expression() {
                Some(member) => self.member_expression(member)?,
                None => self.leave("rare syntax"),
            },
        })
    }

    pub(super) fn identifier(&mut self, name: &str) -> Result<Tree, Error> {
        if let Some((local, _)) = self.resolve(name) {
            return Ok(Tree::Local(local));
        }
        refusal::check_name(name)?;
        Ok(match name {
            "undefined" => Tree::Undefined,
            "NaN" => Tree::Constant(Value::Number(f64::NAN)),
            "Infinity" => Tree::Constant(Value::Number(f64::INFINITY)),
            "$json" | "$data" => Self::current_item(),
            _ => match names::global(name) {
                Some(global) => Tree::Global(global),
                None if names::is_left_to_quickjs(name) => self.leave("a rare global"),
                None => Tree::Scope(name.into()),
            },
        })
    }

    fn regular_expression(&mut self, literal: &ast::RegExpLiteral<'_>) -> Result<Tree, Error> {
        match Pattern::new(&literal.regex.pattern.text, &literal.regex.flags.to_string()) {
            Ok(pattern) => Ok(Tree::RegularExpression(Arc::new(pattern))),
            Err(error) if error.kind == Kind::Unsupported => Ok(self.leave("a risky regular expression")),
            Err(error) => Err(error),
        }
    }

    fn template(&mut self, template: &ast::TemplateLiteral<'_>) -> Result<Tree, Error> {
        let mut texts = Vec::with_capacity(template.quasis.len());
        for quasi in &template.quasis {
            if quasi.lone_surrogates {
                return Ok(self.leave("half a character"));
            }
            let text = quasi.value.cooked.as_deref().unwrap_or_default();
            if !quasi.tail && is_printed_with_space(text) {
                self.spaces.push(quasi.span.end as usize);
                texts.push(format!("{text} ").into());
            } else {
                texts.push(Text::from(text));
            }
        }
        // n8n's printer gives up on `${a?.b}`.
        let is_chain =
            |value: &ast::Expression<'_>| matches!(value.get_inner_expression(), ast::Expression::ChainExpression(_));
        self.unprintable |= template.expressions.iter().any(is_chain);
        let values = template.expressions.iter().map(|value| self.expression(value));
        Ok(Tree::Template {
            values: values.collect::<Result<_, _>>()?,
            texts: texts.into(),
        })
    }

    fn array_element(&mut self, element: &ast::ArrayExpressionElement<'_>) -> Result<Element, Error> {
        Ok(match element {
            ast::ArrayExpressionElement::SpreadElement(spread) => Element::Spread(self.expression(&spread.argument)?),
            ast::ArrayExpressionElement::Elision(_) => Element::Value(self.leave("a hole in an array")),
            other => match other.as_expression() {
                Some(value) => Element::Value(self.expression(value)?),
                None => Element::Value(self.leave("rare syntax")),
            },
        })
    }

    fn property(&mut self, property: &ast::ObjectPropertyKind<'_>) -> Result<Property, Error> {
        let property = match property {
            ast::ObjectPropertyKind::SpreadProperty(spread) => {
                return Ok(Property::Spread(self.expression(&spread.argument)?));
            }
            ast::ObjectPropertyKind::ObjectProperty(property) => property,
        };
        if property.kind != ast::PropertyKind::Init {
            return Ok(Property::Spread(self.leave("a getter or setter")));
        }
        let key = self.property_key(&property.key, property.computed)?;
        let value = self.expression(&property.value)?;
        Ok(match key {
            Key::Name(name) if name == "__proto__" && !property.computed && !property.shorthand => {
                Property::Spread(self.leave("a prototype"))
            }
            Key::Name(name) => Property::Named(name, value),
            Key::Computed(key) => Property::Computed(key, value),
        })
    }

    pub(super) fn property_key(&mut self, key: &ast::PropertyKey<'_>, computed: bool) -> Result<Key, Error> {
        if let (false, Some(name)) = (computed, key.static_name()) {
            return Ok(Key::Name(name.as_ref().into()));
        }
        match key.as_expression() {
            Some(key) => Ok(match self.expression(key)? {
                Tree::Constant(value) => Key::Name(value.to_text()),
                key => Key::Computed(key),
            }),
            None => Ok(Key::Computed(self.leave("rare syntax"))),
        }
    }

    pub(super) fn member_expression(&mut self, member: &ast::MemberExpression<'_>) -> Result<Tree, Error> {
        let (object, key, optional) = match member {
            ast::MemberExpression::StaticMemberExpression(member) => {
                refusal::check_name(&member.property.name)?;
                let key = Key::Name(member.property.name.as_str().into());
                (&member.object, key, member.optional)
            }
            ast::MemberExpression::ComputedMemberExpression(member) => {
                let key = match self.expression(&member.expression)? {
                    Tree::Constant(value) => {
                        let name = value.to_text();
                        refusal::check_name(&name)?;
                        if extension::is_extension(&name) {
                            // `text['hash']()` is not n8n's.
                            Key::Computed(Tree::Constant(value))
                        } else {
                            Key::Name(name)
                        }
                    }
                    key => Key::Computed(key),
                };
                (&member.object, key, member.optional)
            }
            ast::MemberExpression::PrivateFieldExpression(_) => return Ok(self.leave("a private field")),
        };
        let object = self.expression(object)?;
        let span = self.span(member);
        Ok(Self::member(Member {
            object,
            key,
            optional,
            span,
        }))
    }

    fn call(&mut self, call: &ast::CallExpression<'_>) -> Result<Tree, Error> {
        if matches!(&call.callee, ast::Expression::Identifier(name) if name.name == "$if") {
            return self.choice(call);
        }
        let callee = match &call.callee {
            ast::Expression::Identifier(identifier) => match self.identifier(&identifier.name)? {
                Tree::Scope(name) => Callee::Scope(name),
                Tree::Global(name) => Callee::Global(name),
                other => Callee::Value(other),
            },
            callee => match (self.expression(callee)?, callee.as_member_expression().is_some()) {
                (Tree::Member(member), true) => match (*member).into_static() {
                    Ok((global, name)) => Callee::Static(global, name),
                    Err(member) => Callee::Method(member),
                },
                (Tree::Path(path), true) => match Self::method_of_path(*path) {
                    Ok(member) => Callee::Method(member),
                    Err(path) => Callee::Value(Tree::Path(Box::new(path))),
                },
                (value, _) => Callee::Value(value),
            },
        };
        let at_once = match &callee {
            Callee::Method(Member {
                key: Key::Name(name), ..
            }) => names::calls_at_once(name),
            Callee::Static("Array" | "Object", _) => true,
            _ => false,
        };
        let arguments = self.arguments(&call.arguments, at_once)?;
        let span = self.span(call);
        Ok(Self::call_tree(Call {
            callee,
            arguments,
            optional: call.optional,
            by_name: matches!(call.callee, ast::Expression::StaticMemberExpression(_)),
            span,
        }))
    }

    /// `$if(test, then, otherwise)`, which n8n makes an operator: only one branch is evaluated.
    fn choice(&mut self, call: &ast::CallExpression<'_>) -> Result<Tree, Error> {
        let mut arguments = Vec::from(self.arguments(&call.arguments, false)?).into_iter();
        let mut next = || match arguments.next() {
            Some(Element::Value(value)) => Some(value),
            _ => None,
        };
        match (next(), next(), next()) {
            (Some(test), Some(then), otherwise) => {
                let otherwise = otherwise.unwrap_or(Tree::Constant(Value::Bool(false)));
                Ok(Tree::Conditional(Box::new([test, then, otherwise])))
            }
            _ => Err(Error::syntax("`$if` needs a condition and a value")),
        }
    }

    fn arguments(&mut self, arguments: &[ast::Argument<'_>], called_at_once: bool) -> Result<Box<[Element]>, Error> {
        let argument = |argument: &ast::Argument<'_>| {
            Ok(match argument {
                ast::Argument::SpreadElement(spread) => Element::Spread(self.expression(&spread.argument)?),
                other => match other.as_expression() {
                    Some(value) => {
                        self.called_at_once = called_at_once;
                        Element::Value(self.expression(value)?)
                    }
                    None => Element::Value(self.leave("rare syntax")),
                },
            })
        };
        arguments.iter().map(argument).collect()
    }

    fn new_expression(&mut self, new: &ast::NewExpression<'_>) -> Result<Tree, Error> {
        const WRAPPERS: [&str; 4] = ["String", "Number", "Boolean", "Intl"];
        let callee = self.expression(&new.callee)?;
        let arguments = self.arguments(&new.arguments, false)?;
        Ok(match callee {
            Tree::Global(class) if !WRAPPERS.contains(&class) => Tree::New(Box::new(New {
                class,
                arguments,
                span: self.span(new),
            })),
            _ => self.leave("`new` of a rare class"),
        })
    }

    fn simple_target(&mut self, target: &ast::SimpleAssignmentTarget<'_>) -> Result<Option<Tree>, Error> {
        let place = match target {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(identifier) => {
                refusal::check_name(&identifier.name)?;
                match self.resolve(&identifier.name) {
                    Some((local, false)) => Tree::Local(local),
                    _ => return Ok(None),
                }
            }
            other => match other.as_member_expression() {
                Some(member) => self.member_expression(member)?,
                None => return Ok(None),
            },
        };
        Ok(place.is_place().then_some(place))
    }
}

/// n8n prints the program anew before it runs it, and puts a space before `${` where the text before has several
/// lines and ends like a word, a line or a tab.
fn is_printed_with_space(text: &str) -> bool {
    let ends_so = |last: char| last.is_ascii_alphanumeric() || matches!(last, '_' | '$' | '\n' | '\t');
    text.contains('\n') && text.ends_with(ends_so)
}
