//! What one client, and all of them together, may take of the edge.

use std::time::Duration;

const KIB: usize = 1024;

/// Limits of the listeners, given by value from the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeLimits {
    /// Open connections of all data listeners together; further ones wait in
    /// the kernel's queue.
    pub max_connections: usize,
    /// Requests under way at once; further ones are answered 503 SlowDown.
    pub max_in_flight: usize,
    /// Bytes of a request's header fields; more is 400.
    pub header_bytes: u32,
    /// Time for the TLS handshake, and again for the first request's head.
    pub header_timeout: Duration,
    /// How long a connection may be without a request, and a client may leave
    /// an answer unread. Also the window over which `min_body_rate` is judged.
    pub idle_timeout: Duration,
    /// Body bytes a second that a client must send while it is waited for.
    pub min_body_rate: u64,
    /// Time for requests under way when the server stops.
    pub drain_deadline: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            max_in_flight: 1024,
            header_bytes: 64 * KIB as u32,
            header_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            min_body_rate: KIB as u64,
            drain_deadline: Duration::from_secs(30),
        }
    }
}

/// Bytes that an HTTP/1 connection reads ahead, and so the largest frame of an
/// upload. Larger ones gain nothing measurable and cost memory a stream.
pub(super) const HTTP1_BUFFER: usize = 256 * KIB;
/// HTTP/2 flow control: bytes a stream, bytes a connection.
pub(super) const HTTP2_STREAM_WINDOW: u32 = 256 * KIB as u32;
pub(super) const HTTP2_CONNECTION_WINDOW: u32 = 1024 * KIB as u32;
/// Largest HTTP/2 frame that a client may send.
pub(super) const HTTP2_FRAME: u32 = 64 * KIB as u32;
/// Requests at once on one HTTP/2 connection.
pub(super) const HTTP2_STREAMS: u32 = 32;
/// How much of an unwanted body is read so that the client sees the answer
/// that refuses it, and for how long.
pub(super) const LINGER_BYTES: u64 = 64 * 1024 * 1024;
pub(super) const LINGER_TIME: Duration = Duration::from_secs(5);
