//! The command line's side of the control socket.

use std::io;
use std::path::Path;

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::protocol::{MESSAGE_MAX, Refusal};
use super::socket;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server is running; start one.
    #[error(
        "no server is running in {dir}; start it with: sealgate serve --data-dir {dir} \
         (or name its directory with --data-dir)"
    )]
    NotRunning {
        /// The data directory.
        dir: String,
    },
    /// The server refused; the text says what to do.
    #[error(transparent)]
    Refused(Refusal),
    /// The connection broke; try again.
    #[error("the server did not answer: {0}")]
    Broken(String),
}

/// Sends `body` to `path` of the server of `data_dir`. Errors: see [`Error`].
pub async fn post<T: DeserializeOwned>(
    data_dir: &Path,
    path: &str,
    body: &impl Serialize,
) -> Result<T, Error> {
    let body = serde_json::to_vec(body).map_err(broken)?;
    call(data_dir, Method::POST, path, body).await
}

/// Reads `path` from the server of `data_dir`. Errors: see [`Error`].
pub async fn get<T: DeserializeOwned>(data_dir: &Path, path: &str) -> Result<T, Error> {
    call(data_dir, Method::GET, path, Vec::new()).await
}

async fn call<T: DeserializeOwned>(
    data_dir: &Path,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<T, Error> {
    let stream = socket::connect(data_dir).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            Error::NotRunning { dir: data_dir.display().to_string() }
        }
        _ => broken(error),
    })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(connection);
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, "control")
        .body(Full::new(Bytes::from(body)))
        .map_err(broken)?;
    let response = sender.send_request(request).await.map_err(broken)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MESSAGE_MAX).collect().await;
    let body = body.map_err(broken)?.to_bytes();
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(broken);
    }
    let mut refusal: Refusal = serde_json::from_slice(&body).map_err(broken)?;
    refusal.status = status.as_u16();
    Err(Error::Refused(refusal))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Broken(error.to_string())
}
