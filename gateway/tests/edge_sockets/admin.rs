//! Health and metrics are on the admin listener, and only there.

use gateway::edge::{self, Check, EdgeLimits, Shutdown};
use tokio::net::TcpStream;

use crate::harness::{Client, Server};

#[tokio::test]
async fn health_and_metrics_are_on_the_admin_port_alone() {
    let data = Server::plain(EdgeLimits::default());
    let listener = edge::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (trigger, shutdown) = Shutdown::new();
    let checks = vec![Check::new("hsm", || Box::pin(async { Err("no token".to_owned()) }))];
    let admin = tokio::spawn(edge::admin(listener, checks, data.metrics.clone(), shutdown));
    for (path, status, part) in [
        ("/health/live", "200", "live"),
        ("/health/ready", "503", "\"no token\""),
        ("/metrics", "200", "sealgate_requests_in_flight"),
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost");
        let client = Client(TcpStream::connect(address).await.expect("accepted"));
        let answer = client.ask(&head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(part), "{answer}");
        let answer = data.connect().await.ask(&head).await;
        assert!(answer.contains("x-amz-request-id"), "{path} is a bucket's there: {answer}");
    }
    trigger.stop();
    admin.await.expect("no panic");
}
