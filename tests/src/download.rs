//! A download as far as it came, for servers that may lie or break off.

use crate::client::Request;

/// What arrived of an answer.
#[derive(Debug)]
pub struct Download {
    /// HTTP status; 0 when the transfer broke off before one came, as HTTP/2 may.
    pub status: u16,
    /// `Content-Length`, if announced.
    pub announced: Option<u64>,
    /// The body, up to where it broke off.
    pub bytes: Vec<u8>,
    /// Whether the transfer ended as transfers end, in full length.
    pub is_whole: bool,
}

impl Request {
    /// Sends it and takes whatever comes.
    pub async fn download(self) -> Download {
        let Ok(mut response) = self.try_send().await else {
            return Download { status: 0, announced: None, bytes: Vec::new(), is_whole: false };
        };
        let status = response.status().as_u16();
        let announced = response.content_length();
        let mut bytes = Vec::new();
        let ended = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        let is_whole = ended && announced.is_none_or(|len| len == bytes.len() as u64);
        Download { status, announced, bytes, is_whole }
    }
}

impl Download {
    /// It is a whole success with these bytes.
    #[track_caller]
    pub fn must_be(&self, plain: &[u8], what: &str) {
        let shown = format!("{what}: {} with {} bytes", self.status, self.bytes.len());
        assert!(matches!(self.status, 200 | 206) && self.is_whole, "{shown}");
        assert!(self.bytes == plain, "{shown}: other bytes than were written");
    }

    /// It is a 5xx, or a success that broke off before its end and up to there
    /// said the truth.
    #[track_caller]
    pub fn must_be_refused(&self, plain: &[u8], what: &str) {
        let shown = format!("{what}: {} with {} bytes", self.status, self.bytes.len());
        if self.status >= 500 {
            assert!(!holds_run(&self.bytes, plain), "{shown}: a fault that shows the object");
            return;
        }
        assert!(matches!(self.status, 0 | 200 | 206), "{shown}");
        assert!(!self.is_whole, "{shown}: served as if nothing had happened");
        assert!(plain.starts_with(&self.bytes), "{shown}: wrong bytes left the gateway");
    }
}

/// Whether a fault's text holds a piece of the object.
fn holds_run(text: &[u8], plain: &[u8]) -> bool {
    plain.get(..32).is_some_and(|front| crate::store::contains(text, front))
}
