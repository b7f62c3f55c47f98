//! Which fields of credentials are secret. Services' definitions say it of their own; of all other credentials the name
//! of a field and the look of its value have to do.

use patchbay_node::is_secret_name;

/// In characters: what is longer and looks like no word, address or sentence was made by a machine, as keys are.
const LONGEST_PLAIN: usize = 24;

/// Whether a field's value must not be seen.
pub fn is_secret(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    // n8n's generic credentials: `{"name": "X-Key", "value": "…"}` and `{"json": "{\"headers\": …}"}`.
    matches!(name, "value" | "json") || is_secret_name(name) || looks_made_by_a_machine(value)
}

fn looks_made_by_a_machine(value: &str) -> bool {
    let is_address =
        value.contains("://") || value.contains('@') || value.contains(char::is_whitespace) || value.starts_with('/');
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    value.chars().count() > LONGEST_PLAIN && !is_address && !value.contains('.') && has_digit && has_letter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_tell_what_is_secret() {
        for (name, value, wanted) in [
            ("clientSecret", "x", true),
            ("password", "x", true),
            ("accessToken", "x", true),
            ("api_key", "x", true),
            ("value", "x", true),
            ("clientId", "900", false),
            ("url", "https://pbx.example.com", false),
            ("accessTokenUrl", "https://a.example/token", false),
            ("authentication", "header", false),
            ("user", "me", false),
            ("webhook", "3f0c9a8b7d6e5f4a3b2c1d0e9f8a7b6c", true),
            ("server", "a-very-long-host-name.example.com", false),
            ("scope", "read:users write:users openid", false),
            ("clientSecret", "", false),
        ] {
            assert_eq!(is_secret(name, value), wanted, "{name} {value}");
        }
    }
}
