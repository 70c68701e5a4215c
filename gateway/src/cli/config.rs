//! `sealgate config check`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, print};
use crate::config::{Settings, Sources, effective, load};

/// Look at the settings
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    Check(Check),
}

/// Print the effective settings, or everything that is wrong with them
///
/// Reads the file, the SEALGATE_* variables and the flags as `serve` would, and
/// starts nothing. Secrets are not printed. The output is a TOML file that can
/// be used as --config.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    source: Source,
}

/// Where settings are read from, beside the environment.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// TOML file with settings
    #[arg(long, value_name = "FILE", env = "SEALGATE_CONFIG")]
    config: Option<PathBuf>,
    /// Data directory [default: ./sealgate-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Source {
    /// The settings from file, environment and `flags`. Exit code 2 when any is
    /// wrong.
    pub(super) fn load(self, mut flags: Vec<(&'static str, String)>) -> Result<Settings, Failure> {
        if let Some(dir) = self.data_dir {
            let dir = dir.into_os_string().into_string();
            let dir = dir.map_err(|_| Failure::usage("--data-dir must be UTF-8"))?;
            flags.push(("data_dir", dir));
        }
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        load(&Sources { file: self.config, environment, flags }).map_err(Failure::usage)
    }
}

impl Config {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Check(check) = self;
        print(&effective(&check.source.load(Vec::new())?))
    }
}
