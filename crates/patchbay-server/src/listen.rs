//! Connections: taken until the server ends, each with a limit on how long its head may take, and let go when they are
//! done.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures::StreamExt;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Who takes longer to say what is wanted is let go.
const LONGEST_HEAD: Duration = Duration::from_secs(30);

/// Who sends nothing of a body for so long is let go.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// How many bytes of a request or of pipelined ones are held.
const BUFFER: usize = 64 * 1024;

/// Serves until `end` is cancelled, then waits for the requests that are being answered, at most for `grace`.
pub async fn serve(listener: TcpListener, router: Router, end: CancellationToken, grace: Duration) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = end.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => connect(stream, peer, router.clone(), &graceful),
            Err(error) => {
                // Most likely there are too many open files: some will be closed.
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut off that did not end in time");
    }
}

/// A body whose sender must not be silent for too long.
fn patient(body: Incoming) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    let pieces = Body::new(body).into_data_stream();
    Body::from_stream(futures::stream::unfold(pieces, |mut pieces| async {
        let piece = match tokio::time::timeout(LONGEST_SILENCE, pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => Err(axum::Error::new("the sender is silent for too long")),
        };
        Some((piece, pieces))
    }))
}

fn connect(stream: TcpStream, peer: SocketAddr, router: Router, graceful: &GracefulShutdown) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(patient);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}
