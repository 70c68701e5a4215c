//! The admin listener: health and metrics, for operators and probes only.
//!
//! Plain HTTP/1.1, GET and HEAD, three paths and nothing else. No data port
//! has any of them.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Shutdown;
use crate::telemetry::Metrics;

/// Connections at once.
const MAX_CONNECTIONS: usize = 64;
/// Time for a request's head, and between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for each dependency to answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause when no connection can be accepted.
const BACK_OFF: Duration = Duration::from_millis(100);

/// One dependency that must work for the server to be ready.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    probe: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl Check {
    /// A dependency's name and its probe, whose error is a text for operators
    /// without secrets.
    pub fn new(
        name: &'static str,
        probe: impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static,
    ) -> Self {
        Self { name, probe: Arc::new(probe) }
    }

    async fn run(&self) -> CheckResult {
        let started = Instant::now();
        let outcome = match timeout(CHECK_TIMEOUT, (self.probe)()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
        };
        CheckResult { name: self.name, outcome, elapsed: started.elapsed() }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.name)
    }
}

struct CheckResult {
    name: &'static str,
    outcome: Result<(), String>,
    elapsed: Duration,
}

impl CheckResult {
    fn line(&self) -> String {
        let line = serde_json::json!({
            "name": self.name,
            "ready": self.outcome.is_ok(),
            "error": self.outcome.as_ref().err(),
            "ms": self.elapsed.as_secs_f64() * 1e3,
        });
        format!("{line}\n")
    }
}

/// Serves `/health/live`, `/health/ready` and `/metrics` until `shutdown`.
///
/// `/health/ready` is one JSON object a line for each of `checks`, and 503 when
/// one of them fails.
pub async fn admin(
    listener: TcpListener,
    checks: Vec<Check>,
    metrics: Metrics,
    shutdown: Shutdown,
) {
    let desk = Arc::new(Desk { checks, metrics });
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            Some(_) = connections.join_next(), if connections.len() >= MAX_CONNECTIONS => continue,
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => drop(connections.spawn(converse(desk.clone(), stream))),
            Err(error) => {
                tracing::warn!(%error, "no admin connection can be accepted");
                sleep(BACK_OFF).await;
            }
        }
    }
    connections.shutdown().await;
}

async fn converse(desk: Arc<Desk>, stream: TcpStream) {
    let service = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.answer(request.method(), request.uri().path()).await) }
    });
    let ended = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = ended {
        tracing::debug!(%error, "the admin connection ended early");
    }
}

struct Desk {
    checks: Vec<Check>,
    metrics: Metrics,
}

impl Desk {
    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if !matches!(path, "/health/live" | "/health/ready" | "/metrics") {
            return page(StatusCode::NOT_FOUND, "text/plain", "not found\n".to_owned());
        }
        if method != Method::GET && method != Method::HEAD {
            let mut refusal =
                page(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "GET or HEAD\n".to_owned());
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refusal;
        }
        match path {
            "/health/live" => page(StatusCode::OK, "text/plain", "live\n".to_owned()),
            "/health/ready" => self.ready().await,
            _ => page(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                self.metrics.render(),
            ),
        }
    }

    async fn ready(&self) -> Response<Full<Bytes>> {
        let results = join_all(self.checks.iter().map(Check::run)).await;
        let is_ready = results.iter().all(|result| result.outcome.is_ok());
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        page(status, "application/x-ndjson", results.iter().map(CheckResult::line).collect())
    }
}

fn page(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut page = Response::new(Full::from(text));
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn desk(catalog: Result<(), String>) -> Desk {
        let checks = vec![
            Check::new("hsm", || Box::pin(async { Ok(()) })),
            Check::new("catalog", move || {
                let catalog = catalog.clone();
                Box::pin(async { catalog })
            }),
        ];
        Desk { checks, metrics: Metrics::new() }
    }

    async fn ask(desk: &Desk, method: Method, path: &str) -> (u16, String) {
        let answer = desk.answer(&method, path).await;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("infallible").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn ready_says_a_line_for_each_dependency() {
        let (status, body) = ask(&desk(Ok(())), Method::GET, "/health/ready").await;
        assert_eq!((status, body.lines().count()), (200, 2));
        let failing = desk(Err("locked".to_owned()));
        let (status, body) = ask(&failing, Method::GET, "/health/ready").await;
        assert_eq!(status, 503);
        let line: serde_json::Value =
            serde_json::from_str(body.lines().nth(1).expect("two lines")).expect("json");
        assert_eq!((&line["name"], &line["error"]), (&"catalog".into(), &"locked".into()));
    }

    #[tokio::test]
    async fn only_three_pages_can_be_read_and_none_written() {
        let desk = desk(Ok(()));
        assert_eq!(ask(&desk, Method::GET, "/health/live").await.0, 200);
        assert!(ask(&desk, Method::GET, "/metrics").await.1.contains("sealgate_connections"));
        assert_eq!(ask(&desk, Method::POST, "/metrics").await.0, 405);
        for path in ["/", "/health", "/metrics/", "/debug/pprof", "//metrics"] {
            assert_eq!(ask(&desk, Method::GET, path).await.0, 404, "{path}");
        }
    }
}
