//! The server's side of the control socket: transport only.
//!
//! It reads a [`Request`], hands it to the handler and writes the answer. One
//! request at a time on a connection, a few connections, bounded in size and
//! time.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::de::DeserializeOwned;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::protocol::{MESSAGE_MAX, Refusal, Request};

/// Connections at once; operators are few.
const CONNECTIONS_MAX: usize = 16;

/// How long a request may take to arrive, and an operation to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers requests; the value is written as JSON.
pub type Handler =
    Arc<dyn Fn(Request) -> BoxFuture<'static, Result<serde_json::Value, Refusal>> + Send + Sync>;

/// Serves the control socket until `shutdown` resolves; connections then end
/// with their request in work. `owner` is the user id that may connect, beside
/// root.
pub async fn serve(
    listener: UnixListener,
    handler: Handler,
    owner: u32,
    shutdown: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "control socket cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if !may_connect(&stream, owner) {
            tracing::warn!("a foreign user was turned away from the control socket");
            continue;
        }
        let Ok(permit) = permits.clone().try_acquire_owned() else {
            continue;
        };
        let handler = handler.clone();
        tokio::spawn(async move {
            connection(stream, handler).await;
            drop(permit);
        });
    }
}

fn may_connect(stream: &UnixStream, owner: u32) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0)
}

async fn connection(stream: UnixStream, handler: Handler) {
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { Ok::<_, Infallible>(answer(request, handler).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "control connection ended");
    }
}

async fn answer(request: http::Request<Incoming>, handler: Handler) -> Response<Full<Bytes>> {
    let outcome = tokio::time::timeout(PATIENCE, async {
        let request = read(request).await?;
        handler(request).await
    });
    match outcome.await {
        Ok(Ok(value)) => reply(StatusCode::OK, value.to_string()),
        Ok(Err(refusal)) => refuse(&refusal),
        Err(_) => refuse(&Refusal::new(503, "the gateway took too long; try again")),
    }
}

async fn read(request: http::Request<Incoming>) -> Result<Request, Refusal> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MESSAGE_MAX).collect();
    let body = body.await.map_err(|e| Refusal::new(400, format!("bad request: {e}")))?.to_bytes();
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/status") => Ok(Request::Status),
        (&Method::POST, "/account/create") => parse(&body).map(Request::AccountCreate),
        (&Method::POST, "/account/list") => parse(&body).map(Request::AccountList),
        (&Method::POST, "/policy/explain") => parse(&body).map(Request::Explain),
        (&Method::POST, "/account/freeze") => parse(&body).map(Request::AccountFreeze),
        (&Method::POST, "/key/protect") => parse(&body).map(Request::KeyProtect),
        (&Method::POST, "/key/impact") => parse(&body).map(Request::KeyImpact),
        (&Method::POST, "/inspect") => parse(&body).map(Request::Inspect),
        (method, path) => Err(Refusal::new(404, format!("{method} {path} is not known here"))),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    // The parser's own message could repeat a secret from the request.
    serde_json::from_slice(body).map_err(|e| {
        Refusal::new(400, format!("bad request at line {}, column {}", e.line(), e.column()))
    })
}

fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply(status, serde_json::json!({ "error": refusal.error }).to_string())
}

fn reply(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::control::client::{self, Error};
    use crate::control::socket;

    fn start(dir: &Path) {
        let handler: Handler = Arc::new(|request| {
            Box::pin(async move {
                match request {
                    Request::Status => Ok(json!({ "pid": 1 })),
                    Request::AccountCreate(asked) => Err(Refusal::new(409, asked.name)),
                    other => Err(Refusal::new(503, format!("{other:?}"))),
                }
            })
        });
        let listener = socket::listen(dir).unwrap();
        let owner = rustix::process::geteuid().as_raw();
        tokio::spawn(serve(listener, handler, owner, std::future::pending()));
    }

    fn refused(result: Result<Value, Error>) -> Refusal {
        match result.unwrap_err() {
            Error::Refused(refusal) => refusal,
            other => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn answers_and_refusals_reach_the_client() {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path());
        let status: Value = client::get(dir.path(), "/status").await.unwrap();
        assert_eq!(status, json!({ "pid": 1 }));
        let asked = json!({ "name": "taken" });
        let refusal = refused(client::post(dir.path(), "/account/create", &asked).await);
        assert_eq!(refusal, Refusal::new(409, "taken"));
        assert_eq!(refused(client::get(dir.path(), "/etc/passwd").await).status, 404);
    }

    #[tokio::test]
    async fn a_malformed_request_is_refused_and_not_repeated() {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path());
        let asked = json!({ "name": { "secret": "hunter2" } });
        let refusal = refused(client::post(dir.path(), "/account/create", &asked).await);
        assert_eq!(refusal.status, 400);
        assert!(!refusal.error.contains("hunter2"));
        let asked = json!({ "name": "x".repeat(MESSAGE_MAX) });
        assert!(client::post::<Value>(dir.path(), "/account/create", &asked).await.is_err());
    }

    #[tokio::test]
    async fn the_socket_is_closed_to_other_users() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        start(dir.path());
        let mode = dir.path().join("control.sock").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
