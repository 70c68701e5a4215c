//! Actions, and the sets of them that a policy's words stand for.
//!
//! Each action has one canonical name (AWS's where AWS has one) and any number
//! of other spellings; a spelling may stand for several actions, as
//! `kms:dek:create` does. Actions of object storage are also spelled
//! `s3:NAME`, `obs:bucket:NAME` or `obs:object:NAME`, and in bucket policies
//! just `NAME`. Case does not matter.
//!
//! A pattern is compared with every spelling, colon by colon: `kms:De*` is
//! `kms:Decrypt` and `kms:DescribeKey`, never `kms:dek:create`. Only a last
//! part that is `*` alone covers all parts that follow.

mod table;

pub use table::Action;

use std::sync::LazyLock;

use crate::error::Problem;
use crate::pattern::Glob;
use table::{Family, Row, TABLE};

const WORDS: usize = TABLE.len().div_ceil(u64::BITS as usize);

/// Services whose actions this crate knows, so that an unknown one is a slip.
const SERVICES: [&str; 5] = ["s3", "obs", "kms", "iam", "sts"];

/// A set of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionSet {
    words: [u64; WORDS],
}

impl Action {
    /// The canonical name, e.g. `s3:PutObject`.
    pub fn name(self) -> &'static str {
        self.row().and_then(|row| row.names.first()).copied().unwrap_or_default()
    }

    /// Every action that `spelling` stands for, in any dialect; empty if none.
    pub fn spelled(spelling: &str) -> ActionSet {
        ActionSet::matching(spelling)
    }

    /// Every action.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.action)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.get(self as usize)
    }
}

impl ActionSet {
    /// The set of exactly these actions.
    pub fn of(actions: &[Action]) -> Self {
        let mut set = Self { words: [0; WORDS] };
        for action in actions {
            set.insert(*action);
        }
        set
    }

    /// True if the set has the action.
    pub fn contains(&self, action: Action) -> bool {
        let index = action as usize;
        let word = self.words.get(index / 64).copied().unwrap_or_default();
        word >> (index % 64) & 1 == 1
    }

    /// True if the set has no action.
    pub fn is_empty(&self) -> bool {
        self.words == [0; WORDS]
    }

    /// The actions of the set, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = Action> {
        Action::all().filter(|action| self.contains(*action))
    }

    fn insert(&mut self, action: Action) {
        let index = action as usize;
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Adds all actions of another set.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(other.words) {
            *word |= other;
        }
    }

    /// Every action that is not in the set.
    pub(crate) fn complement(&self) -> Self {
        let mut set = Self::of(&[]);
        Action::all()
            .filter(|action| !self.contains(*action))
            .for_each(|action| set.insert(action));
        set
    }

    /// The actions that one word of a bucket or key policy stands for.
    /// Errors: it stands for none.
    pub(crate) fn parse(word: &str) -> Result<Self, Problem> {
        let set = Self::matching(word);
        if !set.is_empty() {
            return Ok(set);
        }
        let names: Vec<&str> = TABLE.iter().flat_map(|row| row.names).copied().collect();
        let last_parts = names.iter().filter_map(|name| name.rsplit(':').next());
        match word.contains(':') {
            true => Err(Problem::unknown("action", word, names.iter().copied())),
            false => Err(Problem::unknown("action", word, last_parts)),
        }
    }

    /// As [`ActionSet::parse`], but for identity policies, which may also speak
    /// of services that are not here (`ec2:*`) and must name the service.
    pub(crate) fn parse_any_service(word: &str) -> Result<Self, Problem> {
        if word == "*" {
            return Self::parse(word);
        }
        let Some((service, _)) = word.split_once(':') else {
            return Err(Problem::new(format!("action {word:?} does not name its service")));
        };
        let known = SERVICES.iter().any(|known| known.eq_ignore_ascii_case(service));
        if known || service.contains(['*', '?']) {
            return Self::parse(word);
        }
        Ok(Self::of(&[]))
    }

    fn matching(word: &str) -> Self {
        let word = word.to_ascii_lowercase();
        let parts: Vec<Glob> = word.split(':').map(Glob::parse).collect();
        let covers_rest = word == "*" || word.ends_with(":*");
        let mut set = Self::of(&[]);
        for (action, spellings) in SPELLINGS.iter() {
            if spellings.iter().any(|name| parts_match(&parts, covers_rest, name)) {
                set.insert(*action);
            }
        }
        set
    }
}

/// Every action with its spellings, cut at their colons: made once, for a long
/// policy has thousands of words to compare.
static SPELLINGS: LazyLock<Vec<(Action, Vec<Vec<String>>)>> = LazyLock::new(|| {
    let cut = |name: &String| name.split(':').map(str::to_owned).collect();
    let row = |row: &Row| (row.action, row.spellings().iter().map(cut).collect());
    TABLE.iter().map(row).collect()
});

/// Compares colon by colon, see the module's text.
fn parts_match(parts: &[Glob], covers_rest: bool, name: &[String]) -> bool {
    let enough = name.len() == parts.len() || (covers_rest && name.len() > parts.len());
    enough && parts.iter().zip(name).all(|(part, name)| part.matches(name))
}

impl Row {
    /// All spellings, in lower case.
    fn spellings(&self) -> Vec<String> {
        let mut spellings: Vec<String> =
            self.names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let kind = match self.family {
            Family::Bucket => "bucket",
            Family::Object => "object",
            Family::Other => return spellings,
        };
        for name in self.names {
            let short = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
            spellings.push(format!("s3:{short}"));
            spellings.push(format!("obs:{kind}:{short}"));
            spellings.push(short);
        }
        spellings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(word: &str) -> Vec<&'static str> {
        ActionSet::matching(word).iter().map(Action::name).collect()
    }

    #[test]
    fn the_table_stands_in_the_order_of_its_actions() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.action as usize, index);
        }
    }

    #[test]
    fn no_canonical_name_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        assert!(Action::all().all(|action| seen.insert(action.name().to_ascii_lowercase())));
    }

    #[test]
    fn one_action_has_a_spelling_in_every_dialect() {
        for word in [
            "s3:PutObject",
            "PutObject",
            "putobject",
            "obs:object:PutObject",
            "OBS:object:putObject",
        ] {
            assert_eq!(names(word), ["s3:PutObject"], "{word}");
        }
        let word = "obs:bucket:putEncryptionConfiguration";
        assert_eq!(names(word), ["s3:PutEncryptionConfiguration"]);
    }

    #[test]
    fn one_huawei_spelling_may_stand_for_several_actions() {
        assert_eq!(
            names("kms:dek:create"),
            ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
        );
        assert_eq!(names("kms:dek:crypto"), ["kms:Decrypt", "kms:dek:encrypt", "kms:dek:decrypt"]);
    }

    #[test]
    fn a_wildcard_does_not_reach_across_a_colon() {
        assert!(!names("kms:De*").contains(&"kms:GenerateDataKey"));
        assert!(names("kms:De*").contains(&"kms:Decrypt"));
        assert!(names("kms:dek:*").contains(&"kms:GenerateDataKey"));
        assert!(!names("obs:bucket:*").contains(&"s3:GetObject"));
        assert_eq!(names("kms:*").len(), names("KMS:*").len());
        assert!(names("kms:*").contains(&"kms:dek:encrypt"));
        assert!(names("obs:*:*").contains(&"s3:GetObject"));
        assert_eq!(names("*").len(), TABLE.len());
    }

    #[test]
    fn a_policy_full_of_actions_is_read_quickly() {
        let start = std::time::Instant::now();
        (0..5000).for_each(|_| assert!(!ActionSet::matching("*a").is_empty()));
        assert!(start.elapsed().as_secs() < 5);
    }

    #[test]
    fn an_unknown_action_is_refused_with_the_nearest() {
        let error = ActionSet::parse("s3:PutObjekt").expect_err("unknown").at("Action");
        assert_eq!(
            error.to_string(),
            "Action: unknown action \"s3:PutObjekt\", nearest s3:PutObject"
        );
        assert!(ActionSet::parse("ec2:RunInstances").is_err());
        assert!(ActionSet::parse_any_service("ec2:RunInstances").expect("elsewhere").is_empty());
        assert!(ActionSet::parse_any_service("PutObject").is_err());
    }
}
