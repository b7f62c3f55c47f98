//! Where in a file's text something stands: the lines of JSON pointers, in YAML as in JSON.

use std::collections::HashMap;

use patchbay_model::diagnostic::Position;
pub use patchbay_model::pointer::below;
use saphyr_parser::{Event, Parser, Span};

/// The places of everything in a text.
#[derive(Default)]
pub struct Places(HashMap<String, Position>);

/// What the reader is in the middle of.
enum Within {
    /// Its pointer, and the key whose value comes next.
    Mapping(String, Option<String>),
    /// Its pointer, and how many elements have come.
    Sequence(String, usize),
}

impl Places {
    /// Reads as much of the text as is YAML.
    pub fn of(text: &str) -> Self {
        let mut places = Self::default();
        let mut within: Vec<Within> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            match event {
                Event::MappingStart(..) => {
                    let pointer = places.begin(&mut within, &span);
                    within.push(Within::Mapping(pointer, None));
                }
                Event::SequenceStart(..) => {
                    let pointer = places.begin(&mut within, &span);
                    within.push(Within::Sequence(pointer, 0));
                }
                Event::Scalar(text, ..) => match within.last_mut() {
                    Some(Within::Mapping(pointer, key @ None)) => {
                        places.0.insert(below(pointer, &text), position(&span));
                        *key = Some(text.into_owned());
                    }
                    _ => drop(places.begin(&mut within, &span)),
                },
                Event::Alias(_) => drop(places.begin(&mut within, &span)),
                Event::MappingEnd | Event::SequenceEnd => drop(within.pop()),
                _ => {}
            }
        }
        places
    }

    /// Takes note of a value that begins; gives its pointer. A value of a mapping is where its key is.
    fn begin(&mut self, within: &mut [Within], span: &Span) -> String {
        match within.last_mut() {
            None => String::new(),
            Some(Within::Mapping(pointer, key)) => below(pointer, &key.take().unwrap_or_default()),
            Some(Within::Sequence(pointer, count)) => {
                let pointer = below(pointer, &count.to_string());
                *count += 1;
                self.0.insert(pointer.clone(), position(span));
                pointer
            }
        }
    }

    /// Where a pointer leads, or as far towards it as the text goes.
    pub fn find(&self, pointer: &str) -> Option<Position> {
        let mut pointer = pointer;
        loop {
            if let Some(position) = self.0.get(pointer) {
                return Some(*position);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

fn position(span: &Span) -> Position {
    Position {
        line: span.start.line(),
        column: 1 + span.start.col(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_have_lines_in_yaml_and_json() {
        let yaml = Places::of("a:\n  /b/{c}: [{d: 1},\n    {e: 2}]\nf: |\n  text\n");
        let json = Places::of("{\"a\": {\n \"/b/{c}\": [{\"d\": 1},\n {\"e\": 2}]}}");
        for (pointer, in_yaml, in_json) in [
            ("/a", (1, 1), (1, 2)),
            ("/a/~1b~1{c}/0/d", (2, 13), (2, 14)),
            ("/a/~1b~1{c}/1/e", (3, 6), (3, 3)),
            ("/a/~1b~1{c}/1/e/none/0", (3, 6), (3, 3)),
        ] {
            let found = |places: &Places| places.find(pointer).map(|found| (found.line, found.column));
            assert_eq!(
                (found(&yaml), found(&json)),
                (Some(in_yaml), Some(in_json)),
                "{pointer}"
            );
        }
    }
}
