//! What a running gateway records for `sealgate env`: where it listens and
//! which files clients need, in `endpoint.json` of the data directory.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

const NAME: &str = "endpoint.json";

/// Where clients reach the gateway. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Endpoint {
    /// HTTPS URL, unless off.
    pub https: Option<String>,
    /// HTTP URL, unless off.
    pub http: Option<String>,
    /// URL of health and metrics, unless off.
    pub admin: Option<String>,
    /// Region.
    pub region: String,
    /// The local CA, unless the certificate was given.
    pub ca_file: Option<String>,
    /// The root account's credentials, unless they were given.
    pub credentials_file: Option<String>,
}

impl Endpoint {
    /// Reads what the gateway of `data_dir` recorded.
    pub fn read(data_dir: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(data_dir.join(NAME))?)?)
    }

    /// Records it, whole or not at all.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let draft = data_dir.join("endpoint.json.new");
        std::fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(draft, data_dir.join(NAME))
    }
}

/// A URL at which this machine reaches a listener; one that listens everywhere
/// is reached at the loopback address. Addresses, not `localhost`: with a host
/// name, SDKs put the bucket's name in front of it.
pub fn url(scheme: &str, bound: SocketAddr) -> String {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, bound.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_all_addresses_is_reached_at_the_loopback() {
        assert_eq!(url("https", "0.0.0.0:9443".parse().unwrap()), "https://127.0.0.1:9443");
        assert_eq!(url("http", "[::]:9000".parse().unwrap()), "http://[::1]:9000");
        assert_eq!(url("http", "10.0.0.1:80".parse().unwrap()), "http://10.0.0.1:80");
    }
}
