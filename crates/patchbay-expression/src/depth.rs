//! Programs that are nested so deeply that to walk them would overflow the stack.
//!
//! The parser knows no limit, and an overflow ends the process. What is short can not be deep; what is long is
//! parsed on a stack of its own that is large enough for it, and refused where it turns out to be too deep for
//! those who walk it later.

use crate::{Error, Kind};

/// How deeply expressions and statements may be nested.
pub(crate) const DEEPEST: usize = 400;

/// Beyond this no stack is made.
const MOST_TOKENS: usize = 1 << 16;

/// More than the parser needs for one level.
const BYTES_A_LEVEL: usize = 8 * 1024;

pub(crate) fn too_deep() -> Error {
    Error::of(Kind::Limit, "The expression is nested too deeply").code("E0212")
}

/// Parses where the stack is large enough.
pub(crate) fn with_stack_for<T: Send>(
    source: &str,
    parse: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    let tokens = count_tokens(source);
    if tokens <= DEEPEST {
        return parse();
    }
    if tokens > MOST_TOKENS {
        return Err(too_deep());
    }
    let builder = std::thread::Builder::new().stack_size((tokens + DEEPEST) * BYTES_A_LEVEL);
    std::thread::scope(|threads| {
        let thread = builder.spawn_scoped(threads, parse).map_err(|_| too_deep())?;
        thread.join().unwrap_or_else(|_| Err(too_deep()))
    })
}

/// At least as many as the parser sees: each level of nesting has one.
fn count_tokens(source: &str) -> usize {
    let mut tokens = 0;
    let mut in_word = false;
    for byte in source.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
        tokens += usize::from(is_word && !in_word || !is_word && !byte.is_ascii_whitespace());
        in_word = is_word;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    #[test]
    fn tokens_are_words_and_signs() {
        for (source, tokens) in [("", 0), ("a.b", 3), (" typeof  typeof x", 3), ("!!!ä1", 4)] {
            assert_eq!(count_tokens(source), tokens, "{source}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_ends_nothing() {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("!", "1", ""),
            ("1+", "1", ""),
            ("1?1:", "1", ""),
            ("x=>", "1", ""),
            ("typeof ", "1", ""),
            ("(()=>{if(1){", "", "} })()"),
        ] {
            let nested = |levels: usize| format!("={{{{ {}{middle}{} }}}}", open.repeat(levels), close.repeat(levels));
            assert!(Expression::parse(&nested(50)).is_ok(), "50 {open}");
            for levels in [5_000, 50_000] {
                assert!(Expression::parse(&nested(levels)).is_err(), "{levels} {open}");
            }
        }
    }
}
