//! Settings as text: the effective ones, and the reference page.

use super::Settings;

/// The effective settings as a TOML file, secrets as placeholders. Settings
/// without a value stand as comments.
pub fn effective(settings: &Settings) -> String {
    let values = values_of(settings);
    let mut text = String::new();
    let mut section = "";
    for setting in Settings::table() {
        if setting.section != section {
            section = setting.section;
            text.push_str(&format!("\n[{section}]\n"));
        }
        match value_of(&values, section, setting.key) {
            Some(value) => text.push_str(&format!("{} = {value}\n", setting.key)),
            None => text.push_str(&format!("# {} is not set\n", setting.key)),
        }
    }
    text
}

/// The reference page `docs/operations/configuration.md`; a test holds the file
/// equal to this.
pub fn reference() -> String {
    let values = values_of(&Settings::default());
    let mut text = HEAD.to_owned();
    let mut section = None;
    for setting in Settings::table() {
        if section != Some(setting.section) {
            section = Some(setting.section);
            let title = match setting.section {
                "" => "## Top level".to_owned(),
                name => format!("## `[{name}]`"),
            };
            text.push_str(&format!(
                "\n{title}\n\n| setting | variable | default | meaning |\n|---|---|---|---|\n"
            ));
        }
        let default = value_of(&values, setting.section, setting.key)
            .map_or_else(|| "not set".to_owned(), |value| format!("`{value}`"));
        text.push_str(&format!(
            "| `{}` | `{}` | {default} | {} Takes {}. |\n",
            setting.key,
            setting.variable(),
            setting.about.trim(),
            setting.kind.expected(),
        ));
    }
    text
}

const HEAD: &str = "\
# Configuration

This page is written from the table of settings in `gateway/src/config/settings.rs`; a test keeps
the two equal.

A setting comes from, weakest first: its default; a TOML file (`sealgate serve --config FILE`, or
`SEALGATE_CONFIG`); an environment variable; a flag of `sealgate serve`. A list in a variable is
separated by commas. Unknown settings and unknown `SEALGATE_*` variables are refused with the
nearest known name. `sealgate config check` prints the effective settings, secrets left out, or
everything that is wrong with them.

Secrets stand in files of their own (`*_file`), which others must not be able to read
(`chmod 600`). A configuration file that holds a secret itself must be closed to others too.

```toml
region = \"eu-de-1\"

[listen]
https = \"0.0.0.0:9443\"
http = \"off\"

[hsm]
provider = \"pkcs11\"
module = \"/usr/lib/softhsm/libsofthsm2.so\"
token_label = \"sealgate\"
pin_file = \"/run/secrets/pin\"

[backing]
url = \"s3://ciphertext/gateway\"
```
";

fn values_of(settings: &Settings) -> toml::Table {
    toml::Table::try_from(settings).unwrap_or_default()
}

fn value_of<'a>(values: &'a toml::Table, section: &str, key: &str) -> Option<&'a toml::Value> {
    match section {
        "" => values.get(key),
        section => values.get(section)?.get(key),
    }
}
