//! A client that costs as little as hyper allows: one kept connection a stream,
//! bodies from one static buffer, answers counted and dropped.

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A frame of an upload.
pub const FRAME: usize = 256 * 1024;

/// What all bodies are made of.
pub fn filling() -> Bytes {
    static FILLING: std::sync::LazyLock<Bytes> =
        std::sync::LazyLock::new(|| sealgate_tests::Chance::new().bytes(FRAME).into());
    FILLING.clone()
}

/// Where to connect, and whom to trust there.
#[derive(Clone)]
pub struct Peer {
    address: String,
    tls: Option<TlsConnector>,
}

/// A request that can be sent any number of times.
#[derive(Clone)]
pub struct Shot {
    head: Request<()>,
    body: Upload,
}

/// A body that repeats `bytes`.
#[derive(Clone)]
pub struct Upload {
    bytes: Bytes,
    left: u64,
}

/// One kept connection.
pub struct Wire(SendRequest<Upload>);

impl Peer {
    /// The server of `url`, with the CA in this file when it speaks TLS.
    pub fn new(url: &str, ca_file: &Path) -> Self {
        let (scheme, address) = url.split_once("://").expect("a URL");
        let tls = (scheme == "https").then(|| trusting(ca_file));
        Self { address: address.to_owned(), tls }
    }

    /// Connects.
    pub async fn connect(&self) -> Wire {
        let tcp = TcpStream::connect(&self.address).await.expect("a connection");
        tcp.set_nodelay(true).expect("a socket");
        match &self.tls {
            None => converse(tcp).await,
            Some(tls) => {
                let name = ServerName::try_from("localhost").expect("a name");
                converse(tls.connect(name, tcp).await.expect("TLS")).await
            }
        }
    }
}

fn trusting(ca_file: &Path) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).expect("a CA")).expect("a CA");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn converse<S>(stream: S) -> Wire
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    Wire(sender)
}

impl Wire {
    /// Sends and reads the answer to its end; the bytes of its body. Panics
    /// unless it is a success, since a fast refusal is no result.
    pub async fn shoot(&mut self, shot: &Shot) -> u64 {
        self.0.ready().await.expect("a living connection");
        let request = shot.head.clone().map(|()| shot.body.clone());
        let answer = self.0.send_request(request).await.expect("an answer");
        let status = answer.status();
        let mut body = answer.into_body();
        let mut received = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.expect("a whole body");
            received += frame.data_ref().map_or(0, |data| data.len() as u64);
            if !status.is_success() {
                panic!("{status} for {}: {frame:?}", shot.head.uri());
            }
        }
        assert!(status.is_success(), "{status} for {}", shot.head.uri());
        received
    }
}

impl Shot {
    /// A signed request with its own body.
    pub fn signed(request: sealgate_tests::client::Request) -> Self {
        let (head, body) = request.into_http().into_parts();
        Self { body: Upload::of(body), head: Request::from_parts(head, ()) }
    }

    /// A signed request whose body, `len` bytes of filling, is not signed.
    pub fn filled(request: sealgate_tests::client::Request, len: u64) -> Self {
        let shot = Self::signed(request.payload(sealgate_tests::Payload::Unsigned));
        Self { body: Upload { bytes: filling(), left: len }, ..shot }
    }

    /// An unsigned request to the floor's server; `PUT` with `len` bytes or `GET`.
    pub fn plain(path: &str, len: Option<u64>) -> Self {
        let method = if len.is_some() { "PUT" } else { "GET" };
        let mut head = Request::builder().method(method).uri(path).body(()).expect("a request");
        head.headers_mut().insert("host", HeaderValue::from_static("localhost"));
        Self { head, body: Upload { bytes: filling(), left: len.unwrap_or(0) } }
    }
}

impl Upload {
    fn of(bytes: Bytes) -> Self {
        Self { left: bytes.len() as u64, bytes }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let len = self.left.min(self.bytes.len() as u64);
        if len == 0 {
            return Poll::Ready(None);
        }
        self.left -= len;
        Poll::Ready(Some(Ok(Frame::data(self.bytes.slice(..len as usize)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
