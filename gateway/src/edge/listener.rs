//! Accept loops and the life of a connection.
//!
//! A listener accepts only while a connection permit is free, stops at the
//! shutdown signal, lets what is under way end within the drain deadline and
//! then cuts the rest.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

use super::activity::{Activity, Verdict};
use super::limits::{
    EdgeLimits, HTTP1_BUFFER, HTTP2_CONNECTION_WINDOW, HTTP2_FRAME, HTTP2_STREAM_WINDOW,
    HTTP2_STREAMS,
};
use super::{Edge, Peer, Shutdown, Tls, TrustedProxies};
use crate::telemetry::metrics::Held;

/// Connections that the kernel may hold before they are accepted.
const BACKLOG: u32 = 1024;
/// Pause when the system has no descriptor or memory for another connection.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Binds a listening socket; port 0 lets the system choose one. Needs a tokio
/// runtime.
///
/// Errors: whatever the system says, such as an address in use.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves plain HTTP until `shutdown`, and returns when all is drained.
pub async fn http(
    listener: TcpListener,
    edge: Arc<Edge>,
    proxies: TrustedProxies,
    shutdown: Shutdown,
) {
    Door { edge, tls: None, proxies: Arc::new(proxies), shutdown }.serve(listener).await;
}

/// Serves HTTPS until `shutdown`, and returns when all is drained.
pub async fn https(
    listener: TcpListener,
    edge: Arc<Edge>,
    tls: Arc<Tls>,
    proxies: TrustedProxies,
    shutdown: Shutdown,
) {
    Door { edge, tls: Some(tls), proxies: Arc::new(proxies), shutdown }.serve(listener).await;
}

/// What a listener's connections share; cheap to clone.
#[derive(Clone)]
struct Door {
    edge: Arc<Edge>,
    tls: Option<Arc<Tls>>,
    proxies: Arc<TrustedProxies>,
    shutdown: Shutdown,
}

impl Door {
    async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        while let Some((stream, address, permit)) = self.accept(&listener).await {
            while connections.try_join_next().is_some() {}
            let door = self.clone();
            connections.spawn(async move {
                door.connect(stream, address.ip().to_canonical()).await;
                drop(permit);
            });
        }
        drop(listener);
        let drained = timeout(self.edge.limits.drain_deadline, async {
            while connections.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!(connections = connections.len(), "cut what the deadline found open");
        }
        connections.shutdown().await;
    }

    /// The next connection and its permit; `None` once shutdown is requested.
    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let next = async {
            // The semaphore is never closed, so a permit comes or nothing does.
            let permit = self.edge.connections.clone().acquire_owned().await.ok()?;
            loop {
                match listener.accept().await {
                    Ok((stream, address)) => return Some((stream, address, permit)),
                    Err(error) if is_of_the_client(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "no connection can be accepted");
                        sleep(BACK_OFF).await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            () = self.shutdown.requested() => None,
            accepted = next => accepted,
        }
    }

    /// One connection, from its first byte to its last.
    async fn connect(&self, stream: TcpStream, address: IpAddr) {
        let _counted = Held::new(&self.edge.metrics.connections);
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone");
            return;
        }
        let Some(tls) = &self.tls else {
            return self.converse(stream, address).await;
        };
        match timeout(self.edge.limits.header_timeout, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream, address).await,
            Ok(Err(error)) => tracing::debug!(%error, remote = %address, "no TLS handshake"),
            Err(_) => tracing::debug!(remote = %address, "the TLS handshake took too long"),
        }
    }

    /// Speaks HTTP until either side has had enough.
    async fn converse<S>(&self, stream: S, address: IpAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.edge.limits;
        let activity = Arc::new(Activity::new());
        let peer = Arc::new(Peer {
            address,
            is_tls: self.tls.is_some(),
            proxies: self.proxies.clone(),
            activity: activity.clone(),
        });
        let edge = self.edge.clone();
        let service = service_fn(move |request| edge.clone().answer(peer.clone(), request));
        let protocol = protocol(limits);
        let connection = protocol.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut tick = interval(tick(limits));
        let mut is_retiring = false;
        loop {
            let verdict = tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, remote = %address, "the connection ended early");
                    }
                    return;
                }
                () = self.shutdown.requested(), if !is_retiring => Verdict::Retire,
                _ = tick.tick() => activity.judge(Instant::now(), limits),
            };
            match verdict {
                Verdict::Keep => {}
                Verdict::Retire if !is_retiring => {
                    is_retiring = true;
                    connection.as_mut().graceful_shutdown();
                }
                // It was said goodbye a tick ago and still does nothing.
                Verdict::Retire | Verdict::Cut => return,
            }
        }
    }
}

/// Errors of accept that concern a connection that is gone already.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// How often a connection is judged: often enough to keep the limits within a
/// quarter.
fn tick(limits: &EdgeLimits) -> Duration {
    let shortest = limits.header_timeout.min(limits.idle_timeout) / 4;
    shortest.clamp(Duration::from_millis(20), Duration::from_secs(5))
}

fn protocol(limits: &EdgeLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // `Activity` judges idle connections and slow heads in one place.
        .header_read_timeout(None)
        .max_buf_size(HTTP1_BUFFER)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(HTTP2_STREAM_WINDOW)
        .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
        .max_frame_size(HTTP2_FRAME)
        .max_send_buf_size(HTTP2_STREAM_WINDOW as usize)
        .max_concurrent_streams(HTTP2_STREAMS)
        .max_header_list_size(limits.header_bytes)
        .keep_alive_interval(limits.idle_timeout / 2)
        .keep_alive_timeout(limits.header_timeout);
    builder
}
