//! Which addresses workflows may reach: all, or none of private networks but those that are allowed.
//!
//! What is looked at are the addresses that connections go to, after names have been resolved: a name that resolves to
//! another address the second time gains nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The code of what is refused.
pub const BARRED: &str = "E1253";

/// A network as users write it: `10.0.0.0/8`, or one address.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| one())
        .map_err(|_| "it is no network such as 10.0.0.0/8 or ::1".to_owned())
}

/// What may be reached.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Whether private addresses are barred.
    pub bars_private: bool,
    /// All the same allowed.
    pub allowed: Vec<IpNet>,
}

impl Reach {
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = inner(address);
        !self.bars_private || is_public(address) || self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Whether a URL may be asked, so far as it names an address itself; names are looked at when they are resolved.
    pub fn check(&self, url: &Url) -> Result<(), Barred> {
        let address = match url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
            _ => return Ok(()),
        };
        if self.permits(address) { Ok(()) } else { Err(Barred) }
    }

    /// The addresses of a host that may be reached.
    pub async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let found = tokio::net::lookup_host((host, port)).await?;
        let permitted: Vec<SocketAddr> = found.filter(|address| self.permits(address.ip())).collect();
        if permitted.is_empty() {
            Err(std::io::Error::other(Barred))
        } else {
            Ok(permitted)
        }
    }
}

/// The address is one of a private network.
#[derive(Clone, Copy, Debug)]
pub struct Barred;

impl Barred {
    /// Whether an error is this one, or the system's that the resolver wraps it in.
    pub fn is(error: &(dyn std::error::Error + 'static)) -> bool {
        let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<Self>() || within.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

impl fmt::Display for Barred {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("private addresses are closed to workflows")
    }
}

impl std::error::Error for Barred {}

/// Resolves names to what may be reached.
pub struct Resolver(pub Arc<Reach>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let addresses = reach.resolve(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The address of IPv4 that one of IPv6 stands for, if it does: mapped, compatible, NAT64, 6to4.
fn inner(address: IpAddr) -> IpAddr {
    let IpAddr::V6(outer) = address else {
        return address;
    };
    let [first, second, .., seventh, eighth] = outer.segments();
    let four = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match outer.to_bits() >> 32 {
        // ::1 and :: are themselves.
        0 if outer.to_bits() > 1 => four(seventh, eighth),
        0xffff | 0x0064_ff9b_0000_0000_0000_0000 => four(seventh, eighth),
        _ if first == 0x2002 => four(second, outer.segments()[2]),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_four(address),
        IpAddr::V6(address) => is_public_six(address),
    }
}

fn is_public_four(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = matches!(
        (first, second, third),
        // This network, carriers' networks, protocols, benchmarks, multicast and what is reserved.
        (0 | 224..=255, _, _) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _)
    );
    !(is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation())
}

fn is_public_six(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; of it Teredo and documentation hide others or nobody.
    first >> 13 == 1 && (first, second) != (0x2001, 0) && (first, second) != (0x2001, 0xdb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_all_their_forms() {
        let bars = Reach {
            bars_private: true,
            allowed: ["10.1.0.0/16", "fd00::5"]
                .map(|text| parse_network(text).expect("a network"))
                .to_vec(),
        };
        for (address, permitted) in [
            ("93.184.215.14", true),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("10.1.2.3", true),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:2800:21f:cb07::1", true),
            ("::", false),
            ("::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("fd00::5", true),
            ("ff02::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:93.184.215.14", true),
            ("::ffff:10.1.2.3", true),
            ("::10.0.0.1", false),
            ("64:ff9b::a00:1", false),
            ("64:ff9b::5db8:d70e", true),
            ("2002:7f00:1::", false),
            ("2001:0:1::", false),
        ] {
            let parsed: IpAddr = address.parse().expect("an address");
            assert_eq!(bars.permits(parsed), permitted, "{address}");
            assert!(Reach::default().permits(parsed), "{address}");
        }
        for text in ["10.0.0.0/33", "10.0.0", "a/8", "::/129"] {
            assert!(parse_network(text).is_err(), "{text}");
        }
    }
}
