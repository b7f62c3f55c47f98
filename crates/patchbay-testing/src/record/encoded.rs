//! Finds a text where it stands percent-encoded: in addresses and forms.

/// Replaces a secret where it is percent-encoded, whichever of its characters are: as it is decoded, it is found.
pub(super) fn replace_encoded(text: &str, real: &str, stub: &str, plus_is_space: bool) -> String {
    if !(text.contains('%') || plus_is_space && text.contains('+')) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    // Each decoded byte with the place in the text at which it begins.
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut places = Vec::with_capacity(bytes.len() + 1);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        places.push(at);
        let digits = text
            .get(at + 1..at + 3)
            .filter(|digits| byte == b'%' && !digits.starts_with('+'));
        let escape = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(match escape {
            Some(escape) => escape,
            None if byte == b'+' && plus_is_space => b' ',
            None => byte,
        });
        at += if escape.is_some() { 3 } else { 1 };
    }
    places.push(bytes.len());
    let encoded: String = url::form_urlencoded::byte_serialize(stub.as_bytes()).collect();
    let mut replaced = String::with_capacity(text.len());
    let (mut done, mut from) = (0, 0);
    while let Some(found) = decoded[from..]
        .windows(real.len())
        .position(|part| part == real.as_bytes())
    {
        let start = from + found;
        from = start + real.len();
        replaced.push_str(text.get(done..places[start]).unwrap_or_default());
        replaced.push_str(&encoded);
        done = places[from];
    }
    replaced.push_str(text.get(done..).unwrap_or_default());
    replaced
}
