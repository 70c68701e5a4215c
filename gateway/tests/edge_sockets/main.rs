//! The edge over real sockets, before a handler that plays every part: HTTP/1
//! byte by byte, HTTP/2 and TLS through clients, limits with short times.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod admin;
mod harness;
mod http1;
mod http2;
mod limits;
mod log;
mod tls;
