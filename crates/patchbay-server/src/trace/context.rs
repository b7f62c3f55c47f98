//! W3C's trace context: `00-TRACE-SPAN-FLAGS`.

use std::fmt;

use patchbay_node::capability::Entropy;

/// The header that carries it.
pub const HEADER: &str = "traceparent";

/// A span of a trace, as it is told to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    pub trace: u128,
    pub span: u64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl Context {
    /// A new trace.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut trace = [0; 16];
        entropy.fill(&mut trace);
        Self {
            trace: u128::from_be_bytes(trace).max(1),
            span: span(entropy),
            sampled: true,
        }
    }

    /// Another span of the same trace.
    #[must_use]
    pub fn child(self, entropy: &dyn Entropy) -> Self {
        Self {
            span: span(entropy),
            ..self
        }
    }

    /// What a caller says; `None` where it is malformed: then it counts as not there.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = hexadecimal(parts.next()?, 2)?;
        let trace = hexadecimal(parts.next()?, 32)?;
        let span = hexadecimal(parts.next()?, 16)?;
        let flags = hexadecimal(parts.next()?, 2)?;
        // Later versions may have more parts, the first has not.
        if version == 255 || (version == 0 && parts.next().is_some()) || trace == 0 || span == 0 {
            return None;
        }
        Some(Self {
            trace,
            span: u64::try_from(span).ok()?,
            sampled: flags & 1 == 1,
        })
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(
            formatter,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace,
            self.span,
            u8::from(self.sampled)
        )
    }
}

fn span(entropy: &dyn Entropy) -> u64 {
    let mut span = [0; 8];
    entropy.fill(&mut span);
    u64::from_be_bytes(span).max(1)
}

fn hexadecimal(text: &str, length: usize) -> Option<u128> {
    let is_number = text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_number.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use patchbay_node::capability::entropy::Seeded;

    use super::*;

    #[test]
    fn what_w3c_allows_is_read() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (text, sampled) in [
            (format!("00-{trace}-{span}-01"), Some(true)),
            (format!("00-{trace}-{span}-00"), Some(false)),
            (format!("01-{trace}-{span}-03-more"), Some(true)),
            (format!("00-{trace}-{span}-01-more"), None),
            (format!("ff-{trace}-{span}-01"), None),
            (format!("00-{}-{span}-01", "0".repeat(32)), None),
            (format!("00-{trace}-{}-01", "0".repeat(16)), None),
            (format!("00-{}-{span}-01", trace.to_uppercase()), None),
            ("00".to_owned(), None),
        ] {
            assert_eq!(Context::parse(&text).map(|context| context.sampled), sampled, "{text}");
        }
    }

    #[test]
    fn what_is_told_can_be_read() {
        let entropy = Seeded::new(1);
        let context = Context::new(&entropy);
        assert_eq!(Context::parse(&context.to_string()), Some(context));
        let child = context.child(&entropy);
        assert_eq!((child.trace, child.span == context.span), (context.trace, false));
    }
}
