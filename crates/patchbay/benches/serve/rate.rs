//! The rate of a webhook with two expressions, its last node's answer, every execution kept, beside the bare handler.

use std::time::Duration;

use crate::load::{Connection, load, request};
use crate::server::{Server, two_expressions};
use crate::tell;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const MANY: usize = 128;
const FEW: usize = 10;

pub async fn measure() {
    let bare = Server::bare();
    let server = Server::start(&[two_expressions("w", "p")], &[]);
    let request = request("/webhook/p");
    let answers =
        [bare.address, server.address].map(async |address| Connection::open(address).await.ask(&request).await);
    let [expected, found] = answers;
    let (expected, found) = (expected.await, found.await);
    assert_eq!(found, expected, "both answer alike");
    // Both are warm when it counts.
    for address in [bare.address, server.address] {
        load(address, FEW, Duration::from_secs(1), &request).await;
    }
    let (mut floors, mut rates, mut slowest, mut refused) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        floors.push(load(bare.address, MANY, ROUND, &request).await.rate());
        let many = load(server.address, MANY, ROUND, &request).await;
        rates.push(many.rate());
        let few = load(server.address, FEW, ROUND, &request).await;
        slowest.push(few.within(0.99).as_secs_f64() * 1000.0);
        refused += many.refused + few.refused;
    }
    assert_eq!(refused, 0, "every request is answered 200");
    let (floor, rate, slowest) = (middle(floors), middle(rates), middle(slowest));
    tell(&format!("bare axum, {MANY} connections"), &format!("{floor:.0}/s"), "-");
    tell(
        &format!("webhook, {MANY} connections, all kept"),
        &format!("{rate:.0}/s"),
        "-",
    );
    tell(
        "webhook, of the bare handler's rate",
        &format!("{:.1} %", rate / floor * 100.0),
        "20 %",
    );
    tell(
        &format!("webhook, p99 at {FEW} connections"),
        &format!("{slowest:.1} ms"),
        "15 ms",
    );
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
