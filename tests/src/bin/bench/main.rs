//! `make bench`: what sealing costs, as ratios to raw floors measured in the
//! same run with the same client.
//!
//! Everything goes over plain HTTP on the loopback, so that TLS, which costs
//! both sides the same, hides nothing. The numbers say how this machine did
//! just now; only the ratios can be compared with those of another day.

mod floors;
mod load;

use std::time::Duration;

use load::{MIB, Rate, Target};
use sealgate_tests::Gateway;

const LARGE: usize = 64 * MIB;
const SMALL: usize = 4096;
/// How long each measurement runs.
const WINDOW: Duration = Duration::from_secs(5);

const DEFAULT_KMS: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>";

#[tokio::main]
async fn main() {
    let gateway =
        Gateway::with(&[("SEALGATE_TLS_REQUIRE_FOR_SSE", "false"), ("SEALGATE_LOG_LEVEL", "warn")]);
    let client = gateway.plain_client();
    client.put("/bucket").send().await.expect(200);
    client.put("/bucket?encryption").body(DEFAULT_KMS).send().await.expect(200);
    let sealgate = Target::new(client);
    let hyper = Target::new(floors::hyper(sealgate.identity(), LARGE).await);

    println!("| SSE-KMS work | floor | floor measured | sealgate | ratio |");
    println!("|---|---|---|---|---|");
    for streams in [1, 8] {
        let floor = floors::md5(streams.min(2), WINDOW);
        let rate = load::put(&sealgate, "large", LARGE, streams, WINDOW).await;
        row(&format!("PUT 64 MiB, {streams} streams"), "MD5 alone", floor, rate);
        row(
            &format!("PUT 64 MiB, {streams} streams"),
            "AEAD alone",
            floors::aead(streams.min(2), WINDOW),
            rate,
        );
    }
    for streams in [1, 8] {
        let floor = load::get(&hyper, "large", LARGE, streams, WINDOW).await;
        let rate = load::get(&sealgate, "large", LARGE, streams, WINDOW).await;
        row(&format!("GET 64 MiB, {streams} streams"), "hyper, same bytes", floor, rate);
    }
    let hyper = Target::new(floors::hyper(sealgate.identity(), SMALL).await);
    for clients in [1, 64] {
        let floor = floors::durable_writes(clients, SMALL, WINDOW);
        let rate = load::put(&sealgate, "small", SMALL, clients, WINDOW).await;
        row(&format!("PUT 4 KiB, {clients} clients"), "file + fsync + row", floor, rate);
        let floor = load::get(&hyper, "small", SMALL, clients, WINDOW).await;
        let rate = load::get(&sealgate, "small", SMALL, clients, WINDOW).await;
        row(&format!("GET 4 KiB, {clients} clients"), "hyper, same bytes", floor, rate);
    }
    memory().await;
}

/// Peak memory of a fresh gateway under eight streams of 1 GiB.
async fn memory() {
    let gateway = Gateway::with(&[("SEALGATE_TLS_REQUIRE_FOR_SSE", "false")]);
    let client = gateway.plain_client();
    client.put("/bucket").send().await.expect(200);
    client.put("/bucket?encryption").body(DEFAULT_KMS).send().await.expect(200);
    let idle = gateway.peak_memory_bytes() / MIB as u64;
    let target = Target::new(client);
    load::put_once(&target, 1024 * MIB as u64, 8).await;
    let put = gateway.peak_memory_bytes() / MIB as u64;
    load::get_once(&target, 8).await;
    let get = gateway.peak_memory_bytes() / MIB as u64;
    println!(
        "\nPeak memory: {idle} MiB idle, {put} MiB after PUT and {get} MiB after GET of eight 1 GiB streams"
    );
}

fn row(work: &str, floor_name: &str, floor: Rate, rate: Rate) {
    println!("| {work} | {floor_name} | {floor} | {rate} | {:.2} |", rate.ratio_to(floor));
}
