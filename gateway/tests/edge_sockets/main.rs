//! The edge over real sockets, before a handler that plays every part: HTTP/1
//! byte by byte, HTTP/2 and TLS through clients, limits with short times.

mod harness;
mod http1;
mod http2;
mod limits;
mod tls;
