//! `sealgate version`.

use clap::Args;

use super::{Failure, print};

/// Print the version
#[derive(Args, Debug)]
pub(super) struct Version {}

impl Version {
    pub(super) fn run(self) -> Result<(), Failure> {
        print(concat!("sealgate ", env!("CARGO_PKG_VERSION"), "\n"))
    }
}
