//! Compiles a node's parameters: each expression is parsed here, once.

use patchbay_expression::{Expression, is_expression};
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::Node;
use patchbay_model::{Diagnostic, Diagnostics, Object, Scope, Value, Workflow, pointer};
use patchbay_node::{Evaluate, NodeError, Parameter};

use super::NO_SUCH_NODE;

/// The parameters of a node as [`Parameter::Object`], with faults of its expressions.
pub(super) fn compile(workflow: &Workflow, node: &Node, faults: &mut Diagnostics) -> Parameter {
    let mut compiler = Compiler { workflow, node, faults };
    compiler.object(&node.parameters, "")
}

struct Compiler<'a> {
    workflow: &'a Workflow,
    node: &'a Node,
    faults: &'a mut Diagnostics,
}

impl Compiler<'_> {
    /// `path` is the parameter's, with `/` before each part.
    fn value(&mut self, value: &Value, path: &str) -> Parameter {
        match value {
            Value::Text(text) if is_expression(text) => self.expression(text, path),
            Value::Object(object) => self.object(object, path),
            Value::Array(values) => {
                let values = values.iter().enumerate();
                let parts = values.map(|(index, value)| self.value(value, &format!("{path}/{index}")));
                Parameter::Array(parts.collect())
            }
            literal => Parameter::Literal(literal.clone()),
        }
    }

    fn object(&mut self, object: &Object, path: &str) -> Parameter {
        let parts = object
            .iter()
            .map(|(key, value)| (key.clone(), self.value(value, &pointer::below(path, key))));
        Parameter::Object(parts.collect())
    }

    fn expression(&mut self, source: &str, path: &str) -> Parameter {
        for (name, offset) in super::references::nodes_named_in(source) {
            self.unknown_node(&name, offset, path);
        }
        let expression: Box<dyn Evaluate> = match Expression::parse(source) {
            Ok(expression) => Box::new(Parsed(expression)),
            Err(error) => {
                let offset = error.span.map(|(start, _)| start);
                let fault = self.fault(
                    Diagnostic::unsupported("E0108", format!("the expression does not parse: {}", error.message)),
                    offset,
                    path,
                );
                self.faults
                    .push(error.hints.iter().fold(fault, |fault, hint| fault.hint(hint.as_str())));
                Box::new(Broken {
                    source: source.to_owned(),
                    error: node_error(&error, source),
                })
            }
        };
        Parameter::Expression(expression)
    }

    fn unknown_node(&mut self, name: &str, offset: usize, path: &str) {
        if self.workflow.node(name).is_some() {
            return;
        }
        let message = format!("the expression names the node `{name}`, which is not there");
        let mut fault = self.fault(Diagnostic::warning(NO_SUCH_NODE, message), Some(offset), path);
        if let Some(nearest) = nearest(name, self.workflow.nodes.iter().map(|node| node.name.as_str())) {
            fault = fault.hint(format!("did you mean `{nearest}`?"));
        }
        self.faults.push(fault);
    }

    fn fault(&self, fault: Diagnostic, offset: Option<usize>, path: &str) -> Diagnostic {
        let parameter = path.trim_start_matches('/').replace('/', ".");
        let mut fault = fault
            .at(format!("{}/parameters{path}", self.node.pointer))
            .in_node(&self.node.name)
            .in_parameter(pointer::unescape(&parameter));
        fault.offset = offset;
        fault
    }
}

/// An expression that parses.
struct Parsed(Expression);

impl Evaluate for Parsed {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        Ok(self.evaluate_with_date(scope)?.0)
    }

    fn evaluate_with_date(&self, scope: &Scope<'_>) -> Result<(Option<Value>, Option<f64>), NodeError> {
        let evaluated = self.0.evaluate_parameter(scope);
        let evaluated = evaluated.map_err(|error| node_error(&error, self.0.source()))?;
        Ok((evaluated.value, evaluated.date))
    }

    fn source(&self) -> &str {
        self.0.source()
    }
}

/// An expression that does not parse: as in n8n, the node that needs it fails, not the workflow.
struct Broken {
    source: String,
    error: NodeError,
}

impl Evaluate for Broken {
    fn evaluate(&self, _scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        Err(self.error.clone())
    }

    fn source(&self) -> &str {
        &self.source
    }
}

fn node_error(error: &patchbay_expression::Error, source: &str) -> NodeError {
    let mut mapped = NodeError::new(error.code, error.message.clone());
    mapped.error.description.clone_from(&error.description);
    mapped.error.hints.clone_from(&error.hints);
    mapped.error.excerpt = error.excerpt(source).map(Into::into);
    mapped
}
