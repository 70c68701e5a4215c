//! What the gateway answered, whether or not the body came to its end.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, or why it broke off.
    pub outcome: Result<Bytes, String>,
}

impl Reply {
    /// This reply, which must have the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.shown());
        self
    }

    /// This reply, which must be the fault with this status and code.
    #[track_caller]
    pub fn expect_fault(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.shown());
        self
    }

    /// The body, which must be whole.
    #[track_caller]
    pub fn body(&self) -> &Bytes {
        self.outcome.as_ref().unwrap_or_else(|error| panic!("the body broke off: {error}"))
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or_else(|_| panic!("{}", self.shown()))
    }

    /// A text field of the body's JSON, by its path (`KeyMetadata/KeyId`).
    #[track_caller]
    pub fn field(&self, path: &str) -> String {
        let value = self.json().pointer(&format!("/{path}")).cloned().unwrap_or_default();
        value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("no {path} in {}", self.shown()))
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    /// The ETag without its quotes, which must be there.
    #[track_caller]
    pub fn etag(&self) -> String {
        let quoted = self.header("etag");
        let bare = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        bare.unwrap_or_else(|| panic!("the ETag {quoted:?} is not quoted: {}", self.shown()))
            .to_owned()
    }

    /// The code of a fault, in XML, JSON or the header of a HEAD.
    pub fn code(&self) -> String {
        let text =
            String::from_utf8_lossy(self.outcome.as_deref().unwrap_or_default()).into_owned();
        if let Ok(Value::Object(fields)) = serde_json::from_str(&text) {
            let kind = fields.get("__type").and_then(Value::as_str).unwrap_or_default();
            return kind.rsplit('#').next().unwrap_or_default().to_owned();
        }
        elements(&text, "Code").into_iter().next().unwrap_or_default()
    }

    /// The text of the first element of this name, which must be there.
    #[track_caller]
    pub fn element(&self, name: &str) -> String {
        let found = self.elements(name).into_iter().next();
        found.unwrap_or_else(|| panic!("no <{name}> in {}", self.shown()))
    }

    /// The texts of all elements of this name.
    pub fn elements(&self, name: &str) -> Vec<String> {
        elements(&self.text(), name)
    }

    fn shown(&self) -> String {
        let body = match &self.outcome {
            Ok(body) => String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned(),
            Err(error) => format!("broke off: {error}"),
        };
        format!("{} {:?}\n{body}", self.status, self.headers)
    }
}

/// The contents of `<name>`, entities resolved.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inside =
        xml.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next());
    inside.map(resolved).collect()
}

fn resolved(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, meant)| text.replace(entity, meant))
}
