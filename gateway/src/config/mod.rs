//! The gateway's settings: defaults < TOML file < `SEALGATE_*` variables < flags.
//!
//! [`load`] reads all sources, refuses what it does not know with the nearest
//! known name, and reports every problem at once. Plain data comes out; nothing
//! is opened or started here except secret files ([`secret_file`]).

mod check;
pub mod credential;
mod declare;
mod describe;
pub mod secret_file;
mod settings;
mod sources;
mod values;

use std::collections::BTreeMap;
use std::fmt;

pub use declare::{Kind, Setting};
pub use describe::{effective, reference};
pub use settings::{
    BackingSettings, Gc, HsmSettings, KmsSettings, Limits, Listen, Log, Settings, Tls,
};
pub use sources::Sources;
pub use values::{Listener, LogFormat, Provider, SecretText};

use sources::Entry;

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Reads the settings from all sources. Errors: every problem found.
pub fn load(sources: &Sources) -> Result<Settings, Problems> {
    let table: BTreeMap<String, Setting> =
        Settings::table().into_iter().map(|setting| (setting.name(), setting)).collect();
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    if let Some(path) = &sources.file {
        match sources::read_file(path) {
            Ok(found) => {
                problems.extend(secret_file::refuse_secrets_in_open_file(path, &found, &table));
                entries.extend(found);
            }
            Err(problem) => problems.push(problem),
        }
    }
    entries.extend(sources::read_environment(&sources.environment, &table));
    entries.extend(sources::read_flags(&sources.flags, &table));

    let mut merged = toml::Table::new();
    for entry in entries {
        match table.get(&entry.name) {
            None => problems.push(unknown(&entry, &table)),
            Some(setting) => match refuse_value(setting, &entry) {
                Some(problem) => problems.push(problem),
                None => insert(&mut merged, setting, entry.value),
            },
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let settings: Settings =
        merged.try_into().map_err(|e: toml::de::Error| Problems(vec![e.message().to_owned()]))?;
    match check::problems(&settings) {
        found if found.is_empty() => Ok(settings),
        found => Err(Problems(found)),
    }
}

fn insert(merged: &mut toml::Table, setting: &Setting, value: toml::Value) {
    if setting.section.is_empty() {
        merged.insert(setting.key.to_owned(), value);
        return;
    }
    let section =
        merged.entry(setting.section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = section {
        section.insert(setting.key.to_owned(), value);
    }
}

/// What is wrong with an entry's value, if anything. A secret is not repeated.
fn refuse_value(setting: &Setting, entry: &Entry) -> Option<String> {
    use toml::Value;
    let fits = match (setting.kind, &entry.value) {
        (Kind::Text | Kind::Path | Kind::Secret, Value::String(text)) => !text.is_empty(),
        (Kind::Switch, Value::Boolean(_)) => true,
        (Kind::Number, Value::Integer(number)) => *number >= 0,
        (Kind::List, Value::Array(items)) => items.iter().all(Value::is_str),
        (Kind::Listener, Value::String(text)) => Listener::try_from(text.clone()).is_ok(),
        (Kind::Choice(words), Value::String(text)) => words.contains(&text.as_str()),
        _ => false,
    };
    let shown = match setting.kind {
        Kind::Secret => String::new(),
        _ => format!(", not {}", entry.value),
    };
    let (name, origin) = (&entry.name, &entry.origin);
    (!fits).then(|| format!("{origin}: {name} must be {}{shown}", setting.kind.expected()))
}

fn unknown(entry: &Entry, table: &BTreeMap<String, Setting>) -> String {
    let (name, origin) = (&entry.name, &entry.origin);
    let from_environment = name == origin;
    let shown = |setting: &Setting| match from_environment {
        true => setting.variable(),
        false => setting.name(),
    };
    let nearest = table
        .values()
        .map(|setting| (strsim::damerau_levenshtein(name, &shown(setting)), shown(setting)))
        .min();
    let hint = match nearest {
        Some((distance, known)) if distance <= name.len() / 2 => {
            format!("; did you mean {known}?")
        }
        _ => "; `sealgate config check` prints all settings".to_owned(),
    };
    match from_environment {
        true => format!("unknown variable {name}{hint}"),
        false => format!("{origin}: unknown setting {name}{hint}"),
    }
}
