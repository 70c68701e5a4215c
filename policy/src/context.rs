//! What is known about a request: condition keys and their values.
//!
//! A key without values is absent, as AWS treats it.

use std::collections::BTreeMap;

use crate::key::{Attribute, ConditionKey};

/// The values of each condition key that a request has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<ConditionKey, Vec<String>>,
}

impl Context {
    /// Replaces what is known of `key` by one value.
    pub fn set(&mut self, key: impl Into<ConditionKey>, value: &str) {
        let key = key.into();
        self.values.remove(&key);
        self.add(key, value);
    }

    /// Adds a value to a key that may have several, such as `aws:TagKeys`.
    ///
    /// A single-valued key may be given all spellings of its one value (a KMS
    /// key's id and ARN): positive operators then need one of them to match,
    /// negated ones that none does.
    pub fn add(&mut self, key: impl Into<ConditionKey>, value: &str) {
        let key = key.into();
        let value = key.attribute().normal(value).into_owned();
        self.values.entry(key).or_default().push(value);
    }

    /// The values of `key`, none if the request does not have it.
    pub fn values(&self, key: &ConditionKey) -> &[String] {
        self.values.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of a key that has exactly one, as policy variables need it.
    pub(crate) fn single(&self, key: &ConditionKey) -> Option<&str> {
        match self.values(key) {
            [value] => Some(value),
            _ => None,
        }
    }

    /// Forgets every key that describes the resource and not the request.
    pub(crate) fn forget_resource(&mut self) {
        self.values.retain(|key, _| !key.attribute().describes_resource());
    }

    /// Takes the header if it is one that conditions can test, else ignores it.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if let Some(attribute) = Attribute::of_header(name) {
            self.add(attribute, value);
        }
    }
}
