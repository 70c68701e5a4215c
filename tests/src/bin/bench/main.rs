//! `make bench`: how fast the gateway is, as ratios to what this machine can do
//! without it, measured in turn in the same run.
//!
//! The client runs on the same cores as the gateway, and so it does against the
//! floor. Nothing fails here: a number is for people to judge. `--quick` takes
//! half a minute and is coarse; the whole takes about three. A word such as
//! `small` runs that group alone.

mod bare;
mod bodies;
mod floor;
mod load;
mod memory;
mod process;
mod small;
mod table;
mod wire;

use std::path::Path;
use std::time::Duration;

use bare::Bare;
use sealgate_tests::{Client, Gateway};
use tempfile::TempDir;
use wire::Peer;

/// What all groups work with.
struct Bench {
    gateway: Gateway,
    bare: Bare,
    scratch: TempDir,
    key: String,
    /// How often each is measured; the median counts.
    rounds: usize,
    /// How long a floor is measured.
    moment: Duration,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let groups: Vec<_> = arguments.iter().filter(|word| !word.starts_with("--")).collect();
    let wanted = |group: &str| groups.is_empty() || groups.iter().any(|word| *word == group);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores, shared by gateway and client; GB are 10^9 bytes; medians");
    if wanted("bodies") || wanted("small") {
        let bench = Bench::start(quick).await;
        bench.print_floors();
        if wanted("bodies") {
            bodies::run(&bench).await;
        }
        if wanted("small") {
            small::run(&bench).await;
        }
    }
    if wanted("memory") {
        memory::run(if quick { 128 << 20 } else { 1 << 30 }).await;
    }
}

impl Bench {
    async fn start(quick: bool) -> Self {
        // SSE-KMS is measured over plain HTTP too, to see what TLS costs.
        let gateway = Gateway::with(&[
            ("SEALGATE_TLS_REQUIRE_FOR_SSE", "false"),
            ("SEALGATE_KMS_REQUESTS_PER_S", "0"),
        ]);
        let client = gateway.client();
        client.put("/bench").send().await.expect(200);
        let key = client.key().await;
        let bare = Bare::start(gateway.ca_file().parent().expect("a directory"));
        let scratch = tempfile::tempdir().expect("a directory");
        let (rounds, moment) = if quick { (1, 300) } else { (3, 600) };
        let moment = Duration::from_millis(moment);
        Self { gateway, bare, scratch, key, rounds, moment }
    }

    fn print_floors(&self) {
        let gb = |rate: f64| rate / 1e9;
        println!(
            "MD5 {:.2} GB/s a core; AES-256-GCM {:.2} GB/s a core; disk, 256 MiB with sync {:.2} GB/s",
            gb(floor::md5(1, self.moment)),
            gb(floor::aead(self.moment)),
            gb(floor::disk(self.scratch(), 1, 256 << 20)),
        );
    }

    /// The gateway, and bare hyper beside it.
    fn peers(&self, scheme: &str) -> (Peer, Peer) {
        let bare = if scheme == "https" { &self.bare.https } else { &self.bare.http };
        let ca = self.gateway.ca_file();
        (Peer::new(&self.gateway.url(scheme), &ca), Peer::new(bare, &ca))
    }

    fn client(&self, scheme: &str) -> Client {
        if scheme == "https" { self.gateway.client() } else { self.gateway.plain_client() }
    }

    fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    fn cpu_seconds(&self) -> f64 {
        process::cpu_seconds(&self.gateway)
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
