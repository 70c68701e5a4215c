//! XML in and out, the only room of quick-xml.
//!
//! Out: a small writer that escapes everything. In: a bounded tree without
//! DTD, entities or processing instructions, at most [`MAX_DEPTH`] deep, out of
//! a document whose size the route has limited. Namespaces are ignored, as S3
//! does with its own.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::fault::{Code, Fault};

/// Deepest nesting of a document that is read.
pub const MAX_DEPTH: usize = 16;
/// Most elements of a document that is read: 10,000 parts with their children.
pub const MAX_ELEMENTS: usize = 80_000;

/// Writes a document with declaration and root element; `namespace` becomes the
/// root's default namespace.
pub fn document(root: &str, namespace: Option<&str>, fill: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer(String::with_capacity(1024));
    writer.0.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    writer.0.push_str(root);
    if let Some(namespace) = namespace {
        writer.0.push_str(" xmlns=\"");
        writer.0.push_str(&escape(namespace));
        writer.0.push('"');
    }
    writer.0.push('>');
    fill(&mut writer);
    writer.close(root);
    writer.0
}

/// Writes the children of an element.
pub struct Writer(String);

impl Writer {
    /// `<name>text</name>`, escaped; characters that XML 1.0 cannot carry are
    /// written as U+FFFD (clients that need them ask for `encoding-type=url`).
    pub fn text(&mut self, name: &str, text: impl AsRef<str>) {
        self.open(name);
        let legal: std::borrow::Cow<'_, str> = if text.as_ref().chars().all(is_xml_char) {
            text.as_ref().into()
        } else {
            text.as_ref().chars().map(|c| if is_xml_char(c) { c } else { '\u{FFFD}' }).collect()
        };
        self.0.push_str(&escape(legal));
        self.close(name);
    }

    /// Text directly inside the element that is open.
    pub fn content(&mut self, text: &str) {
        self.0.push_str(&escape(text));
    }

    /// `<name>value</name>` for a number or boolean.
    pub fn value(&mut self, name: &str, value: impl ToString) {
        self.text(name, value.to_string());
    }

    /// `<name>text</name>` when there is a text.
    pub fn some(&mut self, name: &str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element with children.
    pub fn element(&mut self, name: &str, fill: impl FnOnce(&mut Writer)) {
        self.open(name);
        fill(self);
        self.close(name);
    }

    /// An element with attributes and children.
    pub fn element_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        fill: impl FnOnce(&mut Writer),
    ) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.0.push_str(&escape(*value));
            self.0.push('"');
        }
        self.0.push('>');
        fill(self);
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// A time as S3 writes it in XML: `2026-11-20T21:30:39.123Z`.
pub fn date(ms: i64) -> String {
    let nanos = i128::from(ms) * 1_000_000;
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// An element that was read: local name, text, children.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Name without prefix.
    pub name: String,
    /// Text directly inside, unescaped.
    pub text: String,
    /// Child elements in order.
    pub children: Vec<Element>,
}

impl Element {
    /// Parses a document whose root must be `root`. Errors: `MalformedXML`.
    pub fn parse(document: &[u8], root: &str) -> Result<Self, Fault> {
        let text = std::str::from_utf8(document).map_err(|_| malformed("not UTF-8"))?;
        let element = read(text)?;
        if element.name != root {
            return Err(malformed("unexpected root element"));
        }
        Ok(element)
    }

    /// The only child `name`, if any. Errors: `MalformedXML` when repeated.
    pub fn child(&self, name: &str) -> Result<Option<&Element>, Fault> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(malformed("repeated element")),
        }
    }

    /// Text of the only child `name`, trimmed, if any.
    pub fn child_text(&self, name: &str) -> Result<Option<&str>, Fault> {
        Ok(self.child(name)?.map(|child| child.text.trim()))
    }

    /// Text of the child `name`, which must be there.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.child_text(name)?.ok_or_else(|| malformed("missing element"))
    }

    /// All children `name`.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Element> {
        let name = name.to_owned();
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Errors when a child is none of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.children.iter().find(|child| !known.contains(&child.name.as_str())) {
            Some(_) => Err(malformed("unknown element")),
            None => Ok(()),
        }
    }
}

/// `MalformedXML` with a cause for the log.
pub fn malformed(cause: &str) -> Fault {
    Fault::new(Code::MalformedXML).cause(cause)
}

fn read(text: &str) -> Result<Element, Fault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut elements = 0usize;
    loop {
        let event = reader.read_event().map_err(|error| malformed(&error.to_string()))?;
        match event {
            Event::Start(start) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(malformed("too deep or too many elements"));
                }
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::End(_) => {
                let closed = open.pop().ok_or_else(|| malformed("unbalanced"))?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return finish(&mut reader, closed),
                }
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|error| malformed(&error.to_string()))?;
                push_text(&mut open, &text)?;
            }
            Event::CData(data) => {
                let text = data.decode().map_err(|error| malformed(&error.to_string()))?;
                push_text(&mut open, &text)?;
            }
            Event::GeneralRef(reference) => push_reference(&mut open, &reference)?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::DocType(_) | Event::PI(_) => return Err(malformed("DTD or instruction")),
            Event::Empty(_) => return Err(malformed("empty element was not expanded")),
            Event::Eof => return Err(malformed("document ends early")),
        }
    }
}

/// Nothing but space and comments may follow the root.
fn finish(reader: &mut Reader<&[u8]>, root: Element) -> Result<Element, Fault> {
    loop {
        match reader.read_event().map_err(|error| malformed(&error.to_string()))? {
            Event::Eof => return Ok(root),
            Event::Comment(_) => {}
            Event::Text(text) if text.iter().all(u8::is_ascii_whitespace) => {}
            _ => return Err(malformed("content after the root element")),
        }
    }
}

fn push_text(open: &mut [Element], text: &str) -> Result<(), Fault> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(malformed("text outside the root element")),
    }
    Ok(())
}

/// The five predefined entities and character references; no others exist
/// without a DTD.
fn push_reference(
    open: &mut [Element],
    reference: &quick_xml::events::BytesRef<'_>,
) -> Result<(), Fault> {
    if let Some(c) = reference.resolve_char_ref().map_err(|error| malformed(&error.to_string()))? {
        return push_text(open, c.encode_utf8(&mut [0; 4]));
    }
    let name = reference.decode().map_err(|error| malformed(&error.to_string()))?;
    let text = quick_xml::escape::resolve_predefined_entity(&name)
        .ok_or_else(|| malformed("unknown entity"))?;
    push_text(open, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let written = document("Root", Some("http://example/"), |root| {
            root.text("Key", "a<b>&\"c'\u{1}");
            root.element("Inner", |inner| inner.value("Size", 7));
        });
        let read = Element::parse(written.as_bytes(), "Root").expect("well formed");
        assert_eq!(read.required("Key").expect("key"), "a<b>&\"c'\u{FFFD}");
        let inner = read.child("Inner").expect("once").expect("there");
        assert_eq!(inner.required("Size").expect("size"), "7");
    }

    #[test]
    fn hostile_documents_are_malformed() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        let documents = [
            "",
            "<a>",
            "<a></b>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&unknown;</a>",
            "<a></a><b></b>",
            "text",
            &deep,
        ];
        for document in documents {
            assert!(Element::parse(document.as_bytes(), "a").is_err(), "{document}");
        }
    }
}
