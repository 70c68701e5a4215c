//! One statement of a policy, ready to be asked.
//!
//! All that a document may say has become sets and patterns here; asking one cannot
//! fail. Whether statements together allow something is decided in `evaluate.rs`.

use std::sync::Arc;

use crate::action::{Action, ActionSet};
use crate::arn::ResourcePattern;
use crate::condition::Condition;
use crate::principal::{Named, PrincipalPattern};
use crate::request::Request;

/// Allow or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The request may go on.
    Allow,
    /// The request is refused.
    Deny,
}

/// One statement: whom, what, on what and when it concerns.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    pub(crate) principals: Principals,
    pub(crate) actions: ActionSet,
    pub(crate) resources: Resources,
    pub(crate) conditions: Vec<Condition>,
}

/// Whom a statement concerns.
#[derive(Clone, Debug)]
pub(crate) enum Principals {
    /// Whoever the policy is attached to.
    Bearer,
    These(Vec<PrincipalPattern>),
    AllBut(Vec<PrincipalPattern>),
}

/// What a statement concerns.
#[derive(Clone, Debug)]
pub(crate) enum Resources {
    These(Vec<ResourcePattern>),
    AllBut(Vec<ResourcePattern>),
}

impl Statement {
    /// An allowing statement that comes from no document: an entry of an ACL or
    /// a KMS grant. `sid` is what explanations call it.
    pub fn allow(
        sid: &str,
        principal: PrincipalPattern,
        actions: &[Action],
        resource: ResourcePattern,
    ) -> Self {
        Self {
            sid: Some(sid.into()),
            effect: Effect::Allow,
            principals: Principals::These(vec![principal]),
            actions: ActionSet::of(actions),
            resources: Resources::These(vec![resource]),
            conditions: Vec::new(),
        }
    }

    /// The same statement, only when the condition holds as well.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// True if the statement lets in callers that nobody chose: it names
    /// everybody, and no condition holds them to known accounts or networks
    /// (S3, "The meaning of public").
    pub(crate) fn is_public(&self) -> bool {
        let names_everybody = match &self.principals {
            Principals::Bearer => false,
            Principals::These(patterns) => patterns.iter().any(PrincipalPattern::is_public),
            Principals::AllBut(_) => true,
        };
        let narrowed = self.conditions.iter().any(Condition::is_narrow);
        self.effect == Effect::Allow && names_everybody && !narrowed
    }

    /// How the statement names the caller if it concerns the request at all.
    /// The cheapest question comes first: most statements are about other actions.
    pub(crate) fn concerns(&self, request: &Request) -> Option<Named> {
        if !self.actions.contains(request.action) {
            return None;
        }
        let named = self.principals.name(request)?;
        let concerned = self.resources.contain(request)
            && self.conditions.iter().all(|condition| condition.holds(&request.context));
        concerned.then_some(named)
    }
}

impl Principals {
    fn name(&self, request: &Request) -> Option<Named> {
        let strongest = |patterns: &[PrincipalPattern]| {
            patterns.iter().filter_map(|pattern| pattern.names(&request.principal)).max()
        };
        match self {
            Self::Bearer => Some(Named::Personal),
            Self::These(patterns) => strongest(patterns),
            Self::AllBut(patterns) => strongest(patterns).is_none().then_some(Named::Everyone),
        }
    }
}

impl Resources {
    fn contain(&self, request: &Request) -> bool {
        let any = |patterns: &[ResourcePattern]| {
            patterns.iter().any(|pattern| pattern.matches(&request.resource, &request.context))
        };
        match self {
            Self::These(patterns) => any(patterns),
            Self::AllBut(patterns) => !any(patterns),
        }
    }
}
