//! Ids as n8n makes them, and times as it writes them.

use patchbay_node::capability::Entropy;

const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A random id of 16 letters and digits.
pub fn new(entropy: &dyn Entropy) -> String {
    let mut id = String::with_capacity(16);
    while id.len() < 16 {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        // Those beyond would make some signs likelier than others.
        let fair = bytes.iter().filter(|byte| **byte < 248).take(16 - id.len());
        id.extend(fair.map(|byte| char::from(SIGNS[usize::from(*byte) % SIGNS.len()])));
    }
    id
}

/// `2026-03-04T05:06:07.000Z`, of milliseconds since 1970.
pub fn time(milliseconds: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use patchbay_node::capability::entropy::Seeded;

    use super::*;

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(time(1_772_600_767_000), "2026-03-04T05:06:07.000Z");
    }

    #[test]
    fn ids_are_16_letters_and_digits() {
        let entropy = Seeded::new(1);
        let (one, other) = (new(&entropy), new(&entropy));
        assert_ne!(one, other);
        assert!(one.len() == 16 && one.chars().all(|sign| sign.is_ascii_alphanumeric()));
    }
}
