//! What an expression is made of, for people who wonder what it does: the syntax tree of each `{{ }}`, the evaluator that
//! runs it and why, and the value of each path in it.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::Expression as Syntax;
use oxc_ast_visit::Visit;
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType, Span};
use patchbay_model::{Scope, Value};

use crate::{Error, Evaluator, Expression, Part};

/// One `{{ }}` of an expression.
#[derive(Debug)]
pub struct Explanation {
    /// What stands between the braces.
    pub source: String,
    pub evaluator: Evaluator,
    /// Why it runs in QuickJS, where that is known before it runs.
    pub reason: Option<&'static str>,
    /// A line for each node of the syntax tree, indented by two spaces a level: its kind, then its text.
    pub tree: String,
    /// Each path that begins at a name of the scope, and its value.
    pub paths: Vec<(String, Result<Option<Value>, Error>)>,
}

impl Expression {
    /// Explains each `{{ }}` for one item. Nothing is kept from one to the next: each path is evaluated on its own.
    pub fn explain(&self, scope: &Scope<'_>) -> Vec<Explanation> {
        let programs = self.parts.iter().filter_map(|part| match part {
            Part::Program(program) => Some(program),
            Part::Text(_) => None,
        });
        programs
            .map(|program| {
                let evaluator = match program.evaluate(scope) {
                    Ok((_, evaluator)) => evaluator,
                    Err(_) if program.left_to_quickjs.is_some() => Evaluator::QuickJs,
                    Err(_) => Evaluator::Native,
                };
                let (tree, paths) = outline(&program.source);
                let value = |path: &str| Self::parse(&format!("={{{{ {path} }}}}"))?.evaluate(scope);
                Explanation {
                    source: program.source.trim().to_owned(),
                    evaluator,
                    reason: program.left_to_quickjs,
                    tree,
                    paths: paths.into_iter().map(|path| (path.clone(), value(&path))).collect(),
                }
            })
            .collect()
    }
}

/// The tree of a program, and its paths, each once.
fn outline(source: &str) -> (String, Vec<String>) {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::script()).parse();
    let mut outline = Outline {
        source,
        depth: 0,
        tree: String::new(),
        paths: Vec::new(),
        inside_path: None,
    };
    outline.visit_program(&parsed.program);
    (outline.tree, outline.paths)
}

struct Outline<'s> {
    source: &'s str,
    depth: usize,
    tree: String,
    paths: Vec<String>,
    /// The end of the path that is being visited: its beginnings are no paths of their own.
    inside_path: Option<Span>,
}

impl<'a> Visit<'a> for Outline<'_> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        let span = kind.span();
        let text = &self.source[span.start as usize..span.end as usize];
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = text.chars().take(60).collect();
        let cut = if shown.len() < text.len() { "…" } else { "" };
        let indent = "  ".repeat(self.depth);
        for part in [&indent, kind.debug_name().as_ref(), "  ", &shown, cut, "\n"] {
            self.tree.push_str(part);
        }
        self.depth += 1;
    }

    fn leave_node(&mut self, _kind: AstKind<'a>) {
        self.depth -= 1;
    }

    fn visit_call_expression(&mut self, call: &oxc_ast::ast::CallExpression<'a>) {
        // A method is not a value: the path is what it is called on.
        match &call.callee {
            Syntax::StaticMemberExpression(method) if self.inside_path.is_none() => {
                let kind = AstKind::CallExpression(self.alloc(call));
                self.enter_node(kind);
                self.visit_expression(&method.object);
                self.visit_arguments(&call.arguments);
                self.leave_node(kind);
            }
            _ => oxc_ast_visit::walk::walk_call_expression(self, call),
        }
    }

    fn visit_expression(&mut self, expression: &Syntax<'a>) {
        let span = expression.span();
        let covered = self
            .inside_path
            .is_some_and(|path| path.start <= span.start && span.end <= path.end);
        let is_path = begins_at_scope(expression);
        if is_path && !covered {
            let path = self.source[span.start as usize..span.end as usize].to_owned();
            if !self.paths.contains(&path) {
                self.paths.push(path);
            }
        }
        let outer = self.inside_path;
        if is_path && !covered {
            self.inside_path = Some(span);
        }
        oxc_ast_visit::walk::walk_expression(self, expression);
        self.inside_path = outer;
    }
}

/// `$json.a["b"]`, `$('X').item.json`, `$now`: members of a name with `$`, or of a call of one.
fn begins_at_scope(expression: &Syntax<'_>) -> bool {
    match expression {
        Syntax::Identifier(identifier) => identifier.name.starts_with('$') && identifier.name.len() > 1,
        Syntax::StaticMemberExpression(member) => begins_at_scope(&member.object),
        Syntax::ComputedMemberExpression(member) => {
            begins_at_scope(&member.object)
                && matches!(member.expression, Syntax::StringLiteral(_) | Syntax::NumericLiteral(_))
        }
        Syntax::CallExpression(call) => {
            matches!(&call.callee, Syntax::Identifier(name) if matches!(name.name.as_str(), "$" | "$items" | "$item"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_whole_and_once() {
        for (source, expected) in [
            ("$json.a.b + $json.a.b", vec!["$json.a.b"]),
            ("$('X').item.json['y z'].trim()", vec!["$('X').item.json['y z']"]),
            ("$json.list.map(x => x.y + $now)", vec!["$json.list", "$now"]),
            ("$json[$json.key]", vec!["$json", "$json.key"]),
            ("1 + 2", vec![]),
        ] {
            assert_eq!(outline(source).1, expected, "{source}");
        }
    }

    #[test]
    fn the_tree_is_indented() {
        let (tree, _) = outline("$json.a > 1");
        let depths: Vec<usize> = tree
            .lines()
            .map(|line| (line.len() - line.trim_start().len()) / 2)
            .collect();
        assert_eq!(depths[0], 0);
        assert!(depths.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{tree}");
        assert!(tree.contains("BinaryExpression"), "{tree}");
    }
}
