//! `sealgate inspect`.

use clap::Args;

use super::{DataDir, Failure, block_on, print};
use crate::control::client;

/// Show how an object is sealed: mode, key, wrapped data key, blobs
///
/// Shows no plaintext and no key in the clear.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sealgate inspect s3://photos/cat.jpg")]
pub(super) struct Inspect {
    /// The object
    #[arg(value_name = "s3://BUCKET/KEY")]
    object: String,
    /// Version; without it the newest
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    at: DataDir,
}

impl Inspect {
    pub(super) fn run(self) -> Result<(), Failure> {
        let wrong = || Failure::usage("name the object as s3://BUCKET/KEY or obs://BUCKET/KEY");
        let name = self.object.strip_prefix("s3://").or(self.object.strip_prefix("obs://"));
        let (bucket, key) = name.and_then(|name| name.split_once('/')).ok_or_else(wrong)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(wrong());
        }
        let asked = crate::control::protocol::Inspect {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version_id: self.version_id,
        };
        block_on(async {
            let found: serde_json::Value =
                client::post(&self.at.data_dir, "/inspect", &asked).await?;
            print(&format!("{found:#}\n"))
        })
    }
}
