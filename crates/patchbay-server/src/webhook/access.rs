//! Who may call a webhook, but for credentials: addresses, robots, other pages.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};

use super::settings::Settings;

/// The caller's address: where proxies are in front, the one that the first of them saw.
pub fn caller(peer: SocketAddr, headers: &HeaderMap, proxies: usize) -> IpAddr {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let addresses: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let place = addresses.len().checked_sub(proxies.max(1));
    let told = place.and_then(|place| addresses[place].parse().ok());
    if proxies == 0 {
        peer.ip()
    } else {
        told.unwrap_or_else(|| peer.ip())
    }
}

pub fn is_allowed(settings: &Settings, caller: IpAddr) -> bool {
    settings.allowed.is_empty() || settings.allowed.iter().any(|allowed| allowed.holds(caller))
}

/// What robots and link previews call themselves.
const BOTS: [&str; 16] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "preview",
    "embedly",
    "whatsapp",
    "telegram",
    "slack",
    "curl/",
    "wget",
    "python-requests",
    "headlesschrome",
    "lighthouse",
    "monitor",
];

pub fn is_bot(headers: &HeaderMap) -> bool {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let agent = agent.to_lowercase();
    BOTS.iter().any(|bot| agent.contains(bot))
}

/// What a browser is told about pages of other origins; nothing where the request comes from none.
pub fn cross_origin(
    settings: Option<&Settings>,
    methods: &[patchbay_model::Text],
    headers: &HeaderMap,
    answer: &mut HeaderMap,
) {
    let Some(origin) = headers.get(ORIGIN) else {
        return;
    };
    let methods = std::iter::once("OPTIONS").chain(methods.iter().map(patchbay_model::Text::as_str));
    set(
        answer,
        "access-control-allow-methods",
        &methods.collect::<Vec<_>>().join(", "),
    );
    let allowed = settings.map_or("*", |settings| settings.origins.as_str());
    let mut origins = allowed.split(',').map(str::trim);
    let told = origin.to_str().unwrap_or_default();
    if allowed == "*" || origins.any(|allowed| allowed == told) {
        set(answer, "access-control-allow-origin", told);
    } else if let Some(first) = allowed.split(',').next() {
        set(answer, "access-control-allow-origin", first.trim());
    }
}

/// As [`cross_origin`], for a request that asks before the real one.
pub fn before_request(headers: &HeaderMap, answer: &mut HeaderMap) {
    if !headers.contains_key(ORIGIN) {
        return;
    }
    set(answer, "access-control-max-age", "300");
    if let Some(wanted) = headers
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|value| value.to_str().ok())
    {
        set(answer, "access-control-allow-headers", wanted);
    }
}

fn set(answer: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_who_the_first_own_proxy_saw() {
        let peer = "192.0.2.1:1".parse().expect("an address");
        for (proxies, forwarded, caller_is) in [
            (0, "10.0.0.1", "192.0.2.1"),
            (1, "6.6.6.6, 10.0.0.1", "10.0.0.1"),
            (2, "6.6.6.6, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
            (1, "nonsense", "192.0.2.1"),
            (3, "10.0.0.1", "192.0.2.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().expect("a value"));
            assert_eq!(
                caller(peer, &headers, proxies).to_string(),
                caller_is,
                "{proxies} {forwarded}"
            );
        }
    }
}
