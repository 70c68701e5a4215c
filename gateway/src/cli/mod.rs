//! The command line: one file a command.
//!
//! Answers go to standard output, problems to standard error with what to do.
//! Exit codes: 0 done, 1 failed, 2 wrong usage or settings.

mod account;
mod audit;
mod config;
mod env;
mod inspect;
mod key;
mod policy;
mod serve;
mod text;
mod usage;
mod version;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// An object-storage gateway with SSE-KMS that speaks S3 and OBS.
#[derive(Debug, Parser)]
#[command(name = "sealgate", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sealgate serve                              start a gateway in ./sealgate-data
  eval \"$(sealgate env)\"                      point aws and the SDKs at it
  aws s3 mb s3://photos
  aws s3 cp cat.jpg s3://photos/ --sse aws:kms
  sealgate inspect s3://photos/cat.jpg        show how it was sealed";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Env(env::Env),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Key(key::Key),
    Inspect(inspect::Inspect),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Config(config::Config),
    Usage(usage::Usage),
    Version(version::Version),
}

/// Where the server that is asked keeps its data.
#[derive(Args, Debug)]
struct DataDir {
    /// Data directory of the gateway
    #[arg(long, value_name = "DIR", env = "SEALGATE_DATA_DIR", default_value = "./sealgate-data")]
    data_dir: PathBuf,
}

/// Why a command failed: one line for people, and the exit code.
#[derive(Debug)]
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// It was tried and did not work.
    fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// It was asked for in a wrong way.
    fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 2 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}

impl From<crate::control::client::Error> for Failure {
    fn from(error: crate::control::client::Error) -> Self {
        Self::failed(error)
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Env(command) => command.run(),
        Command::Account(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Policy(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Usage(command) => command.run(),
        Command::Version(command) => command.run(),
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    for line in failure.message.lines() {
        // Standard error may be closed; the exit code still tells.
        let _ = writeln!(std::io::stderr(), "sealgate: {line}");
    }
    ExitCode::from(failure.code)
}

/// Runs a short exchange with a server.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work)
}

/// Writes an answer. A reader that went away (`| head`) is no failure.
fn print(answer: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(answer.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
