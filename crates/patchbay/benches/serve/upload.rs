//! A file of 1 GB comes in; it goes to disk as it comes.

use std::time::Instant;

use serde_json::json;

use crate::flow::{node, workflow};
use crate::load::Connection;
use crate::server::Server;
use crate::tell;

const SIZE: usize = 1_000_000_000;

pub async fn measure() {
    let webhook = json!({"path": "p", "httpMethod": "POST", "responseMode": "lastNode"});
    let length = json!({"assignments": {"assignments": [
        {"id": "1", "name": "size", "value": "={{ $binary.file.fileSize }}", "type": "string"},
    ]}});
    let nodes = [
        node("Webhook", "webhook", 2.0, &webhook),
        node("Edit", "set", 3.4, &length),
    ];
    let server = Server::start(&[workflow("w", &nodes)], &["--largest-form", "1024"]);
    let before = server.memory("VmRSS");
    let begun = Instant::now();
    let mut connection = Connection::open(server.address).await;
    let first = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n";
    let last = "\r\n--b--\r\n";
    let length = first.len() + SIZE + last.len();
    let head = format!(
        "POST /webhook/p HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: {length}\r\n\r\n{first}"
    );
    connection.send(head.as_bytes()).await.expect("sent");
    let piece = vec![b'x'; 1_000_000];
    for _ in 0..SIZE / piece.len() {
        connection.send(&piece).await.expect("sent");
    }
    connection.send(last.as_bytes()).await.expect("sent");
    let (status, text) = connection.answer().await;
    assert_eq!(status, 200, "{text}");
    let time = begun.elapsed().as_secs_f64();
    let growth = server.memory("VmHWM") - before;
    tell(
        "memory that an upload of 1 GB takes",
        &format!("{growth:.1} MiB"),
        "100 MB",
    );
    tell("… and its time", &format!("{time:.1} s"), "-");
}
