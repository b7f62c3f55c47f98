//! The load: one request, again and again over so many connections that stay open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a load.
#[derive(Default)]
pub struct Load {
    /// How long each answer took.
    pub latencies: Vec<Duration>,
    /// Answers other than 200.
    pub refused: usize,
    pub length: Duration,
}

impl Load {
    /// Answers in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.length.as_secs_f64()
    }

    /// The time within which that part of all was answered.
    pub fn within(&self, part: f64) -> Duration {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let place = (latencies.len() as f64 * part) as usize;
        latencies
            .get(place.min(latencies.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

/// The request that the bare handler and the workflow answer alike.
pub fn request(path: &str) -> Vec<u8> {
    let body = r#"{"name":"Ada","price":19.5,"count":3}"#;
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Asks over so many connections for so long.
pub async fn load(address: SocketAddr, connections: usize, length: Duration, request: &[u8]) -> Load {
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..connections {
        all.spawn(ask(address, begun + length, request.to_vec()));
    }
    let mut load = Load::default();
    while let Some(part) = all.join_next().await {
        let (latencies, refused) = part.expect("a connection");
        load.latencies.extend(latencies);
        load.refused += refused;
    }
    load.length = begun.elapsed();
    load
}

async fn ask(address: SocketAddr, end: Instant, request: Vec<u8>) -> (Vec<Duration>, usize) {
    let mut connection = Connection::open(address).await;
    let mut latencies = Vec::new();
    let mut refused = 0;
    while Instant::now() < end {
        let begun = Instant::now();
        if connection.ask(&request).await.0 != 200 {
            refused += 1;
        }
        latencies.push(begun.elapsed());
    }
    (latencies, refused)
}

/// A connection of HTTP/1.1 that stays open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a quick connection");
        Self {
            stream,
            buffer: Vec::with_capacity(4096),
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a request; gives the answer's status and body.
    pub async fn ask(&mut self, request: &[u8]) -> (u16, String) {
        self.send(request).await.expect("sent");
        self.answer().await
    }

    /// The next answer, which says its length.
    pub async fn answer(&mut self) -> (u16, String) {
        self.buffer.clear();
        loop {
            if let Some(answer) = read(&self.buffer) {
                return answer;
            }
            let read = self.stream.read_buf(&mut self.buffer).await.expect("an answer");
            assert!(read > 0, "the connection was closed");
        }
    }
}

/// An answer that is there whole.
fn read(bytes: &[u8]) -> Option<(u16, String)> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..head]).expect("a head");
    let status = text
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.parse::<usize>().expect("a length"))
    });
    let body = bytes.get(head + 4..head + 4 + length.unwrap_or_default())?;
    Some((status, String::from_utf8_lossy(body).into_owned()))
}
