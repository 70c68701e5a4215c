//! What a client cannot hold, and how the server stops.

use std::time::{Duration, Instant};

use gateway::edge::EdgeLimits;
use gateway::stream::BodyError;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::harness::{PATIENCE, Server, quick};

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test]
async fn heads_that_trickle_or_never_come_do_not_hold_a_connection() {
    let server = Server::plain(quick());
    // The last one could still become HTTP/2.
    for beginning in ["", "GET / HTTP/1.1\r\nhost: loc", "PRI * HTTP/2.0\r\n"] {
        let started = Instant::now();
        let mut client = server.connect().await;
        client.send(beginning).await;
        client.rest().await;
        assert!(started.elapsed() < Duration::from_secs(2), "{beginning:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_that_works_is_kept() {
    let server = Server::plain(quick());
    let mut client = server.connect().await;
    client.send("GET /b/slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(client.until("late").await.contains("200 OK"), "longer than the idle time");
    let started = Instant::now();
    assert_eq!(client.rest().await, "");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_body_that_trickles_is_too_slow() {
    let mut server = Server::plain(quick());
    let mut client = server.connect().await;
    client.send("PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n").await;
    assert!(matches!(server.body().await, Err(BodyError::TooSlow)));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_does_not_hold_its_object() {
    let server = Server::plain(quick());
    let mut client = server.connect().await;
    client.send("GET /b/mebibytes HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let ended = async {
        while !server.metrics.render().contains("sealgate_requests_total{") {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, ended).await.expect("cut");
    assert!(client.rest().await.len() < 64 << 20);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_told_to_slow_down() {
    let server = Server::plain(EdgeLimits { max_in_flight: 1, ..EdgeLimits::default() });
    let mut first = server.connect().await;
    first.send("GET /b/slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    sleep(Duration::from_millis(100)).await;
    let refused = server.connect().await.ask("GET / HTTP/1.1\r\nhost: localhost").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(first.until("late").await.contains("200 OK"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let server = Server::plain(EdgeLimits { max_connections: 1, ..EdgeLimits::default() });
    let mut first = server.connect().await;
    first.send(GET).await;
    first.until("service").await;
    let mut second = server.connect().await;
    second.send(GET).await;
    let answer = timeout(Duration::from_millis(200), second.until("service")).await;
    assert!(answer.is_err(), "served beside the first");
    drop(first);
    assert!(second.until("service").await.contains("200 OK"));
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let server = Server::plain(EdgeLimits { header_bytes: 4096, ..EdgeLimits::default() });
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-a: {}", "a".repeat(5000));
    let answer = server.connect().await.ask(&head).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn what_is_under_way_ends_before_the_server_does() {
    let server = Server::plain(EdgeLimits::default());
    let mut busy = server.connect().await;
    busy.send("GET /b/slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut idle = server.connect().await;
    idle.send(GET).await;
    idle.until("service").await;
    server.trigger.stop();
    assert_eq!(idle.rest().await, "", "an idle connection is closed at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody new comes in");
    assert!(busy.until("late").await.contains("200 OK"));
    timeout(PATIENCE, server.task).await.expect("drained").expect("no panic");
}

#[tokio::test]
async fn the_drain_deadline_cuts_what_does_not_end() {
    let limits = EdgeLimits { drain_deadline: Duration::from_millis(100), ..EdgeLimits::default() };
    let server = Server::plain(limits);
    let mut stuck = server.connect().await;
    stuck.send("PUT /b/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n").await;
    sleep(Duration::from_millis(100)).await;
    server.trigger.stop();
    timeout(Duration::from_secs(2), server.task).await.expect("cut").expect("no panic");
    assert_eq!(stuck.rest().await, "");
}
