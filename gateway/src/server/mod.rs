//! Builds a gateway from its settings and runs it until it is told to stop.
//!
//! Order of the start: core dumps off, log, lock of the data directory,
//! sockets bound, components ([`bootstrap`]), endpoint recorded, served. Order
//! of the end: stop accepting, drain within the deadline, close the rest.

mod bootstrap;
mod data_dir;
pub mod endpoint;
mod greeting;
mod harden;
mod inspect;
mod listeners;
mod operator;
mod readiness;
mod vault;

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{LogFormat, Settings};
use crate::control;
use crate::dialect::S3;
use crate::dialect::render_fault::render_fault;
use crate::edge::{Answer, BaseDomains, Edge, Handler, Shutdown, ShutdownTrigger};
use crate::http::{Code, Fault};
use crate::iam::credentials_file;
use crate::telemetry;

use bootstrap::Built;
use data_dir::DataDir;
use endpoint::Endpoint;
use listeners::{Listeners, Served};

/// Why the gateway did not start or did not go on: a sentence for the operator
/// that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

impl Refusal {
    /// A refusal for this reason.
    fn because(reason: impl ToString) -> Self {
        Self(reason.to_string())
    }
}

/// Runs a gateway until SIGTERM or SIGINT, and returns when it has drained.
/// Errors: what kept it from starting.
pub fn serve(settings: Settings) -> Result<(), Refusal> {
    if let Err(error) = harden::forbid_core_dumps() {
        return Err(Refusal::because(format!("core dumps cannot be turned off: {error}")));
    }
    let _log = telemetry::log::start(&log_settings(&settings)).map_err(Refusal::because)?;
    let data_dir = DataDir::open(&settings.data_dir).map_err(Refusal::because)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Refusal::because)?;
    let outcome = runtime.block_on(run(settings, data_dir.path()));
    control::socket::remove(data_dir.path());
    outcome
}

async fn run(settings: Settings, data_dir: &Path) -> Result<(), Refusal> {
    let settings = Arc::new(settings);
    let (trigger, shutdown) = Shutdown::new();
    let stop = stop_on_signals(trigger)?;
    let listeners = Listeners::bind(&settings)?;
    let tls = listeners::tls(&settings, data_dir, SystemTime::now())?;
    let Built { gateway, root } = bootstrap::build(settings.clone(), data_dir).await?;

    let endpoint = record_endpoint(&settings, &listeners, data_dir)?;
    let domains = BaseDomains::new(&settings.base_domains);
    let limits = listeners::limits(&settings.limits);
    let served = Served {
        edge: Edge::new(handler(), limits, domains, gateway.metrics.clone()),
        tls,
        proxies: listeners::proxies(&settings)?,
        checks: readiness::checks(&gateway, &root),
        metrics: gateway.metrics.clone(),
    };
    let socket = control::socket::listen(data_dir).map_err(|error| {
        Refusal::because(format!("the control socket cannot be opened: {error}"))
    })?;
    let mut tasks = listeners.serve(served, &shutdown);
    let owner = rustix::process::geteuid().as_raw();
    let operator = operator::handler(gateway.clone());
    let told = shutdown.clone();
    tasks.spawn(control::server::serve(socket, operator, owner, async move {
        told.requested().await;
    }));
    greet(&greeting::lines(&settings, &endpoint, data_dir));

    stop.await;
    tracing::info!("stopping: no new connections, requests in work may end");
    while tasks.join_next().await.is_some() {}
    tracing::info!("stopped");
    Ok(())
}

/// Resolves at SIGTERM or SIGINT, having told everybody.
fn stop_on_signals(trigger: ShutdownTrigger) -> Result<impl Future<Output = ()>, Refusal> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Refusal::because)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Refusal::because)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        trigger.stop();
    })
}

fn record_endpoint(
    settings: &Settings,
    listeners: &Listeners,
    data_dir: &Path,
) -> Result<Endpoint, Refusal> {
    let [https, http, admin] = listeners.urls();
    let present = |path: std::path::PathBuf| path.exists().then(|| path.display().to_string());
    let is_local_ca = https.is_some() && settings.tls.cert.is_none();
    let endpoint = Endpoint {
        ca_file: is_local_ca.then(|| present(data_dir.join("tls/ca.pem"))).flatten(),
        credentials_file: present(credentials_file::path(data_dir)),
        region: settings.region.clone(),
        https,
        http,
        admin,
    };
    endpoint.write(data_dir).map_err(|error| {
        Refusal::because(format!("cannot write to {}: {error}", data_dir.display()))
    })?;
    Ok(endpoint)
}

fn log_settings(settings: &Settings) -> telemetry::LogSettings {
    telemetry::LogSettings {
        format: match settings.log.format {
            LogFormat::Auto => telemetry::LogFormat::Auto,
            LogFormat::Text => telemetry::LogFormat::Human,
            LogFormat::Json => telemetry::LogFormat::Json,
        },
        filter: settings.log.level.clone(),
    }
}

fn greet(lines: &str) {
    // Nobody may be there to read it.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// Answers every request that the edge lets through.
fn handler() -> Handler {
    Arc::new(|request| {
        Box::pin(async move {
            let fault = Fault::new(Code::NotImplemented);
            let reply = render_fault(&S3, &fault, &request.raw_path, &request.request_id);
            Answer::new(reply, &S3, "-")
        })
    })
}

/// Milliseconds since the epoch, as the catalog stores times.
fn unix_ms(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
