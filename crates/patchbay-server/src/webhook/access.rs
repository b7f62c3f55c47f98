//! Who may call a webhook, but for credentials: addresses, robots, other pages.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};

use patchbay_model::Value;
use patchbay_model::workflow::Node;

use super::authentication::{self, Refused};
use super::settings::Settings;
use crate::Server;

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

/// Lets a caller of a node in, and gives a token's claims; or says why not.
pub async fn let_in(
    server: &Server,
    settings: &Settings,
    node: &Node,
    peer: SocketAddr,
    headers: &HeaderMap,
) -> Result<Option<Value>, NotLetIn> {
    if !is_allowed(settings, caller(peer, headers, server.configuration.proxies)) {
        return Err(NotLetIn::Unwanted("IP is not whitelisted to access the webhook!"));
    }
    if settings.ignore_bots && is_bot(headers) {
        return Err(NotLetIn::Unwanted("Authorization data is wrong!"));
    }
    let capabilities = &server.world.capabilities;
    let (credentials, now) = (&*capabilities.credentials, capabilities.environment.now());
    let checked = authentication::check(settings.authentication, headers, node, credentials, now).await;
    checked.map_err(NotLetIn::Refused)
}

/// Why a caller is not let in.
pub enum NotLetIn {
    /// No credential would help, in n8n's words.
    Unwanted(&'static str),
    Refused(Refused),
}

fn is_allowed(settings: &Settings, caller: IpAddr) -> bool {
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

fn is_bot(headers: &HeaderMap) -> bool {
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

/// An address, or a network, that may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    address: IpAddr,
    /// How many bits of it count.
    bits: u8,
}

impl Allowed {
    /// `10.0.0.1`, `10.0.0.0/8`, `::1`.
    pub fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    pub fn holds(&self, caller: IpAddr) -> bool {
        let same = |difference: u128, width: u8| difference.checked_shr(u32::from(width - self.bits)).unwrap_or(0) == 0;
        match (self.address, caller.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(caller)) => same(u128::from(own.to_bits() ^ caller.to_bits()), 32),
            (IpAddr::V6(own), IpAddr::V6(caller)) => same(own.to_bits() ^ caller.to_bits(), 128),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_compared() {
        for (allowed, caller, holds) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("10.0.0.0/8", "10.200.1.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("::1", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "127.0.0.1", false),
        ] {
            let found = Allowed::read(allowed)
                .expect(allowed)
                .holds(caller.parse().expect("an address"));
            assert_eq!(found, holds, "{allowed} {caller}");
        }
        assert_eq!(Allowed::read("everyone"), None);
        assert_eq!(Allowed::read("10.0.0.0/33"), None);
    }

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
