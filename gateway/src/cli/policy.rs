//! `sealgate policy explain`.

use clap::{Args, Subcommand};

use super::{DataDir, Failure, block_on, print};
use crate::control::client;
use crate::control::protocol::{Explain, Explained};

/// Ask what would be allowed, and why
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    Explain(ExplainCommand),
}

/// Say whether a principal may do something, and by which statement
///
/// Nothing is done. Of keys, only the principal's own policies are judged. The
/// exit code is 0 whether the answer is allow or deny.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  sealgate policy explain --as arn:aws:iam::123456789012:user/bob \\\n      \
                  --action s3:GetObject --resource arn:aws:s3:::photos/cat.jpg \\\n      \
                  --context aws:SecureTransport=false"
)]
pub(super) struct ExplainCommand {
    /// ARN of a user or role, or of an account's root
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: String,
    /// Action, in AWS's or Huawei's spelling
    #[arg(long)]
    action: String,
    /// ARN of what is asked for, or *
    #[arg(long, default_value = "*")]
    resource: String,
    /// Condition key and value; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: DataDir,
}

impl Policy {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Explain(command) = self;
        block_on(command.run())
    }
}

impl ExplainCommand {
    async fn run(self) -> Result<(), Failure> {
        let pair = |text: &String| {
            let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            pair.ok_or_else(|| Failure::usage(format!("--context {text} is no KEY=VALUE")))
        };
        let context = self.context.iter().map(pair).collect::<Result<_, _>>()?;
        let asked = Explain {
            principal: self.principal,
            action: self.action,
            resource: self.resource,
            context,
        };
        let told: Vec<Explained> =
            client::post(&self.at.data_dir, "/policy/explain", &asked).await?;
        if self.json {
            let text = serde_json::to_string_pretty(&told).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        let line = |told: &Explained| {
            let verdict = if told.allowed { "allow" } else { "deny " };
            format!("{verdict}  {}  {}\n", told.action, told.because)
        };
        print(&told.iter().map(line).collect::<String>())
    }
}
