//! What the server costs that has nothing to do, and how soon it is ready.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::load::Connection;
use crate::server::{Server, two_expressions};
use crate::tell;

const FILES: usize = 500;
const STARTS: usize = 5;

pub async fn measure_memory() {
    let server = Server::start(&[two_expressions("w", "p")], &[]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let memory = server.memory("VmRSS");
    tell("memory at rest", &format!("{memory:.1} MiB"), "25 MB");
}

pub async fn measure_start() {
    let workflows: Vec<Value> = (0..FILES)
        .map(|number| two_expressions(&format!("w{number}"), &format!("p{number}")))
        .collect();
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(&workflows, &[]);
        let begun = Instant::now();
        let mut connection = Connection::open(server.address).await;
        let (status, text) = connection.ask(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert_eq!(status, 200, "{text}");
        times.push(server.ready + begun.elapsed());
    }
    times.sort_unstable();
    let time = times[STARTS / 2].as_secs_f64() * 1000.0;
    tell(
        &format!("ready to answer with {FILES} workflow files"),
        &format!("{time:.0} ms"),
        "150 ms",
    );
}
