//! One declaration for a setting: field, type, default and documentation.
//!
//! The macro writes the plain struct, its `Default` and its rows of the table
//! from which names are checked, environment variables are read and
//! `docs/operations/configuration.md` is written; so these never disagree.

/// A setting as the table knows it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Table of the TOML file, empty for the top level.
    pub section: &'static str,
    /// Key within the section.
    pub key: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What it does, as documented on the field.
    pub about: &'static str,
}

impl Setting {
    /// `section.key`, as in messages and in the TOML file.
    pub fn name(&self) -> String {
        match self.section {
            "" => self.key.to_owned(),
            section => format!("{section}.{}", self.key),
        }
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("SEALGATE_{}", self.name().replace('.', "_").to_uppercase())
    }
}

/// What values a setting takes; the words stand in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A path; relative ones are relative to the working directory.
    Path,
    /// A text that is never shown.
    Secret,
    /// `true` or `false`.
    Switch,
    /// A whole number, not negative.
    Number,
    /// Texts; in an environment variable separated by commas.
    List,
    /// `IP:PORT` or `off`.
    Listener,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What a value must be, to finish the sentence "... must be".
    pub fn expected(&self) -> String {
        match self {
            Self::Text | Self::Secret => "text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Number => "a whole number that is not negative".to_owned(),
            Self::List => "a list of texts".to_owned(),
            Self::Listener => "an address like 127.0.0.1:9000, or off".to_owned(),
            Self::Choice(words) => words.join(" or "),
        }
    }
}

/// A type that a setting can have.
pub trait SettingType {
    /// What values it takes.
    const KIND: Kind;
}

impl SettingType for String {
    const KIND: Kind = Kind::Text;
}

impl SettingType for std::path::PathBuf {
    const KIND: Kind = Kind::Path;
}

impl SettingType for bool {
    const KIND: Kind = Kind::Switch;
}

impl SettingType for u64 {
    const KIND: Kind = Kind::Number;
}

impl SettingType for Vec<String> {
    const KIND: Kind = Kind::List;
}

impl<T: SettingType> SettingType for Option<T> {
    const KIND: Kind = T::KIND;
}

/// Declares the settings of one section; see the module's text. A struct may end
/// in `+ sections { field: Type, ... }`, which adds nested sections.
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident in $section:literal {
            $($(#[doc = $doc:literal])* $key:ident: $kind:ty = $default:expr,)*
            $(+ sections { $($(#[doc = $sub_doc:literal])* $sub:ident: $sub_type:ty,)* })?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])* pub $key: $kind,)*
            $($($(#[doc = $sub_doc])* pub $sub: $sub_type,)*)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($key: $default,)*
                    $($($sub: <$sub_type>::default(),)*)?
                }
            }
        }

        impl $name {
            /// The table's rows of this section.
            pub(super) const ROWS: &'static [$crate::config::Setting] = &[
                $($crate::config::Setting {
                    section: $section,
                    key: stringify!($key),
                    kind: <$kind as $crate::config::declare::SettingType>::KIND,
                    about: concat!($($doc),*),
                },)*
            ];
        }
    };
}
pub(super) use settings;
