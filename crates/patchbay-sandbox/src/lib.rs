//! A stateful double of a 3CX telephone system, to run workflows and tests against without one.
//!
//! It answers as 3CX's own description of its configuration API says (`facts/xapi.facts`), and knows nothing of our definitions
//! of that API, so that it can disagree with them. All operations of XAPI 20.0.4 to 20.0.10 are there, those of one version at a
//! time: every entity set can be read and changed, and what matters of the functions and actions does what it says; the others
//! give an empty answer of their type.
//!
//! Beside it stands `/callcontrol`: calls are made, answered and dropped there, and its WebSocket tells what happens to them, by
//! itself or by a [`CallScript`].
//!
//! ```no_run
//! # async fn example() -> Result<(), patchbay_sandbox::StartError> {
//! use patchbay_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! println!("{} {} {}", sandbox.url(), sandbox.client_id(), sandbox.client_secret());
//! # Ok(()) }
//! ```

mod calls;
mod clock;
mod facts;
mod fault;
mod file;
mod in_process;
mod log;
mod odata;
mod rules;
mod seed;
mod server;
mod service;
mod store;
mod validate;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use calls::script::CallScript;
pub use clock::{Clock, SystemClock};
pub use fault::{Effect, Fault};
pub use file::FileFault;
pub use in_process::{InProcess, Reply};
pub use log::Exchange;
pub use seed::{Client, PastCall, Seed};
pub use service::role::Role;

use server::{Shared, lock};

/// Called for each exchange when it is over.
pub type Observer = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// How a double is to be.
pub struct Options {
    pub host: IpAddr,
    /// 0 for a free one.
    pub port: u16,
    pub seed: Seed,
    pub faults: Vec<Fault>,
    /// The version of 3CX whose operations and ways it has.
    pub version: Version,
    pub clock: Arc<dyn Clock>,
    pub observer: Option<Observer>,
    /// What happens on the PBX from the moment that the first client listens to events.
    pub call_script: Option<CallScript>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            seed: Seed::default(),
            faults: Vec::new(),
            version: Version::default(),
            clock: Arc::new(SystemClock),
            observer: None,
            call_script: None,
        }
    }
}

/// A version of 3CX, such as 20.0.7: one of those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16, u16, u16);

/// The versions whose ways are known.
const VERSIONS: [Version; 7] = [
    Version(20, 0, 4),
    Version(20, 0, 5),
    Version(20, 0, 6),
    Version(20, 0, 7),
    Version(20, 0, 8),
    Version(20, 0, 9),
    Version(20, 0, 10),
];

impl Default for Version {
    fn default() -> Self {
        Self(20, 0, 7)
    }
}

impl Version {
    /// Which of the known versions it is, from 0.
    fn place(self) -> usize {
        VERSIONS.iter().position(|version| *version == self).unwrap_or_default()
    }

    /// What the token's answer says of its hour: minutes up to 20.0.8, seconds from 20.0.9 on.
    fn expires_in(self) -> u16 {
        if self >= Self(20, 0, 9) { 3600 } else { 60 }
    }

    /// Whether calls that end are in `CallHistoryView`, which is frozen from 20.0.7 on.
    fn keeps_call_history(self) -> bool {
        self < Self(20, 0, 7)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(major, minor, patch) = self;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = VERSIONS.into_iter().find(|version| version.to_string() == text);
        found.ok_or_else(|| {
            let known = VERSIONS.map(|version| version.to_string()).join(", ");
            format!("`{text}` is not a version of 3CX that the double has the ways of, which are {known}")
        })
    }
}

/// Whether a type of credentials, as workflows name it, is one of 3CX: a credential of it can be one for the double.
pub fn is_three_cx(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    kind.contains("threecx") || kind.contains("3cx")
}

/// Why a double does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the sandbox's seed has no clients, so that nobody could use it")]
    NoClients,
}

/// A running double. It ends when it is dropped.
pub struct Sandbox {
    address: SocketAddr,
    client: Client,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a double, which answers as soon as this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = SocketAddr::new(options.host, options.port);
        let client = options.seed.clients.first().cloned().ok_or(StartError::NoClients)?;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let refuses = options
            .faults
            .iter()
            .any(|fault| fault.effect == Effect::Refuse && fault.path.is_none());
        let shared = Arc::new(Shared::new(options));
        // The port was free a moment ago, so nobody listens on it now.
        let server = (!refuses).then(|| tokio::spawn(server::serve(listener, Arc::clone(&shared))));
        Ok(Self {
            address,
            client,
            shared,
            server,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for a credential, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that may do everything: the first of the seed.
    pub fn client_id(&self) -> &str {
        &self.client.id
    }

    pub fn client_secret(&self) -> &str {
        &self.client.secret
    }

    /// What was received so far, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.log).clone()
    }

    /// Adds a fault to a running double.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).push(fault);
    }

    /// Ends the double and all its connections.
    pub async fn shutdown(mut self) {
        self.shared.close();
        if let Some(server) = self.server.take() {
            server.abort();
            // Cancellation is what was asked for.
            let _ = server.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}
