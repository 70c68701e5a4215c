//! A [`Reply`] as HTTP: ids, date and length are added, the body is passed on
//! frame by frame.
//!
//! Invariant: a client never takes a cut body for a whole one. A body that
//! fails, or is not as long as was announced, cuts the connection (HTTP/1) or
//! the stream (HTTP/2).

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, SERVER, TRANSFER_ENCODING,
};
use http::{HeaderMap, Response, StatusCode};
use http_body::{Frame, SizeHint};

use super::Answer;
use super::record::Record;
use crate::stream::{Body, BodyError};

const NAME: HeaderValue = HeaderValue::from_static("Sealgate");

/// Turns an answer into hyper's response; the record ends with its body.
/// `bodiless` is true for HEAD, where the length is announced and nothing sent.
pub(super) fn respond(
    mut answer: Answer,
    request_id: &str,
    bodiless: bool,
    mut record: Record,
) -> Response<ReplyBody> {
    record.answer(&mut answer);
    let status = answer.reply.status;
    let mut headers = answer.reply.headers;
    let body = answer.reply.body;
    let len = settle_length(&mut headers, &body, status, bodiless);
    let bodiless = bodiless || has_no_body(status);
    headers.insert(SERVER, NAME);
    for name in ["request-id", "id-2"] {
        let name = HeaderName::try_from(answer.dialect.header(name));
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(request_id)) {
            headers.insert(name, value);
        }
    }
    let body = match bodiless {
        true => ReplyBody::new(Body::empty(), Some(0), record),
        false => ReplyBody::new(body, len, record),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Statuses that never have a body (RFC 9110, section 6.4.1).
fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The length of the body, where it is known, and the headers that say so. A
/// HEAD's own `Content-Length` stands; elsewhere the body's length counts and
/// hyper writes it.
fn settle_length(
    headers: &mut HeaderMap,
    body: &Body,
    status: StatusCode,
    bodiless: bool,
) -> Option<u64> {
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONNECTION);
    let announced = headers.remove(CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    if has_no_body(status) {
        return None;
    }
    let len = match bodiless {
        true => announced.or(body.len()),
        false => body.len().or(announced),
    };
    if let Some(len) = len {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
    }
    len
}

/// The body on its way out.
pub(super) struct ReplyBody {
    body: Body,
    /// Bytes still to come, when known.
    left: Option<u64>,
    /// Whether a chunk was handed out and the next not yet asked for.
    is_unread: bool,
    record: Record,
}

impl ReplyBody {
    fn new(body: Body, left: Option<u64>, mut record: Record) -> Self {
        if left == Some(0) {
            record.complete();
        }
        Self { body, left, is_unread: false, record }
    }

    /// Counts a chunk. Errors: `TooLarge` when it is more than was announced.
    fn count(&mut self, bytes: u64) -> Result<(), BodyError> {
        self.record.sent(bytes);
        let Some(left) = self.left else { return Ok(()) };
        let left = left.checked_sub(bytes).ok_or(BodyError::TooLarge { limit: left })?;
        self.left = Some(left);
        if left == 0 {
            self.record.complete();
        }
        Ok(())
    }

    fn was_read(&mut self) {
        if std::mem::take(&mut self.is_unread) {
            self.record.activity.reply_is_read();
        }
    }
}

impl http_body::Body for ReplyBody {
    type Data = Bytes;
    type Error = ReplyAborted;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReplyAborted>>> {
        let this = self.get_mut();
        this.was_read();
        let polled = {
            let span = this.record.span.clone();
            let _entered = span.enter();
            Pin::new(&mut this.body).poll_next(cx)
        };
        let outcome = match polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(chunk))) => match this.count(chunk.len() as u64) {
                Ok(()) => {
                    this.is_unread = true;
                    this.record.activity.reply_waits();
                    return Poll::Ready(Some(Ok(Frame::data(chunk))));
                }
                Err(error) => Err(error),
            },
            Poll::Ready(Some(Err(error))) => Err(error),
            Poll::Ready(None) if this.left.unwrap_or(0) > 0 => Err(BodyError::Truncated),
            Poll::Ready(None) => Ok(()),
        };
        this.body = Body::empty();
        match outcome {
            Ok(()) => {
                this.record.complete();
                Poll::Ready(None)
            }
            Err(error) => {
                this.record.fail(error);
                Poll::Ready(Some(Err(ReplyAborted)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for ReplyBody {
    fn drop(&mut self) {
        self.was_read();
    }
}

/// Tells hyper to cut the answer off; the reason is in the log.
#[derive(Debug, thiserror::Error)]
#[error("the answer was cut off")]
pub(super) struct ReplyAborted;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Reply;

    fn headers(reply: Reply, bodiless: bool) -> (Option<u64>, Option<String>) {
        let mut headers = reply.headers;
        let len = settle_length(&mut headers, &reply.body, reply.status, bodiless);
        (len, headers.get(CONTENT_LENGTH).map(|v| v.to_str().expect("digits").to_owned()))
    }

    #[test]
    fn the_length_is_the_bodys_and_for_head_the_announced_one() {
        let body = || Reply::ok().body(Body::full("four"));
        assert_eq!(headers(body(), false), (Some(4), Some("4".to_owned())));
        assert_eq!(headers(body().with("content-length", "9"), false).0, Some(4));
        assert_eq!(headers(Reply::ok().with("content-length", "9"), true).1, Some("9".to_owned()));
        assert_eq!(headers(Reply::no_content(), false), (None, None));
    }

    #[test]
    fn a_header_value_cannot_start_a_new_header() {
        for value in ["a\r\nset-cookie: b", "a\nb", "a\0b"] {
            assert!(Reply::ok().with("x-amz-meta-a", value).headers.is_empty(), "{value:?}");
        }
    }
}
