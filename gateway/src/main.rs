//! The `sealgate` binary: reads the command line and leaves with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::cli::main()
}
