//! Which values settings may have, where their type alone does not say it.

use std::net::{IpAddr, ToSocketAddrs};
use std::num::NonZeroUsize;

use super::Options;

/// What `--show-config` prints in a secret's place.
pub const SHOWN: &str = "[secret]";

/// What other paths of the server begin with.
const TAKEN: [&str; 7] = [
    "api",
    "form",
    "form-test",
    "form-waiting",
    "healthz",
    "metrics",
    "readyz",
];

/// A secret: everybody knows the text that is printed in its place.
pub fn secret(text: &str) -> Result<String, String> {
    if text.contains(SHOWN) {
        return Err(format!(
            "`{SHOWN}` stands for a secret that was not shown: give the secret itself"
        ));
    }
    Ok(text.to_owned())
}

/// An address of this machine, or the name of one: of several the first of version 4, which all callers know.
pub fn host(text: &str) -> Result<IpAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    // Systems take a number for an address as well.
    let is_name = text.contains(|sign: char| sign.is_ascii_alphabetic());
    let found = is_name.then(|| (text, 0).to_socket_addrs().ok()).flatten();
    let found: Vec<IpAddr> = found.into_iter().flatten().map(|address| address.ip()).collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first
        .copied()
        .ok_or_else(|| "it is neither an address nor the name of one".to_owned())
}

/// The path of an endpoint, without slashes at its ends.
pub fn path(text: &str) -> Result<String, String> {
    let path = text.trim_matches('/');
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.~/".contains(character);
    if path.is_empty() || path.contains("//") || !path.chars().all(is_plain) {
        return Err("a path is letters, digits and `-_.~`, with slashes between its parts".to_owned());
    }
    let first = path.split('/').next().unwrap_or_default();
    if TAKEN.contains(&first) {
        return Err(format!("`/{first}` is another path of the server"));
    }
    Ok(path.to_owned())
}

/// How callers reach the server.
pub fn base_url(text: &str) -> Result<String, String> {
    let wrong = || "it is a URL such as https://example.com".to_owned();
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// How many executions run at once: with none nothing would ever run.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    let number: NonZeroUsize = text
        .parse()
        .map_err(|error: std::num::ParseIntError| error.to_string())?;
    Ok(number.get())
}

/// Two paths of endpoints of which one is the other, or lies below it.
pub fn clash(options: &Options) -> Option<String> {
    let paths = [
        ("webhook-path", &options.webhook_path),
        ("webhook-test-path", &options.webhook_test_path),
        ("webhook-waiting-path", &options.webhook_waiting_path),
    ];
    let lies_below = |path: &str, other: &str| format!("{path}/").starts_with(&format!("{other}/"));
    for (place, (key, path)) in paths.iter().enumerate() {
        for (other_key, other) in &paths[place + 1..] {
            if lies_below(path, other) || lies_below(other, path) {
                return Some(format!("`{key}` and `{other_key}` can not be `{path}` and `{other}`"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_do_harm_are_refused() {
        for (allowed, text, expected) in [
            (secret as fn(&str) -> Result<String, String>, "k", Some("k")),
            (secret, "[secret]", None),
            (secret, "postgres://me:[secret]@db/p", None),
            (path, "/hooks/", Some("hooks")),
            (path, "a/b", Some("a/b")),
            (path, "", None),
            (path, "/", None),
            (path, "form", None),
            (path, "api/v1", None),
            (path, "{id}", None),
            (base_url, "https://example.com/a/", Some("https://example.com/a")),
            (base_url, "foo", None),
            (base_url, "ftp://example.com", None),
            (base_url, "https://example.com/?a=1", None),
        ] {
            assert_eq!(allowed(text).ok().as_deref(), expected, "{text}");
        }
        assert_eq!(host("::1").map(|address| address.is_ipv6()), Ok(true));
        assert_eq!(host("localhost").map(|address| address.is_loopback()), Ok(true));
        assert!(host("no host").is_err() && host("5").is_err());
        assert_eq!(at_least_one("7"), Ok(7));
        assert!(at_least_one("0").is_err());
    }
}
