//! HTTP/1, on the wire.

use gateway::edge::{EdgeLimits, TrustedProxies};
use gateway::stream::BodyError;

use crate::harness::{Server, mebibytes};

fn server() -> Server {
    Server::plain(EdgeLimits::default())
}

#[tokio::test]
async fn host_and_path_name_the_target() {
    let server = server();
    for (host, path, target) in [
        ("localhost", "/", "service"),
        ("b.localhost", "/", "bucket b"),
        ("b.obs.localhost:1", "/echo/../x%20y", "object b echo/../x y"),
        ("127.0.0.1", "/b/echo//", "object b echo//"),
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {host}");
        let answer = server.connect().await.ask(&head).await;
        assert!(answer.ends_with(&format!("{target}; secure false; from 127.0.0.1")), "{answer}");
    }
}

#[tokio::test]
async fn answers_carry_ids_in_their_dialect_and_a_date() {
    let server = server();
    let answer = server.connect().await.ask("GET / HTTP/1.1\r\nhost: localhost").await;
    for part in
        ["HTTP/1.1 200 OK", "x-amz-request-id: ", "x-amz-id-2: ", "server: Sealgate", "date: "]
    {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    let answer =
        server.connect().await.ask("GET / HTTP/1.1\r\nhost: localhost\r\nx-obs-date: now").await;
    assert!(answer.contains("x-obs-request-id: ") && !answer.contains("x-amz-"), "{answer}");
}

#[tokio::test]
async fn head_announces_the_length_and_sends_nothing() {
    let server = server();
    let answer = server.connect().await.ask("HEAD /b/mebibytes HTTP/1.1\r\nhost: localhost").await;
    assert!(answer.contains("content-length: 67108864\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_fails_is_cut_and_never_ends_cleanly() {
    let server = server();
    let answer = server.connect().await.ask("GET /b/cut HTTP/1.1\r\nhost: localhost").await;
    assert!(answer.contains("content-length: 100000\r\n"), "{answer}");
    assert!(answer.len() < 2000);
    let answer = server.connect().await.ask("GET /b/cut-unknown HTTP/1.1\r\nhost: localhost").await;
    assert!(answer.contains("transfer-encoding: chunked\r\n"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    let mut client = server.connect().await;
    client.send("GET /b/short HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.contains("content-length: 10\r\n") && answer.ends_with("five!"), "{answer}");
}

#[tokio::test]
async fn requests_that_name_no_clear_target_are_400() {
    let server = server();
    for head in [
        "GET / HTTP/1.1",
        "GET http://localhost/b HTTP/1.1\r\nhost: localhost",
        "OPTIONS * HTTP/1.1\r\nhost: localhost",
        "CONNECT localhost:80 HTTP/1.1\r\nhost: localhost:80",
        "GET / HTTP/1.1\r\nhost: a b",
        "GET / HTTP/1.1\r\nhost: a\r\nhost: b",
        "GET /b/%ff HTTP/1.1\r\nhost: localhost",
        "GET /b/\u{1} HTTP/1.1\r\nhost: localhost",
        "GET / HTTP/1.1\r\nhost: localhost\r\nx\u{1}: y",
    ] {
        let answer = server.connect().await.ask(head).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_request_harm_nobody() {
    let server = server();
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(300_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    let garbage: [&[u8]; 10] = [
        b"\r\n\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET  /  HTTP/9.9\r\n\r\n",
        b"PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ];
    for bytes in garbage {
        let mut client = server.connect().await;
        // The server may have closed before all was sent.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut client.0, bytes).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut client.0).await;
        assert!(!client.rest().await.contains(" 200 "), "{}", bytes.escape_ascii());
    }
    let answer = server.connect().await.ask("GET / HTTP/1.1\r\nhost: localhost").await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn a_refusal_at_the_edge_is_an_error_document_with_the_requests_id() {
    let answer = server().connect().await.ask("GET /b/%ff HTTP/1.1\r\nhost: localhost").await;
    let id = answer.split("x-amz-request-id: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let id = id.expect("an id");
    assert!(answer.contains("<Code>InvalidURI</Code>"), "{answer}");
    assert!(answer.contains(&format!("<RequestId>{id}</RequestId>")), "{answer}");
}

#[tokio::test]
async fn a_whole_body_is_read_and_a_short_one_is_truncated() {
    let mut server = server();
    let head = "PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n";
    let mut client = server.connect().await;
    client.send(format!("{head}0123456789")).await;
    assert_eq!(server.body().await.expect("whole"), 10);
    assert!(client.until("\r\n\r\n10").await.contains("200 OK"));

    let mut client = server.connect().await;
    client.send(format!("{head}01234")).await;
    drop(client);
    assert!(matches!(server.body().await, Err(BodyError::Truncated)));
}

#[tokio::test]
async fn a_chunked_body_that_ends_early_or_is_broken_is_no_body() {
    let mut server = server();
    let head = "PUT /b/read HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    for (chunks, is_whole) in [
        ("3\r\nabc\r\n0\r\n\r\n", true),
        ("3\r\nabc\r\n", false),
        ("zz\r\nabc\r\n0\r\n\r\n", false),
    ] {
        let mut client = server.connect().await;
        client.send(format!("{head}{chunks}")).await;
        drop(client);
        assert_eq!(server.body().await.is_ok(), is_whole, "{chunks:?}");
    }
}

#[tokio::test]
async fn the_body_is_asked_for_only_when_the_handler_wants_it() {
    let server = server();
    let rest = "host: localhost\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n";
    let mut client = server.connect().await;
    client.send(format!("PUT /b/read HTTP/1.1\r\n{rest}")).await;
    assert!(client.until("\r\n\r\n").await.starts_with("HTTP/1.1 100 Continue"));
    client.send("abc").await;
    assert!(client.until("\r\n\r\n3").await.contains("200 OK"));

    let mut client = server.connect().await;
    client.send(format!("PUT /b/refuse HTTP/1.1\r\n{rest}")).await;
    let answer = client.until("\r\n\r\nno").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_on_sees_why_it_is_refused() {
    let server = server();
    let mut client = server.connect().await;
    let size = 8 << 20;
    let head =
        format!("PUT /b/refuse HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n");
    client.send(head).await;
    client.send(vec![0; size]).await;
    assert!(client.until("\r\n\r\nno").await.starts_with("HTTP/1.1 403 "));
    client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(client.until("service").await.contains("200 OK"), "the connection lives on");
}

#[tokio::test]
async fn only_a_listed_proxy_vouches_for_tls() {
    let secure = ("x-proto".parse().expect("name"), "https".parse().expect("value"));
    let trusting = |peers: &str| TrustedProxies {
        peers: vec![peers.parse().expect("cidr")],
        secure: Some(secure.clone()),
        client: Some("x-real-ip".parse().expect("name")),
    };
    let head = "GET / HTTP/1.1\r\nhost: localhost\r\nx-proto: https\r\nx-real-ip: 192.0.2.7";
    let listed = Server::start(EdgeLimits::default(), None, trusting("127.0.0.0/8"));
    let answer = listed.connect().await.ask(head).await;
    assert!(answer.ends_with("secure true; from 192.0.2.7"), "{answer}");
    let other = Server::start(EdgeLimits::default(), None, trusting("10.0.0.0/8"));
    let answer = other.connect().await.ask(head).await;
    assert!(answer.ends_with("secure false; from 127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn each_request_is_counted_with_its_bytes() {
    let mut server = server();
    let mut client = server.connect().await;
    client.send("PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc").await;
    server.body().await.expect("whole");
    client.until("\r\n\r\n3").await;
    server.connect().await.ask("GET /b/mebibytes HTTP/1.1\r\nhost: localhost").await;
    let sent = mebibytes(64).len().expect("known") + 1;
    let page = server.metrics.render();
    for line in [
        r#"sealgate_requests_total{operation="Play",dialect="s3",status="200"} 2"#.to_owned(),
        "sealgate_received_bytes_total 3".to_owned(),
        format!("sealgate_sent_bytes_total {sent}"),
        "sealgate_requests_in_flight 0".to_owned(),
    ] {
        assert!(page.contains(&line), "{line} in {page}");
    }
}
