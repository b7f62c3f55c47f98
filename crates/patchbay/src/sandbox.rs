//! The 3CX double beside a run: started on a free port, and every 3CX credential bound to it.

use patchbay_model::Object;
pub use patchbay_sandbox::is_three_cx;
use patchbay_sandbox::{Exchange, Options, Sandbox, StartError};

use crate::exit::Exit;
use crate::render;

/// So many requests are shown after a run; of the others only the number.
const SHOWN: usize = 20;

/// A double that lives as long as the run.
pub struct Running(Sandbox);

/// Starts a double on a free port.
pub async fn start() -> Result<Running, Exit> {
    match Sandbox::start(Options::default()).await {
        Ok(sandbox) => Ok(Running(sandbox)),
        Err(error) => {
            tell_start_error(&error);
            Err(Exit::Failed)
        }
    }
}

/// Says why a double does not start.
pub fn tell_start_error(error: &StartError) {
    let reason = std::error::Error::source(error).map(|source| format!(": {source}"));
    eprintln!("error[E0806]: {error}{}", reason.unwrap_or_default());
    eprintln!(
        "hint: {}",
        match error {
            StartError::Listen { .. } => "give another `--port` or `--host`; without `--port` any free one is taken",
            StartError::NoClients => "give the seed a client: `\"clients\": [{\"id\", \"secret\"}]`",
        }
    );
}

impl Running {
    /// What a 3CX credential holds.
    pub fn credential(&self) -> Object {
        let Self(sandbox) = self;
        let fields = [
            ("url", sandbox.url()),
            ("clientId", sandbox.client_id().into()),
            ("clientSecret", sandbox.client_secret().into()),
        ];
        fields.into_iter().collect()
    }

    /// Tells on stderr what the double was asked.
    pub fn show_requests(&self) {
        let exchanges = self.0.exchanges();
        eprintln!("the sandbox received {} requests:", exchanges.len());
        for exchange in exchanges.iter().take(SHOWN) {
            render::tell(&format!("  {}\n", line(exchange)));
        }
        if exchanges.len() > SHOWN {
            eprintln!("  … and {} more", exchanges.len() - SHOWN);
        }
    }
}

/// One exchange: `GET /xapi/v1/Users?$top=2 → 200`.
pub fn line(exchange: &Exchange) -> String {
    let query: Vec<String> = exchange
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let status = exchange
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let body = if exchange.body.is_null() || exchange.path == "/connect/token" {
        String::new()
    } else {
        format!(" {}", exchange.body)
    };
    format!("{} {}{query}{body} → {status}", exchange.method, exchange.path)
}
