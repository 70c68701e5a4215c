//! hyper's request -> [`Incoming`], or the fault that refuses it.
//!
//! Nothing of the body is read here. Sources: RFC 9112 section 3.2 (forms of
//! the request target), RFC 9113 section 8.3.1 (`:authority`).

use std::net::IpAddr;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{EXPECT, HOST, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Version};
use hyper::body::Incoming as Wire;

use super::body::{Reception, receive};
use super::record::Record;
use super::target::locate;
use super::{BaseDomains, Edge};
use crate::dialect::{Dialect, OBS, S3};
use crate::http::{Code, Fault, Incoming, Query, Target};
use crate::stream::Trailers;

/// What the edge knows of a request besides its bytes.
pub(super) struct Origin {
    pub(super) remote: IpAddr,
    pub(super) secure: bool,
    pub(super) request_id: String,
    pub(super) received: SystemTime,
}

/// Parses a request. Errors: `InvalidURI` (400) for a malformed host, path or
/// query, `KeyTooLongError`, `InvalidRequest` for a missing host, a form of
/// target that no client of ours sends, or headers beyond the limit.
pub(super) fn read(
    edge: &Edge,
    request: http::Request<Wire>,
    origin: Origin,
    record: &Record,
) -> Result<Incoming, Fault> {
    let (parts, body) = request.into_parts();
    let head = read_head(parts, &edge.domains, edge.limits.header_bytes)?;
    let reception = Reception {
        limits: edge.limits,
        received: record.bytes_in.clone(),
        expects_continue: head.headers.contains_key(EXPECT),
        linger: head.version < Version::HTTP_2,
    };
    Ok(Incoming {
        method: head.method,
        target: head.target,
        raw_path: head.raw_path,
        raw_query: head.raw_query,
        query: head.query,
        headers: head.headers,
        body: receive(body, reception),
        document: Bytes::new(),
        trailers: Trailers::default(),
        secure: origin.secure,
        remote: origin.remote,
        request_id: origin.request_id,
        received: origin.received,
    })
}

/// The dialect to refuse a request in that came no further than the edge.
pub(super) fn likely_dialect(headers: &HeaderMap) -> &'static Dialect {
    let signed_obs = headers
        .get(http::header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"OBS "));
    let named_obs = headers.keys().any(|name| name.as_str().starts_with(OBS.prefix));
    if signed_obs || named_obs { &OBS } else { &S3 }
}

#[derive(Debug)]
struct Head {
    version: Version,
    method: Method,
    target: Target,
    raw_path: String,
    raw_query: String,
    query: Query,
    headers: HeaderMap,
}

fn read_head(parts: Parts, domains: &BaseDomains, header_bytes: u32) -> Result<Head, Fault> {
    let Parts { method, uri, version, mut headers, .. } = parts;
    let size: usize = headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    if size > header_bytes as usize {
        return Err(refused("Your request's header section exceeds the maximum allowed size."));
    }
    let is_http2 = version == Version::HTTP_2;
    if method == Method::CONNECT || (uri.authority().is_some() && !is_http2) {
        return Err(refused("The request target must be a path."));
    }
    if let Some(authority) = uri.authority() {
        name_host(&mut headers, authority.as_str())?;
    }
    let host = only_host(&headers)?;
    let target = locate(host, uri.path(), domains)?;
    let raw_query = uri.query().unwrap_or_default().to_owned();
    let query = Query::parse(&raw_query)
        .ok_or_else(|| Fault::new(Code::InvalidURI).message("The query is not UTF-8."))?;
    Ok(Head { version, method, target, raw_path: uri.path().to_owned(), raw_query, query, headers })
}

/// Sets HTTP/2's authority as `host`. Errors: a `host` that says otherwise.
fn name_host(headers: &mut HeaderMap, authority: &str) -> Result<(), Fault> {
    let value = HeaderValue::try_from(authority).map_err(|_| refused("The host is malformed."))?;
    match headers.insert(HOST, value.clone()) {
        Some(other) if !other.as_bytes().eq_ignore_ascii_case(value.as_bytes()) => {
            Err(refused("The Host header and the authority differ."))
        }
        _ => Ok(()),
    }
}

fn only_host(headers: &HeaderMap) -> Result<&str, Fault> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(refused("Your request must have exactly one Host header."));
    };
    host.to_str().map_err(|_| refused("The Host header is malformed."))
}

fn refused(message: &'static str) -> Fault {
    Fault::new(Code::InvalidRequest).message(message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(version: Version, uri: &str, headers: &[(&str, &str)]) -> Result<Head, Fault> {
        let mut request = http::Request::builder().version(version).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("parses").into_parts();
        read_head(parts, &BaseDomains::default(), 4096)
    }

    #[test]
    fn path_and_query_are_kept_as_on_the_wire_for_signatures() {
        let head = head(Version::HTTP_11, "/b/%61%2Fc?prefix=%61&x", &[("host", "localhost")])
            .expect("legal");
        assert_eq!(head.target, Target::Object("b".to_owned(), "a/c".to_owned()));
        assert_eq!(head.raw_path, "/b/%61%2Fc");
        assert_eq!(head.raw_query, "prefix=%61&x");
        assert_eq!(head.query.value("prefix"), Some("a"));
    }

    #[test]
    fn the_authority_of_http2_becomes_the_host() {
        let head = head(Version::HTTP_2, "https://b.localhost:9443/k", &[]).expect("legal");
        assert_eq!(head.headers.get(HOST).expect("set"), "b.localhost:9443");
        assert_eq!(head.target, Target::Object("b".to_owned(), "k".to_owned()));
    }

    #[test]
    fn requests_without_one_clear_host_are_refused() {
        let (one, two) = (Version::HTTP_11, Version::HTTP_2);
        let host: &[_] = &[("host", "localhost")];
        for refused in [
            head(one, "/b", &[]),
            head(one, "/b", &[("host", "localhost"), ("host", "b.localhost")]),
            head(one, "http://localhost/b", host),
            head(one, "*", host),
            head(two, "https://localhost/b", &[("host", "b.localhost")]),
        ] {
            assert_eq!(refused.expect_err("refused").code.status(), 400);
        }
    }

    #[test]
    fn headers_beyond_the_limit_are_refused() {
        let long = "x".repeat(5000);
        let headers = [("host", "localhost"), ("x-amz-meta-a", long.as_str())];
        assert!(head(Version::HTTP_11, "/b", &headers).is_err());
    }

    proptest! {
        #[test]
        fn no_url_panics(path in "/[!-~]{0,60}", host in "[!-~]{0,30}") {
            let request = http::Request::builder().uri(&path).header("host", &host).body(());
            if let Ok(request) = request {
                let _ = read_head(request.into_parts().0, &BaseDomains::default(), 4096);
            }
        }
    }
}
