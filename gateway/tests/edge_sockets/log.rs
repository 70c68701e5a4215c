//! What the log says of a request, and what it must not say.

use std::io::Write;
use std::sync::{Arc, Mutex};

use gateway::edge::EdgeLimits;
use tracing::subscriber::DefaultGuard;

use crate::harness::Server;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Catches the log of this thread, on which a test's whole runtime is.
    fn catch() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text")
    }

    fn requests(&self) -> Vec<serde_json::Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("json"));
        lines.filter(|line: &serde_json::Value| line["fields"]["message"] == "request").collect()
    }
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_id_and_outcome() {
    let (lines, _caught) = Lines::catch();
    let server = Server::plain(EdgeLimits::default());
    let answer = server.connect().await.ask("GET /b/k HTTP/1.1\r\nhost: localhost").await;
    let requests = lines.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let (fields, span) = (&requests[0]["fields"], &requests[0]["span"]);
    assert_eq!((&fields["operation"], &fields["status"]), (&"Play".into(), &200.into()));
    assert_eq!((&span["bucket"], &span["method"]), (&"b".into(), &"GET".into()));
    assert!(answer.contains(span["request.id"].as_str().expect("an id")), "{answer}");
}

#[tokio::test]
async fn no_signature_reaches_the_log() {
    let (lines, _caught) = Lines::catch();
    let server = Server::plain(EdgeLimits::default());
    let head = "GET /b/k?X-Amz-Signature=5ec7e7 HTTP/1.1\r\nhost: localhost\r\n\
                authorization: AWS4-HMAC-SHA256 Signature=5ec7e7";
    server.connect().await.ask(head).await;
    server.connect().await.ask(&head.replace("/b/k", "/b/%ff")).await;
    let ours: Vec<_> =
        lines.text().lines().filter(|l| l.contains("gateway::")).map(str::to_owned).collect();
    assert!(!ours.is_empty() && !ours.iter().any(|line| line.contains("5ec7e7")), "{ours:?}");
}

#[tokio::test]
async fn a_name_cannot_write_a_line_of_its_own() {
    let (lines, _caught) = Lines::catch();
    let server = Server::plain(EdgeLimits::default());
    server.connect().await.ask("GET /b%0Aforged/k HTTP/1.1\r\nhost: localhost").await;
    assert_eq!(lines.requests()[0]["span"]["bucket"], "b\nforged");
}
