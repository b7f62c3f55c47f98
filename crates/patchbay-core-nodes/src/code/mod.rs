//! Code: runs JavaScript, once with all items or once for each item.
//!
//! | file | holds |
//! | --- | --- |
//! | `host` | what a script reaches beyond n8n's scope: files, static data, the log, time |
//! | `request` | `helpers.httpRequest` |
//! | `returned` | what a script may return, and the items that it becomes |
//!
//! QuickJS itself is `patchbay_expression::script`. The older nodes `crate::function` and `crate::function_item`
//! share the host.

mod failure;
pub(crate) mod host;
mod request;
pub(crate) mod returned;

use async_trait::async_trait;
use patchbay_expression::script::{Failure, Flavour, Script};
use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostic, Diagnostics, Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

pub(crate) use failure::limit_error;
use failure::node_error;
use host::ContextHost;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.code",
    title: "Code",
    about: "Runs JavaScript on the items",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mode",
            Kind::Options(&["runOnceForAllItems", "runOnceForEachItem"]),
            "\"runOnceForAllItems\"",
            "Whether the code runs once, or once for each item",
        ),
        ParameterDescription::new(
            "language",
            Kind::Options(&["javaScript", "python", "pythonNative"]),
            "\"javaScript\"",
            "Only JavaScript runs",
        )
        .versions(2.0, f64::INFINITY),
        ParameterDescription::new("jsCode", Kind::Text, "\"\"", "The body of an `async` function"),
    ],
};

const NO_PYTHON: &str = "Python is not supported: patchbay runs JavaScript only";
const IN_PLACE_OF_PYTHON: [&str; 2] = [
    "rewrite the code in JavaScript and set the language to `javaScript`",
    "or call the Python program from an Execute Command or an HTTP Request node",
];

fn is_python(language: &str) -> bool {
    language.starts_with("python")
}

pub struct Code;

#[async_trait]
impl Node for Code {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn check(&self, node: &FileNode) -> Diagnostics {
        let language = node.parameters.get("language").and_then(Value::as_str);
        if node.version < 2.0 || !language.is_some_and(is_python) {
            return Diagnostics::new();
        }
        let refused = Diagnostic::unsupported("E0392", NO_PYTHON).at("/parameters/language");
        vec![
            IN_PLACE_OF_PYTHON
                .into_iter()
                .fold(refused.in_parameter("language"), Diagnostic::hint),
        ]
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        // Where an expression decides, that is known only now.
        if is_python(&context.text("language", 0)?) {
            let refused = NodeError::new("E0392", NO_PYTHON).parameter("language");
            return Err(IN_PLACE_OF_PYTHON.into_iter().fold(refused, NodeError::hint));
        }
        let items = if context.text("mode", 0)? == "runOnceForEachItem" {
            for_each_item(context).await
        } else {
            for_all_items(context).await
        };
        // A script that was stopped has failed only for that.
        context.checkpoint()?;
        Ok(Outcome::items(items?))
    }
}

async fn for_all_items(context: &Context<'_>) -> Result<Vec<Item>, NodeError> {
    let items = run_once(context).await;
    match items {
        Err(error) if context.continues_on_fail() && !error.is_cancelled() => Ok(vec![failed(&error)]),
        items => items,
    }
}

async fn run_once(context: &Context<'_>) -> Result<Vec<Item>, NodeError> {
    let code = context.text("jsCode", 0)?;
    let host = ContextHost::new(context);
    let worded = |failure: &Failure| node_error(failure, &code, None, &host.hints_for(&failure.error.message));
    let mut script =
        Script::new(&code, Flavour::AllItems, &context.scope, &host).map_err(|failure| worded(&failure))?;
    let globals = [("items", host.all_items())];
    script
        .run(&context.scope, &globals, &host, |value| returned::all(value, &host))
        .await
        .map_err(|failure| worded(&failure))?
}

async fn for_each_item(context: &Context<'_>) -> Result<Vec<Item>, NodeError> {
    let host = ContextHost::new(context);
    let mut items = Vec::with_capacity(context.items().len());
    let mut kept: Option<(Text, Script)> = None;
    for index in 0..context.items().len() {
        context.checkpoint()?;
        match run_for_item(context, &host, &mut kept, index).await {
            Ok(item) => items.extend(item.map(|item| item.paired_with(index))),
            Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                items.push(failed(&error).paired_with(index));
            }
            Err(error) => return Err(error.item(index)),
        }
        (context.progress)(index + 1);
    }
    Ok(items)
}

/// The code may be an expression and so differ from item to item; mostly it does not.
async fn run_for_item(
    context: &Context<'_>,
    host: &ContextHost<'_, '_>,
    kept: &mut Option<(Text, Script)>,
    index: usize,
) -> Result<Option<Item>, NodeError> {
    let code = context.text("jsCode", index)?;
    let scope = context.scope_for(index);
    let worded = |failure: &Failure| node_error(failure, &code, Some(index), &host.hints_for(&failure.error.message));
    let script = match kept.take() {
        Some((known, script)) if known == code => script,
        _ => Script::new(&code, Flavour::EachItem, &scope, host).map_err(|failure| worded(&failure))?,
    };
    let (_, script) = kept.insert((code.clone(), script));
    let globals = [("item", host.item(index))];
    script
        .run(&scope, &globals, host, |value| returned::each(&value, index, host))
        .await
        .map_err(|failure| worded(&failure))?
}

/// What goes on in place of what failed.
fn failed(error: &NodeError) -> Item {
    let json: Object = [("error", error.error.message.clone())].into_iter().collect();
    Item::new(json)
}

#[cfg(test)]
mod tests {
    use patchbay_node::capability::Http;
    use patchbay_node::capability::http::{Effect, Request, Response};

    use super::*;
    use crate::testing::run;

    const ITEMS: &str = r#"[{"a": 1}, {"a": 2}]"#;

    fn check(mode: &str, code: &str, expected: Result<&str, &str>) {
        let parameters = patchbay_model::Value::object(
            [("mode", mode), ("jsCode", code)]
                .into_iter()
                .collect::<patchbay_model::Object>(),
        );
        let result = run(2.0, &parameters.to_json(), ITEMS).of(&Code);
        assert_eq!(result.as_deref().map_err(String::as_str), expected, "{code}");
    }

    #[test]
    fn code_runs_once_for_all_items() {
        for (code, expected) in [
            ("return items", Ok(r#"[[{"a":1},{"a":2}]]"#)),
            ("items[0].json.b = 3; return items", Ok(r#"[[{"a":1,"b":3},{"a":2}]]"#)),
            ("return {a: 1}", Ok(r#"[[{"a":1}]]"#)),
            ("return [{a: 1}, {b: 2}]", Ok(r#"[[{"a":1},{"b":2}]]"#)),
            (
                "return await Promise.resolve([{json: {n: items.length}}])",
                Ok(r#"[[{"n":2}]]"#),
            ),
            ("return null", Ok("[[]]")),
            (
                "return {b: Buffer.from('aé').toString('base64')}",
                Ok(r#"[[{"b":"YcOp"}]]"#),
            ),
            (
                "return {b: new Buffer('aé').toString('base64'), n: new Buffer(2).length, h: new Buffer('ff00', 'hex')[0]}",
                Ok(r#"[[{"b":"YcOp","n":2,"h":255}]]"#),
            ),
            ("x = 5; return {x}", Ok(r#"[[{"x":5}]]"#)),
            (
                "return {u: typeof URL, c: typeof console.log}",
                Ok(r#"[[{"u":"undefined","c":"function"}]]"#),
            ),
            ("return 5", Err("Code doesn't return items properly")),
            ("", Err("Code doesn't return items properly")),
            ("return [{json: 5}]", Err("A 'json' property isn't an object [item 0]")),
            (
                "return [{json: {}}, {b: 2}]",
                Err("Unknown top-level item key: b [item 1]"),
            ),
            ("return [{json: {}, foo: 1}]", Err("Invalid output format [item 0]")),
            ("\n\nthrow new Error('x')", Err("x [line 3]")),
            ("throw 'x'", Err("Unknown error")),
            ("return x.y", Err("x is not defined [line 1]")),
            (
                "let a;\na.b.c",
                Err("Cannot read properties of undefined (reading 'b') [line 2]"),
            ),
            ("let a = {}; a.b()", Err("a.b is not a function [line 1]")),
            (
                "items[0].json['x'].y()",
                Err("Cannot read properties of undefined (reading 'y') [line 1]"),
            ),
            ("require('fs')", Err("Cannot find module 'fs' [line 1]")),
            ("return {\n", Err("Unexpected end of input [line 12]")),
            ("\n\nfoo bar", Err("Unexpected identifier [line 3]")),
            (
                "JSON.parse('{a')",
                Err("Expected property name or '}' in JSON at position 1 [line 1]"),
            ),
            ("function f() { f() } f()", Err("Maximum call stack size exceeded")),
        ] {
            check("runOnceForAllItems", code, expected);
        }
    }

    #[test]
    fn code_runs_for_each_item() {
        for (code, expected) in [
            (
                "item.json.b = item.json.a; return item",
                Ok(r#"[[{"a":1,"b":1},{"a":2,"b":2}]]"#),
            ),
            ("return {a: 5}", Ok(r#"[[{"a":5},{"a":5}]]"#)),
            ("return null", Ok("[[]]")),
            (
                "globalThis.q = (globalThis.q || 0) + 1; return {q: globalThis.q}",
                Ok(r#"[[{"q":1},{"q":1}]]"#),
            ),
            ("return 5", Err("Code doesn't return an object [item 0]")),
            ("return []", Err("Code doesn't return a single object [item 0]")),
            ("return {a: items}", Err("items is not defined [line 1, for item 0]")),
        ] {
            check("runOnceForEachItem", code, expected);
        }
    }

    #[test]
    fn python_is_refused() {
        let result = run(2.0, r#"{"language": "python"}"#, ITEMS).of(&Code);
        assert_eq!(
            result.as_deref(),
            Err(&"Python is not supported: patchbay runs JavaScript only".to_owned())
        );
    }

    #[test]
    fn what_a_script_threw_is_told_with_what_to_do() {
        for (code, message, hint) in [
            ("throw 'boom'", "Unknown error", "threw `boom`"),
            (
                "throw null",
                "Cannot read properties of null (reading 'message')",
                "threw null",
            ),
            (
                "throw undefined",
                "Cannot read properties of undefined (reading 'message')",
                "threw undefined",
            ),
            ("throw new Error('x')", "x [line 1]", "try … catch"),
            ("x()", "x is not defined [line 1]", "declare the name"),
            (
                "let a; a.b.c",
                "Cannot read properties of undefined (reading 'b') [line 1]",
                "`?.`",
            ),
            ("require('fs')", "Cannot find module 'fs' [line 1]", "without modules"),
            ("return 5", "Code doesn't return items properly", "return [{ json:"),
            ("return [{json: {}}, {}]", "Inconsistent item format", "return [{ json:"),
        ] {
            let parameters =
                patchbay_model::Value::object([("jsCode", code)].into_iter().collect::<patchbay_model::Object>());
            let outcome = run(2.0, &parameters.to_json(), ITEMS).outcome(&Code);
            let error = outcome.map(drop).expect_err(code);
            assert_eq!(error.error.message, message, "{code}");
            let hints = error.error.hints.join("; ");
            assert!(hints.contains(hint), "{code}: {hints}");
        }
    }

    /// Sends nothing: refuses `GET`, and says of all else that it was done.
    struct Pretends;

    #[async_trait]
    impl Http for Pretends {
        async fn send(&self, request: Request) -> Result<Response, NodeError> {
            if request.effect == Effect::Read {
                return Err(NodeError::new("E0610", "The run is read-only").hint("leave out --read-only"));
            }
            Ok(Response {
                status: 204,
                status_text: "No Content".into(),
                headers: Vec::new(),
                body: Box::pin(futures::stream::empty()),
                url: request.url.into(),
            })
        }

        fn pretends_writes(&self) -> bool {
            true
        }
    }

    #[test]
    fn what_became_of_a_request_is_told_with_what_to_do() {
        for (code, message, hint) in [
            (
                "await this.helpers.httpRequest({url: 'http://h/'})",
                "The run is read-only",
                "leave out --read-only",
            ),
            (
                "const made = await this.helpers.httpRequest({method: 'POST', url: 'http://h/'}); made.id.length",
                "Cannot read properties of undefined (reading 'length') [line 1]",
                "dry run",
            ),
        ] {
            let parameters = patchbay_model::Value::object([("jsCode", code)].into_iter().collect::<Object>());
            let run = run(2.0, &parameters.to_json(), ITEMS).http(std::sync::Arc::new(Pretends));
            let error = run.outcome(&Code).map(drop).expect_err(code);
            assert!(
                error.error.message.starts_with(message),
                "{code}: {}",
                error.error.message
            );
            let hints = error.error.hints.join("; ");
            assert!(hints.contains(hint), "{code}: {hints}");
        }
    }
}
