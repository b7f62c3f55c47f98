//! Faults of files: for people, with the file's own line and a caret, and as JSON.

use std::io::IsTerminal;
use std::ops::Range;

use super::plain::plain;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use patchbay_model::diagnostic::Position;
use patchbay_model::{Diagnostic, ExecutionError, Object, Severity, Value};

/// The faults of one file as people read them on stderr.
pub fn human(file: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    human_for(&std::io::stderr(), file, text, diagnostics)
}

/// The faults of one file as people read them on a stream: in colours if it is a terminal.
pub fn human_for(stream: &impl IsTerminal, file: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    let renderer = if super::colours(stream) {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    diagnostics
        .iter()
        .map(|diagnostic| human_one(file, text, diagnostic, &renderer) + "\n\n")
        .collect()
}

/// The faults of a file whose lines must not be shown: they hold secrets.
pub fn human_without_source(file: &str, diagnostics: &[Diagnostic]) -> String {
    let one = |diagnostic: &Diagnostic| {
        let place = diagnostic
            .position
            .map(|at| format!(":{}:{}", at.line, at.column))
            .unwrap_or_default();
        let hints: String = diagnostic
            .hints
            .iter()
            .flat_map(|hint| ["hint: ", hint, "\n"])
            .collect();
        format!("{diagnostic}\n  --> {file}{place}\n{hints}\n")
    };
    diagnostics.iter().map(one).collect()
}

fn human_one(file: &str, text: &str, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error | Severity::Unsupported => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let mut whereabouts = diagnostic
        .node
        .iter()
        .map(|node| format!("in node `{node}`"))
        .collect::<Vec<_>>();
    whereabouts.extend(
        diagnostic
            .parameter
            .iter()
            .map(|parameter| format!("parameter `{parameter}`")),
    );
    let whereabouts = whereabouts.join(", ");
    let mut group = match diagnostic.position.and_then(|position| line_of(text, position)) {
        Some((line, caret, number)) => {
            let mut annotation = AnnotationKind::Primary.span(caret);
            if !whereabouts.is_empty() {
                annotation = annotation.label(&whereabouts);
            }
            title.element(
                Snippet::source(line)
                    .path(file)
                    .line_start(number)
                    .annotation(annotation),
            )
        }
        None => title.element(Level::NOTE.message(if whereabouts.is_empty() { file } else { &whereabouts })),
    };
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.with_name(Some("hint")).message(hint));
    }
    renderer.render(&[group])
}

/// The line of a position, the bytes in it that the caret marks, and the line's number.
fn line_of(text: &str, position: Position) -> Option<(&str, Range<usize>, usize)> {
    let line = text.lines().nth(position.line - 1)?;
    let start = line
        .char_indices()
        .nth(position.column - 1)
        .map_or(line.len(), |(place, _)| place);
    let rest = &line[start..];
    let length = match rest.chars().next() {
        // A JSON string is marked whole; anything else by its first character.
        Some('"') => string_length(rest),
        Some(first) => first.len_utf8(),
        None => 0,
    };
    Some((line, start..start + length, position.line))
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

/// `{"file", "diagnostics": [{"code", "severity", "message", "line"?, …}]}`.
pub fn json(file: &str, diagnostics: &[Diagnostic]) -> Value {
    let mut object = Object::new();
    object.insert("file", file);
    object.insert(
        "diagnostics",
        diagnostics.iter().map(Diagnostic::to_value).collect::<Vec<_>>(),
    );
    Value::object(object)
}

/// Why an execution failed, as people read it.
pub fn execution_error(error: &ExecutionError) -> String {
    let mut text = format!("error[{}]: {}\n", error.code, plain(&error.message));
    let mut whereabouts = error
        .node
        .iter()
        .map(|node| format!("node `{node}`"))
        .collect::<Vec<_>>();
    whereabouts.extend(
        error
            .parameter
            .iter()
            .map(|parameter| format!("parameter `{parameter}`")),
    );
    whereabouts.extend(error.item.map(|item| format!("item {item}")));
    if !whereabouts.is_empty() {
        text.push_str(&format!("  --> {}\n", whereabouts.join(", ")));
    }
    let excerpt = error.excerpt.iter().flat_map(|excerpt| excerpt.lines());
    let description = error.description.as_deref().map(plain).unwrap_or_default();
    for line in excerpt.chain(description.lines()) {
        text.push_str(&format!("   | {line}\n"));
    }
    for hint in &error.hints {
        text.push_str(&format!("hint: {hint}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line() {
        let text = "{\n  \"type\": \"n8n-nodes-base.sett\"\n}";
        let mut fault = Diagnostic::unsupported("E0101", "unknown node type `n8n-nodes-base.sett`")
            .in_node(&"Edit".into())
            .hint("did you mean `n8n-nodes-base.set`?");
        fault.position = Some(Position { line: 2, column: 11 });
        let expected = "\
error[E0101]: unknown node type `n8n-nodes-base.sett`
 --> flow.json:2:11
  |
2 |   \"type\": \"n8n-nodes-base.sett\"
  |           ^^^^^^^^^^^^^^^^^^^^^ in node `Edit`
  |
  = hint: did you mean `n8n-nodes-base.set`?

";
        assert_eq!(human("flow.json", text, &[fault]), expected);
    }

    #[test]
    fn a_failed_execution_says_where() {
        let error = ExecutionError {
            code: "E0401".into(),
            message: "`Id` is missing".into(),
            node: Some("List Groups".into()),
            parameter: Some("Id".into()),
            item: Some(3),
            excerpt: Some("={{ $json.x }}\n    ^^^^^^^".into()),
            hints: vec!["set it".into()],
            ..ExecutionError::default()
        };
        assert_eq!(
            execution_error(&error),
            "error[E0401]: `Id` is missing\n  --> node `List Groups`, parameter `Id`, item 3\n   | ={{ $json.x }}\n   |     ^^^^^^^\nhint: set it\n"
        );
    }
}
