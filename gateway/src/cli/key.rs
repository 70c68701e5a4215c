//! `sealgate key protect` and `sealgate key impact`.

use clap::{Args, Subcommand, ValueEnum};

use super::text::table;
use super::{DataDir, Failure, block_on, print};
use crate::control::client;
use crate::control::protocol::{KeyImpact, KeyNamed, KeyProtect};

/// Protect keys against deletion, and see what depends on them
#[derive(Debug, Subcommand)]
pub(super) enum Key {
    Protect(Protect),
    Impact(Impact),
}

/// Switch the deletion protection of a key
///
/// A protected key's deletion cannot be scheduled. The tag
/// sealgate:deletion-protection says the same.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sealgate key protect 6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0 on")]
pub(super) struct Protect {
    /// The key's id
    key: String,
    /// Whether it shall be protected
    switch: Switch,
    #[command(flatten)]
    at: DataDir,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Show what could no longer be read without a key
///
/// Objects, uploads and bytes by version of the key and bucket, and when the
/// public API last wrapped with each version: such a version has ciphertexts that
/// nobody can count here.
#[derive(Args, Debug)]
pub(super) struct Impact {
    /// The key's id
    key: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: DataDir,
}

impl Key {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Protect(command) => block_on(command.run()),
            Self::Impact(command) => block_on(command.run()),
        }
    }
}

impl Protect {
    async fn run(self) -> Result<(), Failure> {
        let asked = KeyProtect { key: self.key, on: self.switch == Switch::On };
        let () = client::post(&self.at.data_dir, "/key/protect", &asked).await?;
        Ok(())
    }
}

impl Impact {
    async fn run(self) -> Result<(), Failure> {
        let asked = KeyNamed { key: self.key };
        let impact: KeyImpact = client::post(&self.at.data_dir, "/key/impact", &asked).await?;
        if self.json {
            let text = serde_json::to_string_pretty(&impact).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        print(&text(&impact))
    }
}

fn text(impact: &KeyImpact) -> String {
    let uses: Vec<_> = impact
        .uses
        .iter()
        .map(|used| {
            [
                used.version.to_string(),
                used.bucket.clone(),
                used.objects.to_string(),
                used.bytes.to_string(),
                used.uploads.to_string(),
            ]
        })
        .collect();
    let heading = ["VERSION", "BUCKET", "OBJECT VERSIONS", "BYTES", "UPLOADS"];
    let mut text = format!("key {} is {}\n", impact.key, impact.state);
    text.push_str(&table(heading, &uses));
    for version in &impact.versions {
        let number = version.version;
        match version.api_used_ms {
            Some(ms) => text.push_str(&format!(
                "version {number} was used by the API, last at {ms} ms: it has ciphertexts \
                 elsewhere\n"
            )),
            None => text.push_str(&format!("version {number} was never used by the API\n")),
        }
    }
    text
}
