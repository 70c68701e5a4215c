//! An edge on a port of its own, a handler whose behaviour the path picks, and
//! a client that sees the bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use gateway::dialect::{OBS, S3};
use gateway::edge::{
    self, Answer, BaseDomains, Edge, EdgeLimits, Handler, Shutdown, ShutdownTrigger, Tls,
    TrustedProxies,
};
use gateway::http::{Incoming, Reply, Target};
use gateway::stream::{Body, BodyError};
use gateway::telemetry::Metrics;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything in these tests should take.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Server {
    pub address: SocketAddr,
    pub metrics: Metrics,
    pub trigger: ShutdownTrigger,
    pub task: JoinHandle<()>,
    /// How the bodies that the handler read ended.
    pub bodies: UnboundedReceiver<Result<u64, BodyError>>,
}

/// Limits short enough to be reached in a test.
pub fn quick() -> EdgeLimits {
    EdgeLimits {
        header_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        drain_deadline: Duration::from_millis(1000),
        ..EdgeLimits::default()
    }
}

impl Server {
    pub fn plain(limits: EdgeLimits) -> Self {
        Self::start(limits, None, TrustedProxies::default())
    }

    pub fn start(limits: EdgeLimits, tls: Option<Arc<Tls>>, proxies: TrustedProxies) -> Self {
        let (ended, bodies) = unbounded_channel();
        let handler: Handler = Arc::new(move |request| play(request, ended.clone()).boxed());
        let metrics = Metrics::new();
        let edge = Edge::new(handler, limits, BaseDomains::default(), metrics.clone());
        let listener = edge::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (trigger, shutdown) = Shutdown::new();
        let task = match tls {
            None => tokio::spawn(edge::http(listener, edge, proxies, shutdown)),
            Some(tls) => tokio::spawn(edge::https(listener, edge, tls, proxies, shutdown)),
        };
        Self { address, metrics, trigger, task, bodies }
    }

    pub async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("accepted"))
    }

    /// How the next body ended.
    pub async fn body(&mut self) -> Result<u64, BodyError> {
        timeout(PATIENCE, self.bodies.recv()).await.expect("in time").expect("handler lives")
    }
}

async fn play(mut request: Incoming, ended: UnboundedSender<Result<u64, BodyError>>) -> Answer {
    let part = request.target.key().unwrap_or("echo").to_owned();
    let reply = match part.as_str() {
        "mebibytes" => Reply::ok().body(mebibytes(64)),
        "cut" => Reply::ok().body(failing(Some(100_000))),
        "cut-unknown" => Reply::ok().body(failing(None)),
        "short" => Reply::ok().body(then_pause(b"five!", None, Some(10))),
        "refuse" => Reply::status(StatusCode::FORBIDDEN).body(Body::full("no")),
        "slow" => {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Reply::ok().body(Body::full("late"))
        }
        "read" => {
            let end = drain(request.take_body()).await;
            let reply = match &end {
                Ok(bytes) => Reply::ok().body(Body::full(bytes.to_string())),
                Err(_) => Reply::status(StatusCode::BAD_REQUEST),
            };
            // The test may have seen enough.
            let _ = ended.send(end);
            reply
        }
        _ => Reply::ok().with("etag", "\"e\"").body(Body::full(describe(&request))),
    };
    let is_obs = request.headers.contains_key("x-obs-date");
    Answer::new(reply, if is_obs { &OBS } else { &S3 }, "Play")
}

fn describe(request: &Incoming) -> String {
    let target = match &request.target {
        Target::Service => "service".to_owned(),
        Target::Bucket(bucket) => format!("bucket {bucket}"),
        Target::Object(bucket, key) => format!("object {bucket} {key}"),
    };
    format!("{target}; secure {}; from {}", request.secure, request.remote)
}

async fn drain(mut body: Body) -> Result<u64, BodyError> {
    let mut bytes = 0;
    while let Some(chunk) = body.chunk().await {
        bytes += chunk?.len() as u64;
    }
    Ok(bytes)
}

pub fn mebibytes(count: u64) -> Body {
    let chunk = bytes::Bytes::from(vec![7; 1 << 20]);
    let chunks = (0..count).map(move |_| Ok(chunk.clone()));
    Body::new(futures_util::stream::iter(chunks), Some(count << 20))
}

fn failing(len: Option<u64>) -> Body {
    then_pause(&[b'x'; 1000], Some(BodyError::Tampered), len)
}

/// A chunk, time for it to reach the client, and then the end or an error.
fn then_pause(first: &'static [u8], error: Option<BodyError>, len: Option<u64>) -> Body {
    let second = async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        error.map(Err)
    };
    let first = futures_util::stream::iter([Ok(first.into())]);
    let second = futures_util::stream::once(second).filter_map(std::future::ready);
    Body::new(first.chain(second), len)
}

/// A client that speaks bytes.
pub struct Client(pub TcpStream);

impl Client {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("the server still reads");
    }

    /// One GET-like exchange on a connection that is closed after it.
    pub async fn ask(mut self, head: &str) -> String {
        self.send(format!("{head}\r\nconnection: close\r\n\r\n")).await;
        self.rest().await
    }

    /// All that comes until the server closes.
    pub async fn rest(&mut self) -> String {
        let mut answer = Vec::new();
        // A reset is an end, too.
        let read = timeout(PATIENCE, self.0.read_to_end(&mut answer)).await;
        read.expect("the server closes in time").ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Reads until `end` has come.
    pub async fn until(&mut self, end: &str) -> String {
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while !answer.windows(end.len()).any(|w| w == end.as_bytes()) {
            let read = timeout(PATIENCE, self.0.read(&mut buffer)).await.expect("in time");
            match read.expect("readable") {
                0 => break,
                n => answer.extend_from_slice(&buffer[..n]),
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}
