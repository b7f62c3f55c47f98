//! Many open connections, and clients that are slow, beside others that are not.

use std::time::Duration;

use crate::load::{Connection, load, request};
use crate::server::{Server, two_expressions};
use crate::tell;

const OPEN: usize = 2_000;
const SLOW: usize = 50;
const FEW: usize = 10;
const ROUND: Duration = Duration::from_secs(4);

pub async fn measure() {
    let server = Server::start(&[two_expressions("w", "p")], &[]);
    let request = request("/webhook/p");
    load(server.address, FEW, Duration::from_secs(1), &request).await;
    let alone = load(server.address, FEW, ROUND, &request).await;
    let mut open = Vec::with_capacity(OPEN);
    for _ in 0..OPEN {
        let mut connection = Connection::open(server.address).await;
        // Each has been used, and stays open.
        assert_eq!(connection.ask(&request).await.0, 200);
        open.push(connection);
    }
    let slow = tokio::spawn(trickle(server.address, request.clone()));
    let beside = load(server.address, FEW, ROUND, &request).await;
    slow.abort();
    assert_eq!(alone.refused + beside.refused, 0, "every request is answered 200");
    for connection in open.iter_mut().step_by(100) {
        assert_eq!(
            connection.ask(&request).await.0,
            200,
            "an open connection is still answered"
        );
    }
    let shown = |load: &crate::load::Load| {
        let slowest = load.within(0.99).as_secs_f64() * 1000.0;
        format!("{:.0}/s, {slowest:.1} ms", load.rate())
    };
    tell(&format!("rate and p99 at {FEW} connections"), &shown(&alone), "-");
    let what = format!("… beside {OPEN} open ones and {SLOW} slow ones");
    tell(&what, &shown(&beside), "as before");
    let memory = server.memory("VmRSS");
    tell(
        &format!("memory with {OPEN} open connections"),
        &format!("{memory:.1} MiB"),
        "-",
    );
}

/// Clients that send a byte now and then.
async fn trickle(address: std::net::SocketAddr, request: Vec<u8>) {
    let mut clients = Vec::new();
    for _ in 0..SLOW {
        clients.push(Connection::open(address).await);
    }
    for byte in request {
        for client in &mut clients {
            client.send(&[byte]).await.expect("sent");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
