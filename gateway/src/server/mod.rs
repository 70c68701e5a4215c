//! Builds a gateway from its settings and runs it until it is told to stop.
//!
//! Order of the start: core dumps off, log, lock of the data directory,
//! sockets bound, components ([`bootstrap`]), endpoint recorded, served. Order
//! of the end: stop accepting, drain within the deadline, close the rest.

mod audit;
mod bootstrap;
mod data_dir;
pub mod endpoint;
mod explain;
mod greeting;
mod harden;
mod inspect;
mod key_care;
mod listeners;
mod operator;
mod readiness;
mod store;
mod upkeep;
mod usage;
mod vault;

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::signal::unix::{SignalKind, signal};

use crate::api::dispatch::dispatch;
use crate::config::{LogFormat, Settings};
use crate::context::Gateway;
use crate::control;
use crate::edge::{Answer, BaseDomains, Edge, Handler, Shutdown, ShutdownTrigger};
use crate::iam::credentials_file;
use crate::jobs;
use crate::telemetry;

pub use audit::verify_logs;
use bootstrap::Built;
use data_dir::DataDir;
use endpoint::Endpoint;
use listeners::{Listeners, Served};
pub use usage::{AccountUsage, usage_of};

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
    let Built { gateway, root, audit } = bootstrap::build(settings.clone(), data_dir).await?;

    for warning in greeting::warnings(&settings) {
        tracing::warn!("{warning}");
    }
    let endpoint = record_endpoint(&settings, &listeners, data_dir)?;
    let domains = BaseDomains::new(&settings.base_domains);
    let limits = listeners::limits(&settings.limits);
    let served = Served {
        edge: Edge::new(handler(gateway.clone()), limits, domains, gateway.metrics.clone()),
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
    tasks.spawn(upkeep::expire_keys(gateway.kms.clone(), shutdown.clone()));
    tasks.spawn(audit::keep_checkpoints(audit.clone(), gateway.catalog.clone(), shutdown.clone()));
    let told = shutdown;
    let jobs = jobs::run(gateway.clone(), async move { told.requested().await });
    tasks.spawn(jobs);
    greet(&greeting::lines(&settings, &endpoint, data_dir, &program()));

    stop.await;
    tracing::info!("stopping: no new connections, requests in work may end");
    while tasks.join_next().await.is_some() {}
    if let Err(error) = gateway.kms.chain_refusals().await {
        tracing::warn!(%error, "counted refusals could not be recorded");
    }
    audit::stop(&audit, &gateway.catalog).await;
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

/// The command that started this process.
fn program() -> String {
    let name = std::env::args_os().next();
    name.map_or_else(|| "sealgate".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Log lines go to standard error, these to standard output.
fn greet(lines: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody may be there to read it.
    let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
}

/// Answers every request that the edge lets through.
fn handler(gateway: Arc<Gateway>) -> Handler {
    Arc::new(move |request| {
        let gateway = gateway.clone();
        Box::pin(async move {
            let answered = dispatch(&gateway, request).await;
            Answer {
                reply: answered.reply,
                dialect: answered.dialect,
                operation: answered.operation,
                access_key: answered.access_key_id,
                cause: answered.cause,
            }
        })
    })
}

/// Milliseconds since the epoch, as the catalog stores times.
fn unix_ms(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
