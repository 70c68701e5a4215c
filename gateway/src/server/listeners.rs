//! The listeners that the settings name: bound first, served once all else is
//! there.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{HeaderName, HeaderValue};
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Refusal;
use super::endpoint::url;
use crate::config::{Limits, Listener, Settings};
use crate::edge::admin::Check;
use crate::edge::tls::{CertificateFiles, Tls};
use crate::edge::{self, Edge, EdgeLimits, Shutdown, TrustedProxies};
use crate::telemetry::Metrics;

/// Bound sockets that nobody serves yet; connections wait in the kernel.
pub(super) struct Listeners {
    http: Option<TcpListener>,
    https: Option<TcpListener>,
    admin: Option<TcpListener>,
}

/// What the listeners serve.
pub(super) struct Served {
    pub edge: Arc<Edge>,
    pub tls: Option<Arc<Tls>>,
    pub proxies: TrustedProxies,
    pub checks: Vec<Check>,
    pub metrics: Metrics,
}

impl Listeners {
    /// Binds every address that is on, so that a port in use ends the start
    /// before anything is made.
    pub(super) fn bind(settings: &Settings) -> Result<Self, Refusal> {
        let listen = &settings.listen;
        Ok(Self {
            http: bind("listen.http", listen.http)?,
            https: bind("listen.https", listen.https)?,
            admin: bind("listen.admin", listen.admin)?,
        })
    }

    /// The URLs of HTTPS, HTTP and admin, with the ports that the system chose.
    pub(super) fn urls(&self) -> [Option<String>; 3] {
        let of = |scheme, listener: &Option<TcpListener>| {
            let bound = listener.as_ref()?.local_addr().ok()?;
            Some(url(scheme, bound))
        };
        [of("https", &self.https), of("http", &self.http), of("http", &self.admin)]
    }

    /// Serves until `shutdown`; the set is empty once all is drained.
    pub(super) fn serve(self, served: Served, shutdown: &Shutdown) -> JoinSet<()> {
        let Served { edge, tls, proxies, checks, metrics } = served;
        let mut tasks = JoinSet::new();
        if let Some(listener) = self.http {
            tasks.spawn(edge::http(listener, edge.clone(), proxies, shutdown.clone()));
        }
        if let (Some(listener), Some(tls)) = (self.https, tls) {
            tasks.spawn(tls.clone().watch(shutdown.clone()));
            // The proxy rule is for the plain listener: here TLS is our own.
            let nobody = TrustedProxies::default();
            tasks.spawn(edge::https(listener, edge, tls, nobody, shutdown.clone()));
        }
        if let Some(listener) = self.admin {
            tasks.spawn(edge::admin(listener, checks, metrics, shutdown.clone()));
        }
        tasks
    }
}

fn bind(name: &str, listener: Listener) -> Result<Option<TcpListener>, Refusal> {
    let Some(address) = listener.address() else {
        return Ok(None);
    };
    edge::bind(address).map(Some).map_err(|error| {
        Refusal::because(format!("{name}: cannot listen on {address}: {error}; choose another"))
    })
}

/// The certificate: the operator's, or one of the local CA in the data directory.
pub(super) fn tls(
    settings: &Settings,
    data_dir: &Path,
    now: SystemTime,
) -> Result<Option<Arc<Tls>>, Refusal> {
    if settings.listen.https.address().is_none() {
        return Ok(None);
    }
    let tls = match (&settings.tls.cert, &settings.tls.key) {
        (Some(certificate), Some(key)) => {
            Tls::from_files(CertificateFiles { certificate: certificate.clone(), key: key.clone() })
        }
        _ => Tls::local(&data_dir.join("tls"), &settings.base_domains, now),
    };
    tls.map(Some).map_err(Refusal::because)
}

/// Whom the plain listener believes about TLS and the client's address.
pub(super) fn proxies(settings: &Settings) -> Result<TrustedProxies, Refusal> {
    let mut peers = Vec::new();
    for text in &settings.tls.trusted_proxies {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        peers.push(
            network.map_err(|error| {
                Refusal::because(format!("tls.trusted_proxies: {text}: {error}"))
            })?,
        );
    }
    let https = HeaderValue::from_static("https");
    Ok(TrustedProxies {
        peers,
        secure: Some((HeaderName::from_static("x-forwarded-proto"), https)),
        client: Some(HeaderName::from_static("x-real-ip")),
    })
}

/// The edge's limits as the settings have them.
pub(super) fn limits(settings: &Limits) -> EdgeLimits {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    EdgeLimits {
        max_connections: count(settings.max_connections),
        max_in_flight: count(settings.max_in_flight),
        header_bytes: u32::try_from(settings.header_bytes).unwrap_or(u32::MAX),
        header_timeout: Duration::from_secs(settings.header_timeout_s),
        idle_timeout: Duration::from_secs(settings.idle_timeout_s),
        min_body_rate: settings.min_body_rate,
        drain_deadline: Duration::from_secs(settings.drain_deadline_s),
    }
}
