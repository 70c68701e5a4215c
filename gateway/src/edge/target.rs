//! Host and path of a request -> bucket and key.
//!
//! Path style: `/bucket/key`. Virtual-host style: the bucket is the host's
//! labels before a configured base domain and the whole path is the key. The
//! port plays no part, since some SDKs leave it out. Keys are data: `.`, `..`,
//! `//` and control characters are kept. Whether a bucket's name is legal is
//! for the operations to say.
//!
//! Sources: AWS "Virtual hosting of buckets", "Object key names"; OBS "Accessing
//! OBS"; RFC 3986 sections 2.1 and 3.2.2.

use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

use crate::http::{Code, Fault, Target};

/// Longest key in bytes.
const MAX_KEY: usize = 1024;

/// The domains under which a first label is a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseDomains(Vec<String>);

impl BaseDomains {
    /// Domains as configured, for example `s3.example.com`. Case and a final
    /// dot do not matter; where several match a host, the longest counts.
    pub fn new<D: AsRef<str>>(domains: impl IntoIterator<Item = D>) -> Self {
        let normal = |domain: D| domain.as_ref().trim_matches('.').to_ascii_lowercase();
        let mut domains: Vec<String> = domains.into_iter().map(normal).collect();
        domains.retain(|domain| !domain.is_empty());
        domains.sort_by_key(|domain| std::cmp::Reverse(domain.len()));
        domains.dedup();
        Self(domains)
    }

    /// The domains, longest first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The bucket in a host's name; `None` for path style.
    fn bucket<'a>(&self, name: &'a str) -> Option<&'a str> {
        for domain in &self.0 {
            let Some(rest) = name.strip_suffix(domain.as_str()) else {
                continue;
            };
            // The host itself, or another domain that merely ends alike.
            if rest.is_empty() {
                return None;
            }
            if let Some(bucket) = rest.strip_suffix('.') {
                return Some(bucket);
            }
        }
        None
    }
}

impl Default for BaseDomains {
    /// `localhost`, `s3.localhost`, `obs.localhost`.
    fn default() -> Self {
        Self::new(["localhost", "s3.localhost", "obs.localhost"])
    }
}

/// What the request is about.
///
/// `host` is the `Host` header or HTTP/2's authority, `path` as on the wire.
/// Errors: `InvalidURI` (400) for a host or path that is malformed or no
/// UTF-8, `KeyTooLongError` for more than 1024 bytes.
pub fn locate(host: &str, path: &str, domains: &BaseDomains) -> Result<Target, Fault> {
    let host = host_name(host).ok_or_else(|| refused("The Host header is malformed."))?;
    let path = path.strip_prefix('/').ok_or_else(|| refused("The path must begin with /."))?;
    let (bucket, key) = match domains.bucket(&host) {
        Some(bucket) => (bucket.to_owned(), path),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (decode(bucket)?, key)
        }
    };
    let key = decode(key)?;
    if key.len() > MAX_KEY {
        return Err(Fault::new(Code::KeyTooLongError)
            .detail("Size", key.len())
            .detail("MaxSizeAllowed", MAX_KEY));
    }
    match (bucket.is_empty(), key.is_empty()) {
        (true, true) => Ok(Target::Service),
        (true, false) => Err(refused("The path names a key but no bucket.")),
        (false, true) => Ok(Target::Bucket(bucket)),
        (false, false) => Ok(Target::Object(bucket, key)),
    }
}

/// The host's name in lower case, without port and final dot; `None` when the
/// header is malformed.
fn host_name(host: &str) -> Option<String> {
    if let Some(rest) = host.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return port_fits.then(|| address.to_string());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let name = name.strip_suffix('.').unwrap_or(name);
    if !is_port(port) || name.is_empty() || name.len() > 253 {
        return None;
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Some(name.to_owned());
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let well_formed = name.bytes().all(is_name) && name.split('.').all(|label| !label.is_empty());
    well_formed.then(|| name.to_ascii_lowercase())
}

fn is_port(port: &str) -> bool {
    port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
}

/// Percent-decodes; `+` stays a plus sign.
fn decode(text: &str) -> Result<String, Fault> {
    let is_pair = |pair: &[u8; 2]| pair.iter().all(u8::is_ascii_hexdigit);
    let mut escapes = text.split('%').skip(1).map(|rest| rest.as_bytes().first_chunk());
    if !escapes.all(|pair| pair.is_some_and(is_pair)) {
        return Err(refused("The path has a malformed percent-encoding."));
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(refused("The path is not UTF-8.")),
    }
}

fn refused(message: &'static str) -> Fault {
    Fault::new(Code::InvalidURI).message(message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(bucket: &str, key: &str) -> Target {
        Target::Object(bucket.to_owned(), key.to_owned())
    }

    fn bucket(name: &str) -> Target {
        Target::Bucket(name.to_owned())
    }

    #[test]
    fn host_and_path_name_bucket_and_key() {
        let table = [
            ("localhost", "/", Target::Service),
            ("localhost:9000", "/b", bucket("b")),
            ("localhost:9000", "/b/", bucket("b")),
            ("localhost", "/b/k", object("b", "k")),
            ("b.localhost", "/", bucket("b")),
            ("b.localhost", "/k/l", object("b", "k/l")),
            ("B.LocalHost.:9443", "/k", object("b", "k")),
            ("my.dotted.localhost", "/k", object("my.dotted", "k")),
            ("s3.localhost", "/b/k", object("b", "k")),
            ("b.s3.localhost:9000", "/k", object("b", "k")),
            ("b.obs.localhost", "/k", object("b", "k")),
            ("notlocalhost", "/b/k", object("b", "k")),
            ("obs.example.com", "/b/k", object("b", "k")),
            ("127.0.0.1:9000", "/b/k", object("b", "k")),
            ("[::1]:9000", "/b/k", object("b", "k")),
            ("localhost", "/b/%E2%82%AC+%2B", object("b", "\u{20ac}++")),
        ];
        for (host, path, expected) in table {
            let found = locate(host, path, &BaseDomains::default());
            assert_eq!(found.expect(host), expected, "{host}{path}");
        }
    }

    #[test]
    fn odd_keys_are_data_and_kept_as_they_are() {
        for (path, key) in [
            ("/b//", "/"),
            ("/b//k", "/k"),
            ("/b/a//b", "a//b"),
            ("/b/../../etc/passwd", "../../etc/passwd"),
            ("/b/./", "./"),
            ("/b/%2e%2e/x", "../x"),
            ("/b/%00%0A%7F", "\0\n\u{7f}"),
        ] {
            let found = locate("localhost", path, &BaseDomains::default());
            assert_eq!(found.expect(path), object("b", key), "{path}");
        }
    }

    #[test]
    fn an_encoded_slash_cannot_move_the_border_between_bucket_and_key() {
        let found = locate("localhost", "/b%2Fk/l", &BaseDomains::default());
        assert_eq!(found.expect("decodes"), object("b/k", "l"));
    }

    #[test]
    fn malformed_hosts_and_paths_are_refused() {
        for (host, path) in [
            ("", "/"),
            (":80", "/"),
            ("local host", "/"),
            ("a/b", "/"),
            (".localhost", "/"),
            ("a..localhost", "/"),
            ("localhost:http", "/"),
            ("localhost:123456", "/"),
            ("u@localhost", "/"),
            ("[::1", "/"),
            ("[::1]x", "/"),
            ("localhost", "*"),
            ("localhost", ""),
            ("localhost", "/b/%"),
            ("localhost", "/b/%4"),
            ("localhost", "/b/%zz"),
            ("localhost", "/b/%4%31"),
            ("localhost", "/b/%ff"),
            ("localhost", "//k"),
        ] {
            let fault = locate(host, path, &BaseDomains::default()).expect_err(path);
            assert_eq!(fault.code, Code::InvalidURI, "{host}{path}");
        }
    }

    #[test]
    fn a_key_has_at_most_1024_bytes() {
        let path = |n: usize| format!("/b/{}", "%C3%A4".repeat(n));
        assert!(locate("localhost", &path(512), &BaseDomains::default()).is_ok());
        let fault = locate("localhost", &path(513), &BaseDomains::default()).expect_err("too long");
        assert_eq!(fault.code, Code::KeyTooLongError);
    }

    proptest! {
        #[test]
        fn no_host_and_path_panics(host in "\\PC{0,40}", path in "/?[\\PC%/]{0,80}") {
            let _ = locate(&host, &path, &BaseDomains::default());
        }

        #[test]
        fn every_key_survives_encoding(key in "\\PC{1,200}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let path = format!("/b/{}", utf8_percent_encode(&key, NON_ALPHANUMERIC));
            let found = locate("localhost", &path, &BaseDomains::default()).expect("legal");
            prop_assert_eq!(found, object("b", &key));
        }
    }
}
