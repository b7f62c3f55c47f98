//! Asks a server that runs whether it is ready: what a container's health check does, with no other program at hand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::Options;
use crate::exit::Exit;
use crate::render::tell_line;

/// How long the answer may take: longer than the server needs to find its store stuck.
const PATIENCE: Duration = Duration::from_secs(4);

pub async fn ask(options: &Options) -> Exit {
    let url = format!("http://{}/readyz", SocketAddr::new(own(options.host), options.port));
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    let answer = match client {
        Ok(client) => client.get(&url).send().await,
        Err(error) => Err(error),
    };
    let reason = match answer {
        Ok(answer) if answer.status().is_success() => return Exit::Success,
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(error) => error.without_url().to_string(),
    };
    tell_line!("error[E1254]: {url} is not ready: {reason}");
    Exit::Failed
}

/// Where a server that listens everywhere is reached from its own machine.
fn own(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}
