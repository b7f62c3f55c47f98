//! How HTTP Request connects, by the whole program against servers made here: certificates, proxies, time-outs, kept
//! connections.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use common::{Answer, Patchbay};
use pkcs8::pkcs5::pbes2;
use pkcs8::{LineEnding, PrivateKeyInfo};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

/// Serves each connection in a thread of its own, for as long as the test lives.
fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

/// The first line of a request without a body; `None` at the end of the connection.
fn request_line(reader: &mut impl BufRead) -> Option<String> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|length| *length > 0)?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    Some(first.trim_end().to_owned())
}

fn answer(stream: &mut impl Write, status: &str, body: &Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // The client may be gone already: then it does not mind.
    let _ = stream
        .write_all(format!("{head}{body}").as_bytes())
        .and_then(|()| stream.flush());
}

/// Runs a workflow of a start and an HTTP Request with these parameters.
fn run(patchbay: &Patchbay, parameters: &Value, credentials: &str) -> Answer {
    let workflow = json!({
        "nodes": [
            {"name": "S", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}},
            {"name": "H", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2, "position": [200, 0],
             "parameters": parameters},
        ],
        "connections": {"S": {"main": [[{"node": "H", "type": "main", "index": 0}]]}},
    });
    patchbay.file("workflow.json", &workflow.to_string());
    patchbay.file("credentials.toml", credentials);
    patchbay.run(&["run", "workflow.json", "--credentials", "credentials.toml"])
}

/// A certificate, and its key in DER.
struct Own {
    certificate: Certificate,
    key: Vec<u8>,
}

impl Own {
    fn signed_by(issuer: &Issuer<'_, KeyPair>) -> Self {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        let certificate = parameters.signed_by(&key, issuer).expect("a certificate");
        Self {
            certificate,
            key: key.serialize_der(),
        }
    }

    fn encrypted_key(&self, passphrase: &str) -> String {
        let (salt, start) = ([7; 16], [9; 16]);
        let parameters = pbes2::Parameters::pbkdf2_sha256_aes256cbc(10, &salt, &start).expect("parameters");
        let key = PrivateKeyInfo::try_from(self.key.as_slice()).expect("a key");
        let encrypted = key.encrypt_with_params(parameters, passphrase).expect("encrypted");
        let pem = encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF);
        pem.expect("PEM").to_string()
    }
}

/// A server with a certificate of this authority, that demands one of the same from its clients.
fn demanding(authority: &Certificate, issuer: &Issuer<'_, KeyPair>) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let own = Own::signed_by(issuer);
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .expect("a verifier");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![own.certificate.der().clone()],
            PrivatePkcs8KeyDer::from(own.key).into(),
        )
        .expect("a configuration");
    let config = Arc::new(config);
    serve(move |stream| {
        let connection = ServerConnection::new(config.clone()).expect("a connection");
        let mut reader = BufReader::new(StreamOwned::new(connection, stream));
        while request_line(&mut reader).is_some() {
            answer(reader.get_mut(), "200 OK", &json!({"in": true}));
        }
    })
}

#[test]
fn a_service_may_demand_a_certificate() {
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(parameters, key);
    let url = format!("https://{}/", demanding(&authority, &issuer));
    let client = Own::signed_by(&issuer);
    let credential = |passphrase: &str| {
        let fields = json!({"type": "httpSslAuth", "ca": authority.pem(), "cert": client.certificate.pem(),
                            "key": client.encrypted_key("open sesame"), "passphrase": passphrase});
        let fields = fields.as_object().expect("an object").iter();
        let lines: Vec<String> = fields.map(|(name, value)| format!("{name} = {value}")).collect();
        format!("[own]\n{}\n", lines.join("\n"))
    };
    let with = json!({"url": url, "provideSslCertificates": true});
    let ignoring = json!({"url": url, "provideSslCertificates": true, "options": {"allowUnauthorizedCerts": true}});
    let only_ignoring = json!({"url": url, "options": {"allowUnauthorizedCerts": true}});
    for (parameters, passphrase, expected) in [
        (&with, "open sesame", Ok(())),
        (&ignoring, "open sesame", Ok(())),
        (&with, "wrong", Err("E0630")),
        (
            &json!({"url": url}),
            "open sesame",
            Err("unable to verify the first certificate"),
        ),
        (&only_ignoring, "open sesame", Err("error[E06")),
    ] {
        let answer = run(&Patchbay::new(), parameters, &credential(passphrase));
        match expected {
            Ok(()) => assert_eq!(answer.json(), json!([{"in": true}]), "{parameters} {}", answer.stderr),
            Err(told) => {
                assert_eq!(answer.code, 1, "{parameters}");
                assert!(answer.stderr.contains(told), "{parameters} {}", answer.stderr);
            }
        }
    }
}

/// A proxy that answers by itself, and what it was asked.
fn proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = asked.clone();
    let address = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        while let Some(line) = request_line(&mut reader) {
            let is_tunnel = line.starts_with("CONNECT ");
            told.lock().expect("not poisoned").push(line);
            let status = if is_tunnel { "502 Bad Gateway" } else { "200 OK" };
            answer(reader.get_mut(), status, &json!({"by": "proxy"}));
        }
    });
    (address, asked)
}

#[test]
fn requests_go_through_the_proxy() {
    let service = serve(|stream| {
        let mut reader = BufReader::new(stream);
        while request_line(&mut reader).is_some() {
            answer(reader.get_mut(), "200 OK", &json!({"by": "service"}));
        }
    });
    let plain = format!("http://{service}/x");
    let (address, asked) = proxy();
    let address = format!("http://{address}");
    for (option, environment, url, line) in [
        (
            Some(&address),
            None,
            plain.as_str(),
            Some(format!("GET {plain} HTTP/1.1")),
        ),
        (
            None,
            Some(("HTTP_PROXY", "")),
            &plain,
            Some(format!("GET {plain} HTTP/1.1")),
        ),
        (
            None,
            Some(("http_proxy", "")),
            &plain,
            Some(format!("GET {plain} HTTP/1.1")),
        ),
        (None, Some(("HTTP_PROXY", "127.0.0.1")), &plain, None),
        (None, Some(("HTTPS_PROXY", "")), &plain, None),
        (
            None,
            Some(("HTTPS_PROXY", "")),
            "https://service.invalid/x",
            Some("CONNECT service.invalid:443 HTTP/1.1".to_owned()),
        ),
    ] {
        asked.lock().expect("not poisoned").clear();
        let mut patchbay = Patchbay::new();
        if let Some((name, exceptions)) = environment {
            patchbay = patchbay.with(name, &address).with("NO_PROXY", exceptions);
        }
        let options = option.map_or(json!({}), |proxy| json!({"proxy": proxy}));
        let found = run(&patchbay, &json!({"url": url, "options": options}), "");
        let lines = asked.lock().expect("not poisoned").clone();
        assert_eq!(lines.first(), line.as_ref(), "{environment:?} {url} {}", found.stderr);
        if url.starts_with("http:") {
            let by = if line.is_some() { "proxy" } else { "service" };
            assert_eq!(found.json(), json!([{"by": by}]), "{environment:?}");
        } else {
            assert_eq!(found.code, 1);
        }
    }
}

#[test]
fn a_service_that_does_not_answer_is_given_up() {
    let address = serve(|mut stream| {
        // Reads until the client hangs up, and says nothing.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = format!("http://{address}/");
    let found = run(&Patchbay::new(), &json!({"url": url, "options": {"timeout": 50}}), "");
    assert_eq!(found.code, 1);
    assert!(
        found
            .stderr
            .contains("The connection was aborted, perhaps the server is offline"),
        "{}",
        found.stderr
    );
}

#[test]
fn pages_share_a_connection() {
    let connections = Arc::new(Mutex::new(0));
    let counted = connections.clone();
    let address = serve(move |stream| {
        *counted.lock().expect("not poisoned") += 1;
        let mut reader = BufReader::new(stream);
        while request_line(&mut reader).is_some() {
            answer(reader.get_mut(), "200 OK", &json!({}));
        }
    });
    let pagination = json!({
        "parameters": {"parameters": [{"type": "qs", "name": "page", "value": "={{ $pageCount }}"}]},
        "paginationCompleteWhen": "other",
        "completeExpression": "={{ $pageCount === 4 }}",
    });
    let parameters =
        json!({"url": format!("http://{address}/"), "options": {"pagination": {"pagination": pagination}}});
    let found = run(&Patchbay::new(), &parameters, "");
    assert_eq!(found.code, 0, "{}", found.stderr);
    // The second page may come before the first connection is known to be free.
    let connections = *connections.lock().expect("not poisoned");
    assert!((1..=2).contains(&connections), "{connections} connections for 4 pages");
}
