//! The edge: sockets on one side, one request in and one reply out on the other.
//!
//! It keeps clients within limits, speaks HTTP/1.1, HTTP/2 and TLS, names what
//! a request is about and leaves a record of it. It knows no operation, no
//! caller and no object: those are behind the [`Handler`].
//!
//! Invariant: no byte of a body is read before the handler asks for it, and an
//! answer that cannot be finished is cut off, never ended cleanly.

mod activity;
pub mod admin;
mod body;
pub mod limits;
pub mod listener;
pub mod local_ca;
pub mod proxy;
mod record;
mod reply;
mod request;
mod request_id;
pub mod shutdown;
pub mod target;
pub mod tls;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::{Method, Response};
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::dialect::Dialect;
use crate::dialect::render_fault::render_fault;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::telemetry::Metrics;

pub use admin::{Check, admin};
pub use limits::EdgeLimits;
pub use listener::{bind, http, https};
pub use proxy::TrustedProxies;
pub use shutdown::{Shutdown, ShutdownTrigger};
pub use target::BaseDomains;
pub use tls::Tls;

/// Answers a request; `api::dispatch` behind a listener, a closure in tests.
pub type Handler = Arc<dyn Fn(Incoming) -> BoxFuture<'static, Answer> + Send + Sync>;

/// What a handler hands back.
#[derive(Debug)]
pub struct Answer {
    /// The reply. The edge adds ids, date, server and length.
    pub reply: Reply,
    /// Its dialect, which decides the prefix of the ids.
    pub dialect: &'static Dialect,
    /// The operation's documented name, for logs and metrics.
    pub operation: &'static str,
    /// The access key id that signed, for the log.
    pub access_key: Option<String>,
    /// Why it failed, for the log; the client never sees it.
    pub cause: Option<String>,
}

impl Answer {
    /// `reply` to an anonymous caller.
    pub fn new(reply: Reply, dialect: &'static Dialect, operation: &'static str) -> Self {
        Self { reply, dialect, operation, access_key: None, cause: None }
    }
}

/// What all data listeners share: the handler, the limits and their counts.
pub struct Edge {
    handler: Handler,
    limits: EdgeLimits,
    domains: BaseDomains,
    metrics: Metrics,
    connections: Arc<Semaphore>,
    in_flight: Arc<Semaphore>,
    request_ids: request_id::RequestIds,
}

/// Where a connection comes from.
struct Peer {
    address: IpAddr,
    is_tls: bool,
    proxies: Arc<TrustedProxies>,
    activity: Arc<activity::Activity>,
}

impl Edge {
    /// An edge before `handler`, for any number of listeners.
    pub fn new(
        handler: Handler,
        limits: EdgeLimits,
        domains: BaseDomains,
        metrics: Metrics,
    ) -> Arc<Self> {
        let permits = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            handler,
            limits,
            domains,
            metrics,
            connections: permits(limits.max_connections),
            in_flight: permits(limits.max_in_flight),
            request_ids: request_id::RequestIds::default(),
        })
    }

    /// One request in, one reply out.
    async fn answer(
        self: Arc<Self>,
        peer: Arc<Peer>,
        request: http::Request<hyper::body::Incoming>,
    ) -> Result<Response<reply::ReplyBody>, Infallible> {
        let request_id = self.request_ids.draw();
        let origin = request::Origin {
            remote: peer.proxies.client(peer.address, request.headers()),
            secure: peer.is_tls || peer.proxies.vouch(peer.address, request.headers()),
            request_id: request_id.clone(),
            received: SystemTime::now(),
        };
        let mut record = record::Record::open(
            &request_id,
            request.method(),
            origin.remote,
            peer.activity.clone(),
            self.metrics.clone(),
        );
        let is_head = request.method() == Method::HEAD;
        let span = record.span.clone();
        let answer = self.handle(request, origin, &mut record).instrument(span).await;
        Ok(reply::respond(answer, &request_id, is_head, record))
    }

    async fn handle(
        &self,
        request: http::Request<hyper::body::Incoming>,
        origin: request::Origin,
        record: &mut record::Record,
    ) -> Answer {
        let dialect = request::likely_dialect(request.headers());
        let path = request.uri().path().to_owned();
        let request_id = origin.request_id.clone();
        let refuse = |fault: &Fault| {
            let reply = render_fault(dialect, fault, &path, &request_id);
            Answer::new(reply, dialect, "Refused")
        };
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            return refuse(&Fault::new(Code::SlowDown).header("retry-after", 1));
        };
        record.admit(permit);
        match request::read(self, request, origin, record) {
            Ok(incoming) => {
                record.locate(&incoming.target);
                (self.handler)(incoming).await
            }
            Err(fault) => refuse(&fault),
        }
    }
}
