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
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
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
    if tokio::time::timeout(LAST_ANSWERS, graceful.shutdown()).await.is_err() {
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

fn connect(stream: TcpStream, peer: SocketAddr, router: Router, graceful: &GracefulShutdown) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request)
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
