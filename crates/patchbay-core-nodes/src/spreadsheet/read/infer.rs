//! What a text in a cell stands for: a number, a date, a boolean, or itself.

use patchbay_model::value::text_to_number;

use crate::spreadsheet::{Cell, general};

pub(super) fn cell(text: &str) -> Cell {
    match text {
        "TRUE" => return Cell::Bool(true),
        "FALSE" => return Cell::Bool(false),
        _ => {}
    }
    if let Some(formula) = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')) {
        return Cell::Text(formula.replace("\"\"", "\"").into());
    }
    number(text)
        .or_else(|| general::serial(text))
        .map_or_else(|| Cell::Text(text.into()), Cell::Number)
}

/// `1,000`, `$5`, `50%`, `(5)` and all that JavaScript takes for a number.
fn number(text: &str) -> Option<f64> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let finite = |text: &str| Some(text_to_number(text)).filter(|number| number.is_finite());
    if let Some(number) = finite(text) {
        return Some(number);
    }
    let percents = text.matches('%').count();
    let mut plain = String::with_capacity(text.len());
    let characters: Vec<char> = text.chars().collect();
    for (place, c) in characters.iter().enumerate() {
        let digit = |place: usize| characters.get(place).is_some_and(char::is_ascii_digit);
        let between_digits = place > 0 && digit(place - 1) && digit(place + 1);
        if !(matches!(c, '%' | '$') || *c == ',' && between_digits) {
            plain.push(*c);
        }
    }
    let scale = 100_f64.powi(percents as i32);
    let negative = plain.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    match negative {
        Some(inside) => finite(inside).map(|number| -number / scale),
        None => finite(&plain).map(|number| number / scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_for_values() {
        for (text, number) in [
            ("1", 1.0),
            ("1,000.5", 1000.5),
            ("$1,234.50", 1234.5),
            ("50%", 0.5),
            ("5%%", 0.0005),
            ("(5)", -5.0),
            ("007", 7.0),
            ("0x10", 16.0),
            (" 5", 5.0),
            ("+3", 3.0),
            ("2026-01-02", 46024.0),
            ("2026-1-2", 46024.0),
            ("2026/01/02", 46024.0),
            ("2026-01", 46023.0),
            ("1/2/2026", 46024.0),
            ("01/02/26", 46024.0),
            ("1-2-2026", 46024.0),
            ("1.2.2026", 46024.0),
            ("1.2.3", 37623.0),
            ("1-2", 36893.0),
            ("10/12", 37176.0),
            ("Jan 2, 2026", 46024.0),
            ("2 Jan 2026", 46024.0),
            ("march 2026", 46082.0),
            ("2026-02-30", 46083.0),
            ("1900-01-01", 2.0),
        ] {
            assert_eq!(cell(text), Cell::Number(number), "{text}");
        }
        let Cell::Number(moment) = cell("2026-01-02 03:04") else {
            panic!("a moment is a number");
        };
        assert!((moment - 46_024.127_777_777_78).abs() < 1e-9, "{moment}");
        for text in [
            "true",
            "January 5",
            "12:30",
            "12:30:45",
            "3:15 PM",
            "abc 1",
            "=1+1",
            "1 000",
            "-",
            "NaN",
            "Infinity",
            "#N/A",
            "May",
            "May 5",
            "2026-13-45",
            "1899-01-01",
            "Room 5",
            "A1",
            "5a",
            "12-Jan",
            "Q1 2026",
            "$",
            "%",
            "99/99/99",
            "2026-01-02T03:04:05Z",
        ] {
            assert_eq!(cell(text), Cell::Text(text.into()), "{text}");
        }
        assert_eq!(cell("=\"007\""), Cell::Text("007".into()));
    }
}
