//! The bare hyper that the gateway is measured against: it serves the same
//! bytes from memory and drops what it receives, on as many threads.

use std::convert::Infallible;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use crate::wire::filling;

/// Bytes of a frame of an answer: a segment, as the gateway sends them.
const FRAME: u64 = 64 * 1024;

/// The server, which runs to the process's end.
pub struct Bare {
    /// `http://HOST:PORT`.
    pub http: String,
    /// `https://HOST:PORT`.
    pub https: String,
}

impl Bare {
    /// Starts both listeners, with the certificate and key in `tls_dir`, on a
    /// runtime of their own.
    pub fn start(tls_dir: &Path) -> Self {
        let (plain, secure, tls) = (bind(), bind(), acceptor(tls_dir));
        let url = |scheme: &str, listener: &TcpListener| {
            format!("{scheme}://{}", listener.local_addr().expect("an address"))
        };
        let bare = Self { http: url("http", &plain), https: url("https", &secure) };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                tokio::spawn(accept(plain, None));
                accept(secure, Some(tls)).await;
            });
        });
        bare
    }
}

fn bind() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    listener.set_nonblocking(true).expect("a listener");
    listener
}

fn acceptor(dir: &Path) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(dir.join("server.pem")).expect("a certificate");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(dir.join("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let tls = tls.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).expect("a socket");
            match tls {
                None => serve(stream).await,
                Some(tls) => serve(tls.accept(stream).await.expect("TLS")).await,
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let http = hyper::server::conn::http1::Builder::new();
    // A client that has gone is none of its business.
    let _ = http.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

/// Drops the body and sends as many bytes as the path's number says.
async fn answer(
    request: Request<Incoming>,
) -> Result<Response<impl http_body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let len: u64 = request.uri().path().trim_start_matches('/').parse().unwrap_or(0);
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let whole = stream::iter((0..len / FRAME).map(|_| FRAME));
    let frames = whole.chain(stream::iter(Some(len % FRAME).filter(|rest| *rest > 0)));
    let frames = frames.map(|len| Ok(Frame::data(filling().slice(..len as usize))));
    Ok(Response::builder()
        .header("content-length", len)
        .body(StreamBody::new(frames))
        .expect("a response"))
}
