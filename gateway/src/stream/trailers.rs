//! The trailer fields of a body: written by the layer that decodes the body,
//! read by the layer that consumed it to its end.

use std::sync::{Arc, OnceLock};

/// Trailer fields, shared between decoder and reader. Names are lower-case.
#[derive(Clone, Debug, Default)]
pub struct Trailers(Arc<OnceLock<Vec<(String, String)>>>);

impl Trailers {
    /// Sets the fields; called once, before the body yields its end.
    pub fn set(&self, fields: Vec<(String, String)>) {
        // A second call would be a decoder's bug and is without effect.
        let _ = self.0.set(fields);
    }

    /// A field's value, once the body has ended.
    pub fn value(&self, name: &str) -> Option<&str> {
        let fields = self.0.get()?;
        fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
