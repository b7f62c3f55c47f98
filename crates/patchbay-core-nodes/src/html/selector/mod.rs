//! Selectors as n8n takes them: those of CSS, and jQuery's pseudo-classes (`:first`, `:eq(1)`, `:contains('x')`, `:input`).
//!
//! jQuery's names are put into CSS where CSS can say the same. Elements that contain a text are marked in a copy of the
//! document, so that CSS can name them too; what counts places is done afterwards. Messages are those of n8n.

mod reader;

use std::collections::HashSet;

use html5ever::{LocalName, QualName, ns};
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector, StrTendril};

use reader::Reader;

/// A selector that has been read.
pub struct Query {
    parts: Vec<Part>,
    /// What elements must contain, by the number of their mark; whether capitals count.
    texts: Vec<(String, bool)>,
}

/// A selector between commas.
struct Part {
    selector: Selector,
    /// What is done to the elements that it finds, in this order.
    filters: Vec<Filter>,
}

enum Filter {
    Position { position: Position, negated: bool },
    Matches(Selector),
    Nothing,
}

/// Places are counted from 0, negative ones from the end.
#[derive(Clone, Copy)]
enum Position {
    At(i64),
    After(i64),
    Before(i64),
    Even,
    Odd,
    None,
}

impl Position {
    fn read(name: &str, argument: Option<&str>) -> Option<Self> {
        let number = || argument.and_then(|text| text.trim().parse().ok());
        Some(match name {
            "first" => Self::At(0),
            "last" => Self::At(-1),
            "even" => Self::Even,
            "odd" => Self::Odd,
            "eq" | "nth" => number().map_or(Self::None, Self::At),
            "gt" => number().map_or(Self::None, Self::After),
            "lt" => number().map_or(Self::None, Self::Before),
            _ => return None,
        })
    }

    fn holds(self, place: usize, count: usize) -> bool {
        let (place, count) = (place as i64, count as i64);
        let from_start = |at: i64| if at < 0 { at + count } else { at };
        match self {
            Self::At(at) => place == from_start(at),
            Self::After(at) => place > from_start(at),
            // n8n takes all elements where the number is negative.
            Self::Before(at) => at < 0 || place < at,
            Self::Even => place % 2 == 0,
            Self::Odd => place % 2 == 1,
            Self::None => false,
        }
    }
}

impl Query {
    /// Reads a selector; fails with the message for what is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text,
            texts: Vec::new(),
        };
        let mut parts = Vec::new();
        loop {
            parts.push(reader.part()?);
            if reader.take(',').is_none() {
                break;
            }
        }
        if let Some(c) = reader.rest.chars().next() {
            return Err(format!("Unmatched selector: {c}"));
        }
        Ok(Self {
            parts,
            texts: reader.texts,
        })
    }

    /// The elements, in the order of the document.
    pub fn select<'d>(&self, document: &'d Html) -> Vec<ElementRef<'d>> {
        let marked = (!self.texts.is_empty()).then(|| self.marked(document));
        let searched = marked.as_ref().unwrap_or(document);
        let found = self.parts.iter().map(|part| part.select(searched));
        let places: HashSet<_> = found.flatten().map(|element| element.id()).collect();
        let elements = document.tree.nodes().filter(|node| places.contains(&node.id()));
        elements.filter_map(ElementRef::wrap).collect()
    }

    /// The document, with a mark on each element that contains a text.
    fn marked(&self, document: &Html) -> Html {
        let mut marked = document.clone();
        for (number, (wanted, exact)) in self.texts.iter().enumerate() {
            let contains = |element: ElementRef| {
                let text: String = element.text().collect();
                if *exact {
                    text.contains(wanted.as_str())
                } else {
                    text.to_lowercase().contains(&wanted.to_lowercase())
                }
            };
            let elements = document.tree.nodes().filter_map(ElementRef::wrap);
            let places: Vec<_> = elements
                .filter(|element| contains(*element))
                .map(|element| element.id())
                .collect();
            for place in places {
                if let Some(mut node) = marked.tree.get_mut(place)
                    && let Node::Element(element) = node.value()
                {
                    let name = QualName::new(None, ns!(), LocalName::from(mark(number)));
                    element.attrs.insert(name, StrTendril::new());
                }
            }
        }
        marked
    }
}

impl Part {
    fn select<'d>(&self, document: &'d Html) -> Vec<ElementRef<'d>> {
        let mut found: Vec<ElementRef> = document.select(&self.selector).collect();
        for filter in &self.filters {
            let count = found.len();
            let mut place = 0..count;
            found.retain(|element| match filter {
                Filter::Position { position, negated } => place
                    .next()
                    .is_some_and(|place| position.holds(place, count) != *negated),
                Filter::Matches(selector) => selector.matches(element),
                Filter::Nothing => false,
            });
        }
        found
    }
}

/// The name of the attribute that marks elements.
fn mark(number: usize) -> String {
    format!("patchbay-contains-{number}")
}

#[cfg(test)]
mod tests;
