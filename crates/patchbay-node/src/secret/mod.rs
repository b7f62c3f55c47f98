//! Text that must not be seen, and the names that tell of it.

mod written;

use std::fmt;

use patchbay_model::Text;

pub use written::Written;

/// A secret: shown as `[secret]` wherever it is printed; [`Secret::reveal`] gives the text to whoever sends it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret(Text);

impl Secret {
    pub fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The text itself, shared and not copied.
    pub fn to_revealed(&self) -> Text {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Parts of names that tell of a secret wherever they stand.
const PARTS: [&str; 10] = [
    "secret",
    "password",
    "passphrase",
    "passwd",
    "token",
    "apikey",
    "private",
    "signature",
    "cookie",
    "authorization",
];

/// Ends of words that tell of one: within a word they are in `author` and `shipping` as well.
const ENDS: [&str; 5] = ["key", "pin", "auth", "pwd", "credential"];

/// Names that are harmless all the same.
const PLAIN: [&str; 10] = [
    "authentication",
    "authurl",
    "accesstokenurl",
    "tokenurl",
    "tokentype",
    "authqueryparameters",
    "keyid",
    "accesskeyid",
    "publickey",
    "primarykey",
];

/// Whether the name of a field tells that what it holds must not be seen: `clientSecret`, `api_key`, `X-Auth-Token`, `VMPIN`.
pub fn is_secret_name(name: &str) -> bool {
    let whole: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
    let whole = whole.to_lowercase();
    if PLAIN.contains(&whole.as_str()) {
        return false;
    }
    PARTS.iter().any(|part| whole.contains(part))
        || words(name).iter().any(|word| {
            let word = word.trim_end_matches(|character: char| character.is_ascii_digit());
            let word = word.strip_suffix('s').unwrap_or(word);
            // `pass`; `compass` has it at its end as well.
            word == "pas" || ENDS.iter().any(|end| word.ends_with(end))
        })
}

/// The words of a name, in lower case: `AuthID` has `auth` and `id`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for character in name.chars() {
        let begins = !character.is_alphanumeric() || (after_small && character.is_uppercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        after_small = character.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_secrets() {
        for (name, wanted) in [
            ("clientSecret", true),
            ("api_key", true),
            ("apikeys", true),
            ("X-Auth-Token", true),
            ("VMPIN", true),
            ("AuthID", true),
            ("pass", true),
            ("Authorization", true),
            ("author", false),
            ("shipping", false),
            ("keyboard", false),
            ("compass", false),
            ("token_type", false),
            ("publicKey", false),
            ("authentication", false),
            ("Number", false),
        ] {
            assert_eq!(is_secret_name(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
    }
}
