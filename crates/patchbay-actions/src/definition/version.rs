//! Versions of a service: `20.0.10`, compared number by number.

use std::fmt;
use std::str::FromStr;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);

/// The text is no version: numbers with dots between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVersion;

impl Version {
    /// The first version in a text: `20.0.7.1054` in `20.0.7.1054 (Debian)`.
    pub fn within(text: &str) -> Option<Self> {
        let mut words = text.split(|character: char| !(character.is_ascii_digit() || character == '.'));
        words.find_map(|word| {
            word.trim_matches('.')
                .parse::<Self>()
                .ok()
                .filter(|version| version.0.len() > 1)
        })
    }

    /// `20.0.7.1054` of `20.0.7`.
    pub fn is_build_of(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let numbers = text.trim().split('.').map(|part| part.parse().map_err(|_| NotAVersion));
        numbers.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        formatter.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let version = |text: &str| text.parse::<Version>().ok();
        assert!(version("20.0.9") < version("20.0.10"));
        assert!(version("20.0") < version("20.0.4"));
        assert_eq!(version("20.x"), None);
        assert_eq!(Version::within("20.0.7.1054 (build 3)"), version("20.0.7.1054"));
        assert_eq!(Version::within("3CX v20.0.7"), version("20.0.7"));
        assert_eq!(Version::within("Update 7"), None);
        assert_eq!(
            version("20.0.7").map(|version| version.to_string()),
            Some("20.0.7".into())
        );
    }
}
