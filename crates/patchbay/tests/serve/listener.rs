//! A service that nodes ask, so that a test knows when they are at work.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::server::node;

/// Takes note of how often each of its paths was asked; what asks for `/held` waits.
pub struct Listener {
    pub address: SocketAddr,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
    free: Arc<Semaphore>,
}

impl Listener {
    pub async fn new() -> Self {
        let asked: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let free = Arc::new(Semaphore::new(0));
        let answer = {
            let (asked, free) = (asked.clone(), free.clone());
            move |uri: axum::http::Uri| async move {
                *asked
                    .lock()
                    .expect("not poisoned")
                    .entry(uri.path().to_owned())
                    .or_default() += 1;
                if uri.path() == "/held" {
                    let _permit = free.acquire().await;
                }
                "{}"
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked, free }
    }

    /// A node that asks for this path.
    pub fn node(&self, path: &str) -> Value {
        let url = format!("http://{}/{path}", self.address);
        let parameters = json!({"method": "POST", "url": url, "options": {}});
        node(path, "httpRequest", 4.2, &parameters)
    }

    pub fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().expect("not poisoned");
        asked.get(&format!("/{path}")).copied().unwrap_or(0)
    }

    pub async fn until_asked(&self, path: &str, times: usize) {
        while self.count(path) < times {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// What waits goes on.
    pub fn release(&self) {
        self.free.add_permits(1_000);
    }
}
