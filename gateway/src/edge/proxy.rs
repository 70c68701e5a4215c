//! Proxies that a listener trusts to say that the client's own connection was
//! TLS, and from where it came.
//!
//! Invariant: without a setting nobody is believed, and from a peer that is
//! not listed the headers mean nothing. One header has one value that vouches.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use ipnet::IpNet;

/// Whom a listener believes, and what they say. The default believes nobody.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Peers that are believed.
    pub peers: Vec<IpNet>,
    /// The header and its only value that vouches for TLS, for example
    /// `x-forwarded-proto` and `https`.
    pub secure: Option<(HeaderName, HeaderValue)>,
    /// The header with the client's address, one address alone, for example
    /// `x-real-ip`.
    pub client: Option<HeaderName>,
}

impl TrustedProxies {
    /// Whether `peer` vouches that the client came over TLS.
    pub(super) fn vouch(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let Some((name, value)) = &self.secure else {
            return false;
        };
        self.is_trusted(peer) && only_value(headers, name) == Some(value)
    }

    /// The client's address: the peer's own unless a listed peer names another.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let Some(name) = self.client.as_ref().filter(|_| self.is_trusted(peer)) else {
            return peer;
        };
        only_value(headers, name)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(peer)
    }

    fn is_trusted(&self, peer: IpAddr) -> bool {
        self.peers.iter().any(|network| network.contains(&peer))
    }
}

fn only_value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> TrustedProxies {
        TrustedProxies {
            peers: vec!["10.0.0.0/8".parse().expect("cidr")],
            secure: Some((
                HeaderName::from_static("x-forwarded-proto"),
                HeaderValue::from_static("https"),
            )),
            client: Some(HeaderName::from_static("x-real-ip")),
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_client_cannot_vouch_for_its_own_tls() {
        let https = headers(&[("x-forwarded-proto", "https")]);
        let (proxy, client) = ([10, 1, 2, 3].into(), [192, 0, 2, 1].into());
        assert!(proxies().vouch(proxy, &https));
        assert!(!proxies().vouch(client, &https));
        assert!(!TrustedProxies::default().vouch(proxy, &https));
    }

    #[test]
    fn a_header_given_twice_or_with_another_value_vouches_for_nothing() {
        let proxy = [10, 1, 2, 3].into();
        let twice = headers(&[("x-forwarded-proto", "https"), ("x-forwarded-proto", "https")]);
        for map in [twice, headers(&[("x-forwarded-proto", "http")]), headers(&[])] {
            assert!(!proxies().vouch(proxy, &map));
        }
    }

    #[test]
    fn only_a_listed_proxy_may_name_the_client() {
        let named = headers(&[("x-real-ip", "192.0.2.7")]);
        let (proxy, other): (IpAddr, IpAddr) = ([10, 1, 2, 3].into(), [192, 0, 2, 1].into());
        assert_eq!(proxies().client(proxy, &named), IpAddr::from([192, 0, 2, 7]));
        assert_eq!(proxies().client(other, &named), other);
        assert_eq!(proxies().client(proxy, &headers(&[("x-real-ip", "a, b")])), proxy);
    }
}
