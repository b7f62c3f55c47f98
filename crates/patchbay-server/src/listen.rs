//! Connections: taken until the server has nothing at work any more, each with limits on how long its head and a silence in
//! a body may take, and let go when they are done.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::webhook;

/// Who takes longer to say what is wanted is let go.
const LONGEST_HEAD: Duration = Duration::from_secs(30);

/// Who sends nothing of a body for so long is let go. How long the whole of it takes is up to its size.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// How many bytes of a request or of pipelined ones are held.
const BUFFER: usize = 64 * 1024;

/// How long answers may take to be on their way when the server ends.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Serves until `end` is cancelled, then waits a moment for the requests that are being answered.
pub async fn serve(listener: TcpListener, router: Router, end: CancellationToken) {
    let (closing, connections) = (CancellationToken::new(), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            biased;
            () = end.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connect(stream, peer, router.clone(), closing.clone()));
            }
            Err(error) => {
                // Most likely there are too many open files: some will be closed.
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    closing.cancel();
    connections.close();
    if tokio::time::timeout(LAST_ANSWERS, connections.wait()).await.is_err() {
        tracing::warn!("connections were cut off that did not end in time");
    }
}

/// The router's answer, or that the caller was silent for too long.
async fn answer<B>(router: Router, request: hyper::Request<B>) -> Result<Response, Infallible>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
{
    if request.body().is_end_stream() {
        return router.oneshot(request.map(Body::new)).await;
    }
    let (silent, was_silent) = oneshot::channel();
    let request = request.map(|body| Body::new(Patient::new(body, silent)));
    tokio::select! {
        answer = router.oneshot(request) => answer,
        Ok(()) = was_silent => {
            let message = format!("Nothing of the body came for {} seconds", LONGEST_SILENCE.as_secs());
            let mut answer = webhook::fault(StatusCode::REQUEST_TIMEOUT, &message);
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            Ok(answer)
        }
    }
}

/// Answers one connection's requests until it is closed, or the server is.
async fn connect(stream: TcpStream, peer: SocketAddr, router: Router, closing: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = ended else { return };
    tracing::debug!(%error, "a connection broke");
    let left = connection.into_parts();
    // Who has said nothing since the last answer waits for none.
    if error.is_timeout() && !left.read_buf.is_empty() {
        // It may be gone by now.
        let _ = left.io.into_inner().write_all(LATE).await;
    }
}

/// What is answered to half a head.
const LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A body that tells when nothing of it came for too long, and then never ends.
struct Patient<B> {
    body: B,
    /// Runs while something is waited for.
    silence: Option<Pin<Box<Sleep>>>,
    silent: Option<oneshot::Sender<()>>,
}

impl<B> Patient<B> {
    fn new(body: B, silent: oneshot::Sender<()>) -> Self {
        Self {
            body,
            silence: None,
            silent: Some(silent),
        }
    }
}

impl<B: hyper::body::Body + Unpin> hyper::body::Body for Patient<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.silence = None;
            return frame;
        }
        let silence = self
            .silence
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LONGEST_SILENCE)));
        if silence.as_mut().poll(context).is_ready()
            && let Some(silent) = self.silent.take()
        {
            // Whoever listens may have answered already.
            let _ = silent.send(());
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use futures::StreamExt;
    use tokio::io::AsyncReadExt;
    use tokio::time::Instant;

    use super::*;

    /// The status of the answer, and after how many seconds it came, where each piece of the body comes so long after the
    /// one before, and the end never.
    async fn answered(pieces: &'static [u64], read: bool) -> (u16, u64) {
        let pieces = futures::stream::iter(pieces).then(async |after| {
            tokio::time::sleep(Duration::from_secs(*after)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"a"))
        });
        let body = Body::from_stream(pieces.chain(futures::stream::pending()));
        let handler = post(move |body: Body| async move {
            if read {
                let _ = axum::body::to_bytes(body, usize::MAX).await;
            }
        });
        let request = hyper::Request::post("/").body(body).expect("a request");
        let begun = Instant::now();
        let Ok(answer) = answer(Router::new().route("/", handler), request).await;
        (answer.status().as_u16(), begun.elapsed().as_secs())
    }

    /// All that is answered to what is sent, until the connection is closed.
    async fn heard(sent: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut stream = TcpStream::connect(listener.local_addr().expect("an address"))
            .await
            .expect("connected");
        let router = Router::new().route("/", post(|| async {}));
        let (accepted, peer) = listener.accept().await.expect("accepted");
        stream.write_all(sent).await.expect("sent");
        connect(accepted, peer, router, CancellationToken::new()).await;
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.expect("closed");
        heard
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_stays_half_is_answered() {
        for (sent, answers) in [
            (&b"POST / HTTP/1.1\r\nHost: x\r\n"[..], &["408"][..]),
            (b"", &[]),
            (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", &["200"]),
            (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nPOST", &["200", "408"]),
        ] {
            let heard = heard(sent).await;
            let found: Vec<&str> = heard.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
            assert_eq!(found, answers, "{heard}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_for_too_long_is_let_go() {
        for (pieces, read, expected) in [
            (&[][..], true, (408, 60)),
            (&[0], true, (408, 60)),
            (&[50, 50, 50], true, (408, 210)),
            (&[], false, (200, 0)),
        ] {
            assert_eq!(answered(pieces, read).await, expected, "{pieces:?} {read}");
        }
    }
}
