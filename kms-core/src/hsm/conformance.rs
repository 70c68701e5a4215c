//! The suite that every provider passes, and that can be run against any token.
//!
//! It reports instead of panicking, so that an operator can run it against a real
//! device before trusting it with a root. It makes secrets under labels of its
//! own, which begin with `sealgate-conformance-`, and destroys them.

use std::collections::HashSet;

use super::hmac::{HMAC_LEN, hmac_sha256};
use super::{Hsm, HsmError, MAX_RANDOM_LEN};

/// What a provider did other than it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The provider answered, and not as the rule says.
    #[error("the provider breaks a rule: {0}")]
    Rule(&'static str),
    /// The provider failed where it must answer.
    #[error("the provider failed while showing that {0}: {1}")]
    Failed(&'static str, HsmError),
}

/// Runs the whole suite. `run` makes the labels of this run its own, for example
/// a process id. Errors: the first violation.
pub async fn all(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    random_bytes_have_the_length_asked_and_never_repeat(hsm).await?;
    hmac_depends_on_key_and_data_alone(hsm, run).await?;
    hmac_takes_any_length(hsm, run).await?;
    a_label_is_made_only_once(hsm, run).await?;
    a_destroyed_secret_is_gone(hsm, run).await?;
    an_unknown_label_is_not_found(hsm, run).await
}

/// [`Hsm::random`]: every length, and no block twice.
pub async fn random_bytes_have_the_length_asked_and_never_repeat(
    hsm: &dyn Hsm,
) -> Result<(), Violation> {
    const RULE: &str = "random bytes have the length asked and never repeat";
    for len in [1, 16, 32, MAX_RANDOM_LEN] {
        let bytes = hsm.random(len).await.map_err(failed(RULE))?;
        ensure(bytes.len() == len, RULE)?;
    }
    let mut seen = HashSet::new();
    for _ in 0..512 {
        let bytes = hsm.random(32).await.map_err(failed(RULE))?;
        ensure(seen.insert(hmac_sha256(&bytes, b"seen").expose().to_vec()), RULE)?;
    }
    let too_many = hsm.random(MAX_RANDOM_LEN + 1).await;
    ensure(matches!(too_many, Err(HsmError::Misconfigured(_))), RULE)
}

/// [`Hsm::hmac_sha256`]: a function, and another one for each key.
pub async fn hmac_depends_on_key_and_data_alone(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    const RULE: &str = "an HMAC depends on key and data alone";
    let (one, two) = (label(run, "one"), label(run, "two"));
    hsm.generate(&one).await.map_err(failed(RULE))?;
    hsm.generate(&two).await.map_err(failed(RULE))?;
    let first = hsm.hmac_sha256(&one, b"data").await.map_err(failed(RULE))?;
    let again = hsm.hmac_sha256(&one, b"data").await.map_err(failed(RULE))?;
    let data = hsm.hmac_sha256(&one, b"datb").await.map_err(failed(RULE))?;
    let key = hsm.hmac_sha256(&two, b"data").await.map_err(failed(RULE))?;
    hsm.destroy(&one).await.map_err(failed(RULE))?;
    hsm.destroy(&two).await.map_err(failed(RULE))?;
    ensure(first.len() == HMAC_LEN, RULE)?;
    ensure(first.expose() == again.expose(), RULE)?;
    ensure(first.expose() != data.expose() && first.expose() != key.expose(), RULE)
}

/// [`Hsm::hmac_sha256`]: from nothing to more than a wrap's message.
pub async fn hmac_takes_any_length(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    const RULE: &str = "an HMAC takes data of any length";
    let label = label(run, "length");
    hsm.generate(&label).await.map_err(failed(RULE))?;
    for len in [0, 1, 63, 64, 65, 4096] {
        let code = hsm.hmac_sha256(&label, &vec![7; len]).await.map_err(failed(RULE))?;
        ensure(code.len() == HMAC_LEN, RULE)?;
    }
    hsm.destroy(&label).await.map_err(failed(RULE))
}

/// [`Hsm::generate`]: the second one changes nothing.
pub async fn a_label_is_made_only_once(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    const RULE: &str = "a label is made only once, and the secret under it stays";
    let label = label(run, "once");
    hsm.generate(&label).await.map_err(failed(RULE))?;
    let before = hsm.hmac_sha256(&label, b"data").await.map_err(failed(RULE))?;
    ensure(hsm.generate(&label).await == Err(HsmError::Exists(label.clone())), RULE)?;
    let after = hsm.hmac_sha256(&label, b"data").await.map_err(failed(RULE))?;
    hsm.destroy(&label).await.map_err(failed(RULE))?;
    ensure(before.expose() == after.expose(), RULE)
}

/// [`Hsm::destroy`]: gone, and gone twice is fine; a new one is another secret.
pub async fn a_destroyed_secret_is_gone(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    const RULE: &str = "a destroyed secret is gone";
    let label = label(run, "gone");
    hsm.generate(&label).await.map_err(failed(RULE))?;
    ensure(hsm.find(&label).await == Ok(true), RULE)?;
    let before = hsm.hmac_sha256(&label, b"data").await.map_err(failed(RULE))?;
    hsm.destroy(&label).await.map_err(failed(RULE))?;
    hsm.destroy(&label).await.map_err(failed(RULE))?;
    ensure(hsm.find(&label).await == Ok(false), RULE)?;
    let used = hsm.hmac_sha256(&label, b"data").await.err();
    ensure(used == Some(HsmError::NotFound(label.clone())), RULE)?;
    hsm.generate(&label).await.map_err(failed(RULE))?;
    let after = hsm.hmac_sha256(&label, b"data").await.map_err(failed(RULE))?;
    hsm.destroy(&label).await.map_err(failed(RULE))?;
    ensure(before.expose() != after.expose(), RULE)
}

/// A label that was never made is not found, and is no failure of the provider.
pub async fn an_unknown_label_is_not_found(hsm: &dyn Hsm, run: &str) -> Result<(), Violation> {
    const RULE: &str = "an unknown label is not found";
    let label = label(run, "unknown");
    ensure(hsm.find(&label).await == Ok(false), RULE)?;
    let used = hsm.hmac_sha256(&label, b"data").await.err();
    ensure(used == Some(HsmError::NotFound(label.clone())), RULE)?;
    hsm.destroy(&label).await.map_err(failed(RULE))
}

fn label(run: &str, name: &str) -> String {
    format!("sealgate-conformance-{run}-{name}")
}

fn ensure(holds: bool, rule: &'static str) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::Rule(rule)) }
}

fn failed(rule: &'static str) -> impl Fn(HsmError) -> Violation {
    move |error| Violation::Failed(rule, error)
}
