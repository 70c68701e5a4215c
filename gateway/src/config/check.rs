//! What must hold between settings; each rule says what to do.

use super::credential::{is_access_key_id, is_secret_key};
use super::settings::Settings;
use super::values::Provider;

/// Everything that is wrong with settings whose values are well-formed.
pub(super) fn problems(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    let mut require = |holds: bool, otherwise: &str| {
        if !holds {
            found.push(otherwise.to_owned());
        }
    };
    let listen = &settings.listen;
    require(
        listen.http.address().is_some() || listen.https.address().is_some(),
        "listen.http and listen.https are both off; turn one on",
    );
    require(
        is_region(&settings.region),
        "region must be 1 to 32 lower-case letters, digits and hyphens",
    );
    require(
        settings.root_access_key.is_some() == settings.root_secret_key.is_some(),
        "root_access_key and root_secret_key are given together or not at all",
    );
    if let Some(key) = &settings.root_access_key {
        require(
            is_access_key_id(key),
            "root_access_key must be 3 to 128 letters, digits, hyphens, dots or underscores",
        );
    }
    if let Some(secret) = &settings.root_secret_key {
        require(
            is_secret_key(secret.expose()),
            "root_secret_key must be 8 to 128 printable characters without spaces",
        );
    }
    require(
        settings.tls.cert.is_some() == settings.tls.key.is_some(),
        "tls.cert and tls.key are given together or not at all",
    );
    for proxy in &settings.tls.trusted_proxies {
        require(
            is_network(proxy),
            &format!("tls.trusted_proxies: {proxy:?} is no address or CIDR range"),
        );
    }
    found.extend(hsm(settings));
    found.extend(backing(settings));
    found.extend(bounds(settings));
    found
}

fn hsm(settings: &Settings) -> Vec<String> {
    let hsm = &settings.hsm;
    if hsm.provider == Provider::Software {
        return Vec::new();
    }
    let needed = [
        ("hsm.module", hsm.module.is_some()),
        ("hsm.token_label", hsm.token_label.is_some()),
        ("hsm.pin_file", hsm.pin_file.is_some()),
    ];
    let missing = needed.iter().filter(|(_, given)| !given);
    missing.map(|(name, _)| format!("hsm.provider = \"pkcs11\" needs {name}")).collect()
}

fn backing(settings: &Settings) -> Vec<String> {
    let backing = &settings.backing;
    let mut found = Vec::new();
    let known = backing.url == "local"
        || backing.url.starts_with("file:///")
        || backing.url.strip_prefix("s3://").is_some_and(|rest| !rest.is_empty());
    if !known {
        found.push(
            "backing.url must be local, file:///PATH or s3://BUCKET or s3://BUCKET/PREFIX"
                .to_owned(),
        );
    }
    if backing.access_key_id.is_some() != backing.secret_access_key_file.is_some() {
        found.push(
            "backing.access_key_id and backing.secret_access_key_file are given together or \
             not at all"
                .to_owned(),
        );
    }
    let plain = backing.endpoint.as_deref().is_some_and(|e| e.starts_with("http://"));
    if plain && !backing.allow_http {
        found.push(
            "backing.endpoint is http://; use https:// or set backing.allow_http = true".to_owned(),
        );
    }
    found
}

fn bounds(settings: &Settings) -> Vec<String> {
    let limits = &settings.limits;
    let ranges = [
        ("hsm.threads", settings.hsm.threads, 1, 64),
        ("limits.max_connections", limits.max_connections, 1, 1_000_000),
        ("limits.max_in_flight", limits.max_in_flight, 1, 1_000_000),
        ("limits.header_bytes", limits.header_bytes, 8 * 1024, 1024 * 1024),
        ("limits.header_timeout_s", limits.header_timeout_s, 1, 3600),
        ("limits.idle_timeout_s", limits.idle_timeout_s, 1, 3600),
        ("limits.min_body_rate", limits.min_body_rate, 0, 1 << 30),
        ("limits.drain_deadline_s", limits.drain_deadline_s, 0, 3600),
        ("gc.sweep_interval_s", settings.gc.sweep_interval_s, 1, 30 * 86_400),
        ("gc.orphan_age_s", settings.gc.orphan_age_s, 0, 365 * 86_400),
        ("gc.condemned_grace_s", settings.gc.condemned_grace_s, 0, 365 * 86_400),
        ("gc.read_grace_s", settings.gc.read_grace_s, 0, 365 * 86_400),
        ("gc.alarm_percent", settings.gc.alarm_percent, 0, 100),
    ];
    let outside = ranges.iter().filter(|(_, value, low, high)| !(low..=high).contains(&value));
    outside.map(|(name, _, low, high)| format!("{name} must be {low} to {high}")).collect()
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return false;
    };
    let widest = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= widest))
}
