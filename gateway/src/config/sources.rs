//! Where settings come from: a TOML file, `SEALGATE_*` variables, flags.
//!
//! Each source becomes a list of entries (name, value, where it stood), so that
//! every problem can name its line, variable or flag. Later sources win.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::declare::{Kind, Setting};

/// The prefix of environment variables.
const PREFIX: &str = "SEALGATE_";

/// Names the file itself, so it is no setting.
pub(super) const CONFIG_VARIABLE: &str = "SEALGATE_CONFIG";

/// What to read settings from, weakest first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// The environment; variables that do not start with `SEALGATE_` are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags: setting name (`listen.http`) and value.
    pub flags: Vec<(&'static str, String)>,
}

/// A value and where it stood.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub value: toml::Value,
    pub origin: String,
}

/// Reads the file's entries. Errors: the file cannot be read or is no TOML.
pub(super) fn read_file(path: &Path) -> Result<Vec<Entry>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let values: toml::Table = text.parse().map_err(|e| format!("{shown}: {e}"))?;
    let spans = DeTable::parse(&text).map_err(|e| format!("{shown}: {e}"))?;
    let mut entries = Vec::new();
    for (key, value) in spans.get_ref() {
        flatten("", key, value, values.get(key.get_ref().as_ref()), &mut |name, at, value| {
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            entries.push(Entry { name, value, origin: format!("{shown}:{line}") });
        });
    }
    Ok(entries)
}

/// Walks tables down to their leaves and hands out dotted name, byte offset of
/// the key, and value.
fn flatten(
    above: &str,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    spanned: &Spanned<DeValue<'_>>,
    value: Option<&toml::Value>,
    found: &mut dyn FnMut(String, usize, toml::Value),
) {
    let name = match above {
        "" => key.get_ref().to_string(),
        above => format!("{above}.{}", key.get_ref()),
    };
    let Some(value) = value else { return };
    match (spanned.get_ref(), value) {
        (DeValue::Table(spans), toml::Value::Table(values)) => {
            for (key, spanned) in spans {
                flatten(&name, key, spanned, values.get(key.get_ref().as_ref()), found);
            }
        }
        (_, value) => found(name, key.span().start, value.clone()),
    }
}

/// Reads the entries of `SEALGATE_*` variables; an unknown variable's entry has
/// the name that it would have as a setting.
pub(super) fn read_environment(
    variables: &[(String, String)],
    table: &BTreeMap<String, Setting>,
) -> Vec<Entry> {
    let by_variable: BTreeMap<String, &Setting> =
        table.values().map(|setting| (setting.variable(), setting)).collect();
    let ours = variables
        .iter()
        .filter(|(variable, _)| variable.starts_with(PREFIX) && variable != CONFIG_VARIABLE);
    ours.map(|(variable, text)| {
        let (name, value) = match by_variable.get(variable) {
            Some(setting) => (setting.name(), parse(setting.kind, text)),
            None => (variable.clone(), toml::Value::String(text.clone())),
        };
        Entry { name, value, origin: variable.clone() }
    })
    .collect()
}

/// Reads the entries of flags.
pub(super) fn read_flags(
    flags: &[(&'static str, String)],
    table: &BTreeMap<String, Setting>,
) -> Vec<Entry> {
    flags
        .iter()
        .map(|(name, text)| {
            let kind = table.get(*name).map_or(Kind::Text, |setting| setting.kind);
            let flag = name.rsplit('.').next().unwrap_or(name).replace('_', "-");
            Entry {
                name: (*name).to_owned(),
                value: parse(kind, text),
                origin: format!("--{flag}"),
            }
        })
        .collect()
}

/// A text as a value of `kind`; what does not fit stays text and is refused
/// with all other values.
fn parse(kind: Kind, text: &str) -> toml::Value {
    let as_text = || toml::Value::String(text.to_owned());
    match kind {
        Kind::Switch => text.parse().map_or_else(|_| as_text(), toml::Value::Boolean),
        Kind::Number => text.parse().map_or_else(|_| as_text(), toml::Value::Integer),
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
        }
        _ => as_text(),
    }
}
