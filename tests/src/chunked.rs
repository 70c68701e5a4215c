//! `aws-chunked` bodies, with signed chunks or without, with a trailer or without.
//!
//! Source: "Signature Calculations for the Authorization Header: Transferring
//! Payload in Multiple Chunks" (S3 API reference).

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::Payload;

/// What the signature of the next chunk hangs on.
pub(crate) struct Chain {
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) at: SystemTime,
    pub(crate) signature: String,
}

/// The body as it goes over the wire in this mode.
pub(crate) fn encode(payload: &Payload, body: &Bytes, chain: Option<&Chain>) -> Bytes {
    let (len, trailer) = match payload {
        Payload::Chunked(len) => (*len, None),
        Payload::ChunkedTrailer(len, name, value) | Payload::UnsignedTrailer(len, name, value) => {
            (*len, Some((name, value)))
        }
        Payload::Signed | Payload::Unsigned | Payload::Claimed(_) => return body.clone(),
    };
    let chain = chain.filter(|_| !matches!(payload, Payload::UnsignedTrailer(..)));
    let mut previous = chain.map(|chain| chain.signature.clone()).unwrap_or_default();
    let mut wire = Vec::with_capacity(body.len() + body.len() / 16 + 512);
    for chunk in body.chunks(len.max(1)).chain([&[] as &[u8]]) {
        let mut head = format!("{:x}", chunk.len());
        if let Some(chain) = chain {
            let hashes = format!("{}\n{}", sha256(b""), sha256(chunk));
            previous = chain.link("AWS4-HMAC-SHA256-PAYLOAD", &previous, &hashes);
            head.push_str(&format!(";chunk-signature={previous}"));
        }
        wire.extend_from_slice(head.as_bytes());
        wire.extend_from_slice(b"\r\n");
        wire.extend_from_slice(chunk);
        if !chunk.is_empty() || trailer.is_none() {
            wire.extend_from_slice(b"\r\n");
        }
    }
    if let Some((name, value)) = trailer {
        wire.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        if let Some(chain) = chain {
            let hash = sha256(format!("{name}:{value}\n").as_bytes());
            let signature = chain.link("AWS4-HMAC-SHA256-TRAILER", &previous, &hash);
            wire.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        wire.extend_from_slice(b"\r\n");
    }
    wire.into()
}

impl Chain {
    fn link(&self, algorithm: &str, previous: &str, hashes: &str) -> String {
        let at = self.at.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let (date, time) = calendar(at);
        let text = format!(
            "{algorithm}\n{date}T{time}Z\n{date}/{}/s3/aws4_request\n{previous}\n{hashes}",
            self.region
        );
        let key = generate_signing_key(&self.secret, self.at, &self.region, "s3");
        calculate_signature(key, text.as_bytes())
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// `YYYYMMDD` and `HHMMSS` of Unix seconds (civil calendar, days since 0000-03-01).
pub(crate) fn calendar(seconds: u64) -> (String, String) {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let rest = seconds % 86_400;
    let time = format!("{:02}{:02}{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    (format!("{year:04}{month:02}{day:02}"), time)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_calendar_knows_leap_years() {
        let at = |seconds| super::calendar(seconds).0;
        assert_eq!(at(0), "19700101");
        assert_eq!(at(1_709_164_800), "20240229");
        assert_eq!(super::calendar(1_369_353_600), ("20130524".to_owned(), "000000".to_owned()));
    }
}
