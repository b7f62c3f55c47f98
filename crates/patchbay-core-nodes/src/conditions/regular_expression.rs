//! Regular expressions in conditions: JavaScript's, written bare or as `/…/flags`, compiled once.

use std::sync::{Arc, Mutex, PoisonError};

use patchbay_model::Text;
use regress::Regex;

type Compiled = Result<Arc<Regex>, Arc<regress::Error>>;

/// The last expression that was compiled: nearly always the only one.
#[derive(Default)]
pub struct RegularExpressions {
    last: Mutex<Option<(Text, Compiled)>>,
}

impl RegularExpressions {
    /// Whether the text matches the pattern.
    pub fn matches(&self, pattern: &Text, text: &str) -> Result<bool, Arc<regress::Error>> {
        Ok(self.compiled(pattern)?.find(text).is_some())
    }

    fn compiled(&self, pattern: &Text) -> Compiled {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, compiled)) if known == pattern => compiled.clone(),
            _ => {
                let (body, flags) = parts(pattern);
                let compiled = Regex::with_flags(body, flags).map(Arc::new).map_err(Arc::new);
                *last = Some((pattern.clone(), compiled.clone()));
                compiled
            }
        }
    }
}

/// The body and the flags of `/…/flags`; all of it is the body where it is not written so.
pub fn parts(pattern: &str) -> (&str, &str) {
    let inside = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    match inside {
        Some((body, flags)) if flags.chars().all(|flag| "gimusy".contains(flag)) => (body, flags),
        _ => (pattern, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_bare_and_between_slashes() {
        for (pattern, text, matches) in [
            ("hel+o", "hello", true),
            ("hel+o", "Hello", false),
            ("/hel+o/i", "Hello", true),
            ("/x", "x", false),
            ("", "anything", true),
            ("(?<n>b)", "abc", true),
        ] {
            let expressions = RegularExpressions::default();
            assert_eq!(
                expressions.matches(&pattern.into(), text).ok(),
                Some(matches),
                "{pattern}"
            );
        }
        assert!(RegularExpressions::default().matches(&"[".into(), "x").is_err());
    }
}
