//! `text.toSentenceCase`.

use std::sync::LazyLock;

use regex::Regex;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toSentenceCase",
    aliases: &[],
    about: "The text in lower case, with a capital as the first letter of each sentence",
    parameters: &[],
    examples: &[
        Example(
            "'HELLO there. how ARE you?'.toSentenceCase()",
            Gives::Json("\"Hello there. How are you?\""),
        ),
        // What holds no letter goes.
        Example("'So. 1 2 3'.toSentenceCase()", Gives::Json("\"So.\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(to_sentence_case(text)))),
};

/// What comes before the first letter, the letter, and the rest up to and with the first mark that ends a sentence.
static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\P{L}*)(\p{L})([^.!?]*[.!?]?)").ok());

fn to_sentence_case(text: &str) -> String {
    let mut sentences = String::with_capacity(text.len());
    let found = SENTENCE.iter().flat_map(|pattern| pattern.captures_iter(text));
    for parts in found {
        let (_, [before, first, rest]) = parts.extract();
        let first = if sentences.is_empty() {
            first.to_uppercase()
        } else {
            // From the second sentence on the text is in lower case first, which tells for letters like `İ`.
            first.to_lowercase().to_uppercase()
        };
        sentences.push_str(before);
        sentences.push_str(&first);
        sentences.push_str(&rest.to_lowercase());
    }
    sentences
}
