//! JSON pointers: `/nodes/0/parameters/a~1b`, where `~1` is a slash of a key and `~0` a tilde.

/// A key as a pointer has it.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a part of a pointer stands for.
pub fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The pointer of a key below another one.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", escape(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_comes_back() {
        for (key, escaped) in [("a", "a"), ("a/b~c", "a~1b~0c"), ("~1", "~01"), ("", "")] {
            assert_eq!(escape(key), escaped);
            assert_eq!(unescape(escaped), key);
        }
    }
}
