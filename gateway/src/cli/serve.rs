//! `sealgate serve`.

use clap::Args;

use super::Failure;
use super::config::Source;

/// Start the gateway
///
/// Every setting can also stand in the TOML file or in a SEALGATE_* variable;
/// `sealgate config check` prints them. Flags win over variables, variables
/// over the file.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sealgate serve\n  sealgate serve --data-dir /var/lib/sealgate \
                        --https 0.0.0.0:9443 --http off\n  sealgate serve --config \
                        /etc/sealgate.toml"
)]
pub(super) struct Serve {
    #[command(flatten)]
    source: Source,
    /// Address for plain HTTP, or off [default: 127.0.0.1:9000]
    #[arg(long, value_name = "ADDR|off")]
    http: Option<String>,
    /// Address for HTTPS, or off [default: 127.0.0.1:9443]
    #[arg(long, value_name = "ADDR|off")]
    https: Option<String>,
    /// Address for health and metrics, or off [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR|off")]
    admin: Option<String>,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let listeners = [
            ("listen.http", self.http),
            ("listen.https", self.https),
            ("listen.admin", self.admin),
        ];
        let flags = listeners.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let settings = self.source.load(flags.collect())?;
        crate::server::serve(settings).map_err(Failure::failed)
    }
}
