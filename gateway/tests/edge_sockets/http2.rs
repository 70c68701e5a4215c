//! HTTP/2 through hyper's client.

use gateway::edge::EdgeLimits;
use gateway::stream::BodyError;
use http::Request;
use http_body_util::{BodyExt, Empty, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::harness::Server;

type Client = SendRequest<Full<bytes::Bytes>>;

async fn client(server: &Server) -> Client {
    let stream = TcpStream::connect(server.address).await.expect("accepted");
    let (client, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    client
}

fn get(uri: &str) -> Request<Full<bytes::Bytes>> {
    Request::get(uri).body(Full::default()).expect("request")
}

#[tokio::test]
async fn the_authority_is_the_host() {
    let server = Server::plain(EdgeLimits::default());
    let mut client = client(&server).await;
    let answer = client.send_request(get("http://b.localhost:1/echo")).await.expect("answer");
    assert!(answer.headers().contains_key("x-amz-request-id"));
    assert!(answer.headers().contains_key("date"));
    let body = answer.into_body().collect().await.expect("whole").to_bytes();
    assert!(body.starts_with(b"object b echo; "), "{body:?}");
}

#[tokio::test]
async fn a_failed_answer_resets_its_stream_and_no_other() {
    let server = Server::plain(EdgeLimits::default());
    let mut client = client(&server).await;
    for part in ["cut", "cut-unknown", "short"] {
        let uri = format!("http://localhost/b/{part}");
        let answer = client.send_request(get(&uri)).await.expect("the head came");
        assert!(answer.into_body().collect().await.is_err(), "{part}");
    }
    let answer = client.send_request(get("http://localhost/b/mebibytes")).await.expect("answer");
    let body = answer.into_body().collect().await.expect("whole").to_bytes();
    assert_eq!(body.len(), 64 << 20);
}

#[tokio::test]
async fn a_body_that_is_given_up_is_truncated() {
    let mut server = Server::plain(EdgeLimits::default());
    let stream = TcpStream::connect(server.address).await.expect("accepted");
    let (mut client, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let frames =
        futures_util::stream::iter([Ok(hyper::body::Frame::data(bytes::Bytes::from("abc")))]);
    let never = futures_util::stream::pending::<Result<_, std::io::Error>>();
    let body = http_body_util::StreamBody::new(futures_util::StreamExt::chain(frames, never));
    let request = Request::put("http://localhost/b/read").header("content-length", 10);
    let request = request.body(body).expect("request");
    let sending = tokio::spawn(async move { client.send_request(request).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    sending.abort();
    connection.abort();
    assert!(matches!(server.body().await, Err(BodyError::Truncated)));
}

#[tokio::test]
async fn head_has_a_length_and_no_body() {
    let server = Server::plain(EdgeLimits::default());
    let stream = TcpStream::connect(server.address).await.expect("accepted");
    let (mut client, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let request = Request::head("http://localhost/b/mebibytes");
    let request = request.body(Empty::<bytes::Bytes>::new()).expect("request");
    let answer = client.send_request(request).await.expect("answer");
    assert_eq!(answer.headers()["content-length"], "67108864");
    assert!(answer.into_body().collect().await.expect("empty").to_bytes().is_empty());
}
