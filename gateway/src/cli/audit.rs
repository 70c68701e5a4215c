//! `sealgate audit verify`.

use clap::{Args, Subcommand};
use kms_core::audit::{Report, Tail};

use super::config::Source;
use super::{Failure, print};

/// Look at the audit log
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    Verify(Verify),
}

/// Check that no audit record was changed, removed or reordered
///
/// Reads the logs in the data directory, also beside a running server. Needs the
/// settings of the HSM, since the chain's key opens under the root. Exit code 1
/// when anything does not fit.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sealgate audit verify --data-dir /var/lib/sealgate")]
pub(super) struct Verify {
    #[command(flatten)]
    source: Source,
}

impl Audit {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Verify(verify) = self;
        let settings = verify.source.load(Vec::new())?;
        let report = crate::server::verify_logs(&settings).map_err(Failure::failed)?;
        print(&text(&report))?;
        match report.findings.len() {
            0 => Ok(()),
            found => Err(Failure::failed(format!(
                "the audit log is not intact: {found} findings; keep the files and compare them \
                 with a backup"
            ))),
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    for file in &report.files {
        let tail = match file.tail {
            Tail::Whole => "",
            Tail::Torn => ", last record torn (a crash, or a server at work)",
        };
        text.push_str(&format!("{}: {} records{tail}\n", file.name, file.records));
    }
    for finding in &report.findings {
        let place = match finding.line {
            0 => finding.file.clone(),
            line => format!("{}:{line}", finding.file),
        };
        text.push_str(&format!("{place}: {}\n", finding.fault));
    }
    if report.findings.is_empty() {
        text.push_str(&format!("intact: {} records\n", report.records()));
    }
    text
}
