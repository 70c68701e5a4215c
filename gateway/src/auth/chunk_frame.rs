//! The framing of aws-chunked bodies, without I/O: bytes in, frames out.
//!
//! Not here: signatures, lengths and trailer names ([`super::chunked`]).
//! Invariant: at most one line of [`LINE_MAX`] bytes is held; data pass through
//! without a copy, in the pieces that came.
//!
//! Source: "Signature Calculations: Transferring a Payload in Multiple Chunks"
//! (S3 API reference). Two liberties that real clients need: trailer lines may
//! end in a bare LF, and one empty line more may follow the trailer (minio-go).

use bytes::{Buf, Bytes};

use crate::stream::BodyError;

/// Longest line: a chunk's header or one trailer field.
const LINE_MAX: usize = 1024;
/// Most lines of a trailer, with its empty ones.
const TRAILER_LINES_MAX: usize = 16;
/// The signature of a trailer, itself a line of it.
pub(super) const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// What the framing consists of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A chunk of this many bytes begins. The last one has none.
    Chunk { len: u64, signature: Option<String> },
    /// Bytes of the chunk, at least one.
    Data(Bytes),
    /// A trailer field: lower-case name and trimmed value.
    Trailer(String, String),
}

/// The state of the framing.
#[derive(Debug)]
pub(super) struct Frames {
    state: State,
    line: Vec<u8>,
    has_signatures: bool,
    has_trailer: bool,
    trailer_lines: usize,
    trailer_is_signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A chunk's header line.
    Header,
    /// This many bytes of the chunk's data.
    Data(u64),
    /// The line break behind a chunk's data.
    DataEnd,
    /// The line break that ends a body without trailer.
    BodyEnd,
    /// Trailer lines.
    Trailer,
    /// All is told; this many bytes of line breaks may follow.
    Done(u8),
}

impl Frames {
    /// Framing whose chunks carry signatures or not, with or without a trailer.
    pub(super) fn new(has_signatures: bool, has_trailer: bool) -> Self {
        Self {
            state: State::Header,
            line: Vec::new(),
            has_signatures,
            has_trailer,
            trailer_lines: 0,
            trailer_is_signed: false,
        }
    }

    /// True when the framing is complete.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// The next frame of `input`, which is consumed as far as needed; `None`
    /// when more is needed. Errors: [`BodyError::MalformedChunk`].
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Frame>, BodyError> {
        while !input.is_empty() {
            match self.state {
                State::Data(left) => return Ok(Some(self.data(left, input))),
                State::Done(allowed) => self.epilogue(allowed, input)?,
                State::Header | State::DataEnd | State::BodyEnd | State::Trailer => {
                    let Some(line) = self.line(input)? else {
                        return Ok(None);
                    };
                    if let Some(frame) = self.told_by(&line)? {
                        return Ok(Some(frame));
                    }
                }
            }
        }
        Ok(None)
    }

    /// What a whole line, still with its CR, means in this state.
    fn told_by(&mut self, line: &str) -> Result<Option<Frame>, BodyError> {
        match self.state {
            State::Header => self.chunk(line).map(Some),
            State::Trailer => self.trailer(line.trim_end_matches('\r')),
            _ if line != "\r" => Err(BodyError::MalformedChunk("no line break behind a chunk")),
            State::DataEnd => {
                self.state = State::Header;
                Ok(None)
            }
            State::BodyEnd | State::Data(_) | State::Done(_) => {
                self.state = State::Done(0);
                Ok(None)
            }
        }
    }

    /// `HEX-LENGTH` or `HEX-LENGTH;chunk-signature=HEX`.
    fn chunk(&mut self, line: &str) -> Result<Frame, BodyError> {
        const MALFORMED: BodyError = BodyError::MalformedChunk("a chunk's header");
        let line = line.strip_suffix('\r').ok_or(MALFORMED)?;
        let (len, signature) = match line.split_once(";chunk-signature=") {
            Some((len, signature)) => (len, Some(signature.to_owned())),
            None => (line, None),
        };
        let is_hex = !len.is_empty() && len.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hex || signature.is_some() != self.has_signatures {
            return Err(MALFORMED);
        }
        let len = u64::from_str_radix(len, 16).map_err(|_| MALFORMED)?;
        self.state = match len {
            0 if self.has_trailer => State::Trailer,
            0 => State::BodyEnd,
            len => State::Data(len),
        };
        Ok(Frame::Chunk { len, signature })
    }

    fn data(&mut self, left: u64, input: &mut Bytes) -> Frame {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        self.state = match left - len as u64 {
            0 => State::DataEnd,
            left => State::Data(left),
        };
        Frame::Data(input.split_to(len))
    }

    /// A field, or the empty line that ends the trailer. In a signed trailer
    /// the end comes only behind the signature: minio-go puts an empty line
    /// before it.
    fn trailer(&mut self, line: &str) -> Result<Option<Frame>, BodyError> {
        self.trailer_lines += 1;
        if self.trailer_lines > TRAILER_LINES_MAX {
            return Err(BodyError::MalformedChunk("the trailer has too many lines"));
        }
        if line.is_empty() {
            if self.trailer_is_signed || !self.has_signatures {
                self.state = State::Done(2);
            }
            return Ok(None);
        }
        let field = line.split_once(':').ok_or(BodyError::MalformedChunk("a trailer field"))?;
        let (name, value) = (field.0.trim().to_ascii_lowercase(), field.1.trim().to_owned());
        self.trailer_is_signed |= name == TRAILER_SIGNATURE;
        Ok(Some(Frame::Trailer(name, value)))
    }

    fn epilogue(&mut self, allowed: u8, input: &mut Bytes) -> Result<(), BodyError> {
        let is_break = input.first().is_some_and(|b| b"\r\n".contains(b));
        let left = allowed.checked_sub(1).filter(|_| is_break);
        let left = left.ok_or(BodyError::MalformedChunk("bytes behind the last chunk"))?;
        input.advance(1);
        self.state = State::Done(left);
        Ok(())
    }

    /// A line without its LF once it is whole, across as many inputs as it takes.
    fn line(&mut self, input: &mut Bytes) -> Result<Option<String>, BodyError> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let piece = input.split_to(end.unwrap_or(input.len()));
        if self.line.len() + piece.len() > LINE_MAX {
            return Err(BodyError::MalformedChunk("a line is too long"));
        }
        self.line.extend_from_slice(&piece);
        if end.is_none() {
            return Ok(None);
        }
        input.advance(1);
        String::from_utf8(std::mem::take(&mut self.line))
            .map(Some)
            .map_err(|_| BodyError::MalformedChunk("a line is not text"))
    }
}
