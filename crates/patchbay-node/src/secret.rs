//! Text that must not be seen.

use std::fmt;

use patchbay_model::Text;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
    }
}
