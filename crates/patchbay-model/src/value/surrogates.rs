//! Escapes of JSON that are no characters: halves of surrogate pairs, as programs write them that cut texts in UTF-16.

/// The text with U+FFFD for each half that stands alone, every other character at its place; `None` where there is none.
pub(super) fn without_halves(text: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let are_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| are_hex)
    };
    let (mut mended, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(found) = text[at..].find('\\') {
        at += found;
        match (unit(at), unit(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(0xd800..0xe000), _) => {
                mended.push_str(&text[kept..at]);
                mended.push_str("\\ufffd");
                at += 6;
                kept = at;
            }
            _ => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    (kept > 0).then(|| mended + &text[kept..])
}

#[cfg(test)]
mod tests {
    use crate::Value;

    #[test]
    fn halves_of_surrogate_pairs_are_replaced() {
        for (text, expected) in [
            (r#"{"\ud83d":1}"#, "{\"\u{fffd}\":1}"),
            (r#""x\udc00y""#, "\"x\u{fffd}y\""),
            (r#""\ud83dA\ud83d""#, "\"\u{fffd}A\u{fffd}\""),
            (r#""\ud83d\ud83d\ude00""#, "\"\u{fffd}\u{1f600}\""),
            (r#""\\ud83d\ud83d""#, "\"\\\\ud83d\u{fffd}\""),
            (r#""\ud83d\u00e4""#, "\"\u{fffd}ä\""),
            (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
        ] {
            let read = Value::from_json(text).expect(text);
            assert_eq!(read.to_json(), expected, "{text}");
            assert_eq!(Value::from_json_bytes(text.as_bytes()).expect(text), read);
        }
        for text in [r#""\ud83d\ä""#, r#""\ud83d" x"#, r#""\ud8""#, r#""\ud83d\"#] {
            assert!(Value::from_json(text).is_err(), "{text}");
        }
    }
}
