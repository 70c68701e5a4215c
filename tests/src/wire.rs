//! Requests that no HTTP library would send: bytes over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::client::Request;

impl Request {
    /// Sends the request with its path exactly as it is, over plain HTTP, and
    /// returns the answer's status and text.
    pub fn send_verbatim(self) -> (u16, String) {
        parsed(&self.answer_verbatim())
    }

    /// The same, and every byte of the answer.
    pub fn answer_verbatim(self) -> Vec<u8> {
        let wire = self.signed();
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: {}\r\n", wire.method, wire.path, wire.host());
        for (name, value) in &wire.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", wire.body.len()));
        answer(&wire.host(), &[head.as_bytes(), &wire.body].concat())
    }

    /// Announces the whole body, sends its first `len` bytes, and hangs up.
    pub fn send_and_hang_up(self, len: usize) {
        let _socket = self.sent_in_part(len);
        // The gateway shall have read them before the connection goes.
        std::thread::sleep(Duration::from_millis(200));
    }

    /// Announces the whole body, sends its first `len` bytes, and waits for what
    /// the gateway makes of that.
    pub fn send_and_stall(self, len: usize) -> (u16, String) {
        let mut socket = self.sent_in_part(len);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        parsed(&answer)
    }

    fn sent_in_part(self, len: usize) -> TcpStream {
        let wire = self.signed();
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: {}\r\n", wire.method, wire.path, wire.host());
        for (name, value) in &wire.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", wire.body.len()));
        let mut socket = TcpStream::connect(wire.host()).expect("a connection");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        socket.write_all(head.as_bytes()).expect("sent");
        socket.write_all(&wire.body[..len]).expect("sent");
        socket
    }
}

/// Sends bytes to `HOST:PORT` and reads until the other side closes.
pub fn exchange(host: &str, bytes: &[u8]) -> (u16, String) {
    parsed(&answer(host, bytes))
}

fn answer(host: &str, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(host).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    // A refused request may be answered, and the rest of it not read.
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    answer
}

fn parsed(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    (status, text)
}
