//! A server of HTTP beside the program.

use std::net::SocketAddr;

use axum::Router;

/// Routes on a port of their own, as long as this lives.
pub struct Served {
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    pub fn start(routes: Router) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            address,
            _runtime: runtime,
        }
    }
}
