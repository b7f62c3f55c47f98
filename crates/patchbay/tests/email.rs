//! Send Email against a real SMTP server, by the whole program: what arrives there, and what becomes of refusals.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use common::Patchbay;
use serde_json::{Value, json};

/// A server that takes every message but those for addresses with `refused` in them.
struct Server {
    port: u16,
    /// All lines that clients sent.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                std::thread::spawn(move || converse(stream, &told));
            }
        });
        Self { port, heard }
    }

    /// Runs a workflow with one message; gives the exit code, the node's first item, stderr.
    fn send(&self, version: f64, parameters: &Value) -> (i32, Value, String) {
        let make_files = "return [{json: {}, binary: {note: {data: 'aGVsbG8=', mimeType: 'text/plain', fileName: 'a.txt'}, \
                          picture: {data: 'aGVsbG8=', mimeType: 'image/png', fileName: 'i.png'}}}]";
        let node = |name: &str, kind: &str, version: f64, parameters: Value| {
            json!({"name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version, "position": [0, 0],
                   "parameters": parameters})
        };
        let to = |name: &str| json!({"main": [[{"node": name, "type": "main", "index": 0}]]});
        let workflow = json!({
            "nodes": [
                node("S", "manualTrigger", 1.0, json!({})),
                node("Files", "code", 2.0, json!({"jsCode": make_files})),
                node("E", "emailSend", version, parameters.clone()),
            ],
            "connections": {"S": to("Files"), "Files": to("E")},
            "settings": {"executionOrder": "v1"},
        });
        let patchbay = Patchbay::new();
        patchbay.file("workflow.json", &workflow.to_string());
        let credential = format!(
            "[mail]\ntype = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"u\"\npassword = \"p\"\nsecure = false\n",
            self.port
        );
        patchbay.file("mail.toml", &credential);
        let arguments = [
            "run",
            "workflow.json",
            "--output",
            "run-data",
            "--credentials",
            "mail.toml",
        ];
        let answer = patchbay.run(&arguments);
        let found: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
        (
            answer.code,
            found["nodes"]["E"][0]["outputs"][0][0]["json"].clone(),
            answer.stderr,
        )
    }

    fn heard(&self) -> String {
        self.heard.lock().expect("lock").join("\n")
    }
}

fn converse(mut stream: TcpStream, told: &Mutex<Vec<String>>) {
    let reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut say = |line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    say("220 test");
    let mut in_message = false;
    for line in reader.lines().map_while(Result::ok) {
        told.lock().expect("lock").push(line.clone());
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if in_message => {
                in_message = false;
                "250 queued as X1"
            }
            _ if in_message => continue,
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "RCPT" if line.contains("refused") => "550 no such user",
            "DATA" => {
                in_message = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if !say(answer) {
            return;
        }
    }
}

#[test]
fn a_message_arrives_with_its_copies_and_files() {
    let server = Server::start();
    let (code, sent, stderr) = server.send(
        2.1,
        &json!({
            "fromEmail": "Sender <sender@example.com>",
            "toEmail": "one@example.com, Two <two@example.com>",
            "subject": "Grüße",
            "emailFormat": "both",
            "text": "plain words",
            "html": "<b>bold words</b> <img src=\"cid:picture\">",
            "options": {"ccEmail": "three@example.com", "bccEmail": "four@example.com", "replyTo": "back@example.com",
                        "attachments": "note, picture"},
        }),
    );
    assert_eq!(code, 0, "{stderr}");
    let all = [
        "one@example.com",
        "two@example.com",
        "three@example.com",
        "four@example.com",
    ];
    assert_eq!(sent["accepted"], json!(all));
    assert_eq!(sent["envelope"], json!({"from": "sender@example.com", "to": all}));
    assert_eq!(sent["response"], "250 queued as X1");
    assert_eq!(sent["ehlo"], json!(["8BITMIME", "AUTH PLAIN LOGIN"]));
    let heard = server.heard();
    for expected in [
        "AUTH PLAIN AHUAcA==",
        "RCPT TO:<four@example.com>",
        "Reply-To: back@example.com",
        "multipart/alternative",
        "multipart/related",
        "plain words",
        "<b>bold words</b>",
        "Content-ID: <picture>",
        "Content-Disposition: inline; filename=\"i.png\"",
        "Content-Disposition: attachment; filename=\"a.txt\"",
        "hello",
    ] {
        assert!(heard.contains(expected), "{expected} is missing:\n{heard}");
    }
    assert!(!heard.contains("Bcc:") && !heard.contains("n8n"), "{heard}");
}

#[test]
fn some_recipients_may_be_refused_but_not_all() {
    let server = Server::start();
    let message = |to: &str| json!({"fromEmail": "a@example.com", "toEmail": to, "subject": "S", "text": "T"});
    let (code, sent, stderr) = server.send(1.0, &message("b@example.com, refused@example.com"));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(sent["rejected"], json!(["refused@example.com"]));
    assert_eq!(sent["rejectedErrors"][0]["response"], "550 no such user");
    let (code, _, stderr) = server.send(2.0, &message("refused@example.com"));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("E0318") && stderr.contains("no such user"), "{stderr}");
}
