//! Every setting of the gateway, with its default and its documentation.
//!
//! Plain data: components are built from it in `server/`. Cryptographic
//! parameters are not settings; they are constants of the formats.

use std::path::PathBuf;

use super::declare::{Setting, settings};
use super::values::{Listener, LogFormat, Provider, SecretText};

settings! {
    /// The settings of a gateway.
    pub struct Settings in "" {
        /// Directory of everything that the gateway keeps on this machine: catalog, audit, TLS files, root file, local blobs. One server at a time.
        data_dir: PathBuf = PathBuf::from("./sealgate-data"),
        /// Region of this gateway, carried by its buckets and keys.
        region: String = "us-east-1".to_owned(),
        /// Domains under which bucket names are host names (virtual-host style).
        base_domains: Vec<String> = strings(&["localhost", "s3.localhost", "obs.localhost"]),
        /// Access key of the root account. Without it the first start draws one and writes it to `credentials` in the data directory.
        root_access_key: Option<String> = None,
        /// Secret key of `root_access_key`; the two are given together.
        root_secret_key: Option<SecretText> = None,
        + sections {
            /// Addresses.
            listen: Listen,
            /// Certificates and the HTTPS rule.
            tls: Tls,
            /// The root of trust.
            hsm: HsmSettings,
            /// Where ciphertext is kept.
            backing: BackingSettings,
            /// The key service.
            kms: KmsSettings,
            /// Log lines.
            log: Log,
            /// Bounds of the edge.
            limits: Limits,
            /// Removal of blobs.
            gc: Gc,
        }
    }
}

settings! {
    /// `[listen]`: addresses, each `IP:PORT` or `off`.
    pub struct Listen in "listen" {
        /// Plain HTTP for S3, OBS and KMS clients.
        http: Listener = Listener::loopback(9000),
        /// HTTPS for the same.
        https: Listener = Listener::loopback(9443),
        /// Health and metrics for operators, plain HTTP. Never expose it to clients.
        admin: Listener = Listener::loopback(9090),
    }
}

settings! {
    /// `[tls]`: certificates and the HTTPS rule.
    pub struct Tls in "tls" {
        /// Server certificate chain, PEM. Without it a local CA and a certificate are made under `tls/` in the data directory.
        cert: Option<PathBuf> = None,
        /// Private key of `tls.cert`, PEM.
        key: Option<PathBuf> = None,
        /// Refuses SSE-KMS and SSE-C over plain HTTP, as OBS and S3 do. `false` lets keys and plaintext cross the network in the clear.
        require_for_sse: bool = true,
        /// Proxies (addresses or CIDR ranges) that are believed on the plain listener when they send `X-Forwarded-Proto: https` and `X-Real-IP`.
        trusted_proxies: Vec<String> = Vec::new(),
    }
}

settings! {
    /// `[hsm]`: the root of trust.
    pub struct HsmSettings in "hsm" {
        /// `pkcs11` for a token; `software` keeps the root in a file of the data directory and is no HSM.
        provider: Provider = Provider::Software,
        /// PKCS#11 module (shared library) of the token's vendor.
        module: Option<PathBuf> = None,
        /// Label of the token.
        token_label: Option<String> = None,
        /// File with the user PIN of the token, readable by the gateway alone.
        pin_file: Option<PathBuf> = None,
        /// Threads that each hold one logged-in session; 1 suits SoftHSM.
        threads: u64 = 1,
        /// Directory in which a software token keeps its keys. New keys are synced there; SoftHSM itself leaves them to a power cut.
        token_dir: Option<PathBuf> = None,
    }
}

settings! {
    /// `[backing]`: the store of ciphertext.
    pub struct BackingSettings in "backing" {
        /// `local` keeps blobs under `blobs/` in the data directory; `file:///PATH` in another directory; `s3://BUCKET/PREFIX` in an S3 bucket.
        url: String = "local".to_owned(),
        /// Endpoint of the S3 service, `https://HOST:PORT`; without it AWS.
        endpoint: Option<String> = None,
        /// Region of the S3 bucket.
        region: String = "us-east-1".to_owned(),
        /// Access key for the S3 bucket.
        access_key_id: Option<String> = None,
        /// File with the secret key of `backing.access_key_id`, readable by the gateway alone.
        secret_access_key_file: Option<PathBuf> = None,
        /// Allows an `http://` endpoint.
        allow_http: bool = false,
        /// CA certificates (PEM) that vouch for the endpoint, beside the system's.
        ca_file: Option<PathBuf> = None,
    }
}

settings! {
    /// `[kms]`: the key service.
    pub struct KmsSettings in "kms" {
        /// Alias of the default key that each account gets at its first use of `kms` without a key id.
        default_key_alias: String = "obs/default".to_owned(),
        /// Custom keys that an account may have in a region.
        keys_per_account: u64 = 100,
        /// Calls of the key service in a second that an account may make; 0 for no limit.
        requests_per_s: u64 = 1_000,
        /// Uses of keys by objects in a second that an account may make; 0 for no limit.
        object_requests_per_s: u64 = 0,
        /// Refuses to schedule the deletion of a key while objects or uploads depend on it.
        refuse_deletion_in_use: bool = false,
        /// Hardware keys that the token may hold.
        hardware_keys: u64 = 1_000,
    }
}

settings! {
    /// `[log]`: log lines, on standard error.
    pub struct Log in "log" {
        /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,gateway::api=debug`.
        level: String = "info".to_owned(),
        /// `text`, `json`, or `auto`: text on a terminal, else JSON.
        format: LogFormat = LogFormat::Auto,
    }
}

settings! {
    /// `[limits]`: bounds of the edge.
    pub struct Limits in "limits" {
        /// Connections open at once on the client listeners.
        max_connections: u64 = 4096,
        /// Requests in work at once; more are answered 503 SlowDown.
        max_in_flight: u64 = 1024,
        /// Bytes of a request's line and headers.
        header_bytes: u64 = 64 * 1024,
        /// Seconds for a request's headers to arrive.
        header_timeout_s: u64 = 15,
        /// Seconds that a connection may idle between requests or a body may pause.
        idle_timeout_s: u64 = 60,
        /// Bytes a second below which a body is cut off as too slow.
        min_body_rate: u64 = 1024,
        /// Seconds that requests in work get to end after SIGTERM.
        drain_deadline_s: u64 = 25,
    }
}

settings! {
    /// `[gc]`: removal of blobs that nothing refers to.
    pub struct Gc in "gc" {
        /// Seconds between sweeps for orphan blobs.
        sweep_interval_s: u64 = 6 * 3600,
        /// Age in seconds that an orphan must have before it is condemned.
        orphan_age_s: u64 = 24 * 3600,
        /// Seconds between condemning a blob and deleting it.
        condemned_grace_s: u64 = 24 * 3600,
        /// Seconds that a replaced or deleted blob is kept for reads in progress.
        read_grace_s: u64 = 3600,
        /// Percent of all blobs above which the sweeper stops and alarms instead of deleting.
        alarm_percent: u64 = 1,
    }
}

impl Settings {
    /// The table of all settings, in the order of the documentation.
    pub fn table() -> Vec<Setting> {
        [
            Self::ROWS,
            Listen::ROWS,
            Tls::ROWS,
            HsmSettings::ROWS,
            BackingSettings::ROWS,
            KmsSettings::ROWS,
            Log::ROWS,
            Limits::ROWS,
            Gc::ROWS,
        ]
        .concat()
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
