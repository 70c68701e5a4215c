//! A request as the evaluator sees it.
//!
//! What the caller is and what the resource belongs to is put into the context
//! here, from the typed principal and resource: nothing that a client sends can
//! set those keys.

use std::net::IpAddr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::action::Action;
use crate::context::Context;
use crate::key::{Attribute, ConditionKey};
use crate::principal::{Identity, Principal};
use crate::resource::Resource;

/// One question: may this principal do this to that, in this context?
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) principal: Principal,
    pub(crate) action: Action,
    pub(crate) resource: Resource,
    pub(crate) context: Context,
}

impl Request {
    /// A request whose context has only what follows from its parts.
    pub fn new(principal: Principal, action: Action, resource: Resource) -> Self {
        let mut context = Context::default();
        add_principal(&mut context, &principal);
        if let Some(owner) = resource.owner() {
            context.add(Attribute::ResourceAccount, &owner.id);
        }
        Self { principal, action, resource, context }
    }

    /// Adds a value to a condition key, see [`Context::add`].
    #[must_use]
    pub fn with(mut self, key: impl Into<ConditionKey>, value: &str) -> Self {
        self.context.add(key, value);
        self
    }

    /// Adds a value if there is one.
    #[must_use]
    pub fn with_some(self, key: impl Into<ConditionKey>, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Takes a header of either dialect if conditions can test it.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.context.add_header(name, value);
        self
    }

    /// Where the request came from: the peer, or what a trusted proxy vouched for.
    #[must_use]
    pub fn from_address(self, address: IpAddr, secure_transport: bool) -> Self {
        self.with(Attribute::SourceIp, &address.to_canonical().to_string())
            .with(Attribute::SecureTransport, if secure_transport { "true" } else { "false" })
    }

    /// When the request came.
    #[must_use]
    pub fn at(self, now: OffsetDateTime) -> Self {
        let request = self.with(Attribute::EpochTime, &now.unix_timestamp().to_string());
        let text = now.format(&Rfc3339).ok();
        request.with_some(Attribute::CurrentTime, text.as_deref())
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What is asked.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The same principal and context, asking for something else: the key's
    /// right beside the object's, a copy's source beside its destination. What
    /// the context says of the first resource (tags, lock, key) is forgotten.
    #[must_use]
    pub fn also(&self, action: Action, resource: Resource) -> Self {
        let mut context = self.context.clone();
        context.forget_resource();
        if let Some(owner) = resource.owner() {
            context.add(Attribute::ResourceAccount, &owner.id);
        }
        Self { principal: self.principal.clone(), action, resource, context }
    }
}

/// IAM JSON policy reference: principal key values.
fn add_principal(context: &mut Context, principal: &Principal) {
    let (account, identity) = match principal {
        Principal::Anonymous => {
            context.add(Attribute::PrincipalType, "Anonymous");
            context.add(Attribute::UserId, "anonymous");
            context.add(Attribute::PrincipalIsService, "false");
            return;
        }
        Principal::Service(name) => {
            context.add(Attribute::PrincipalIsService, "true");
            context.add(Attribute::PrincipalServiceName, name);
            return;
        }
        Principal::Caller { account, identity } => (account, identity),
    };
    context.add(Attribute::PrincipalIsService, "false");
    context.add(Attribute::PrincipalAccount, &account.id);
    context.add(Attribute::KmsCallerAccount, &account.id);
    context.add(Attribute::PrincipalDomainId, &account.domain);
    if let Some(arn) = principal.arn() {
        context.add(Attribute::PrincipalArn, &arn);
    }
    let (kind, user_id) = match identity {
        Identity::Root => ("Account", account.id.clone()),
        Identity::User { name, id, .. } => {
            context.add(Attribute::UserName, name);
            ("User", id.clone())
        }
        Identity::Session { role_id, session, .. } => {
            ("AssumedRole", format!("{role_id}:{session}"))
        }
        Identity::FederatedUser { name } => ("FederatedUser", format!("{}:{name}", account.id)),
    };
    context.add(Attribute::PrincipalType, kind);
    context.add(Attribute::UserId, &user_id);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::principal::Account;
    use crate::resource::Service;

    #[test]
    fn the_tags_of_one_resource_never_count_for_another() {
        let owner = Arc::new(Account { id: "111111111111".into(), ..Account::default() });
        let tag = ConditionKey::of(Attribute::ExistingObjectTag, "team");
        let source = Resource::object(owner, "b", "source");
        let read = Request::new(Principal::Anonymous, Action::GetObject, source)
            .with(tag.clone(), "x")
            .with(Attribute::SecureTransport, "true");
        let list = read.also(Action::ListAllMyBuckets, Resource::service(Service::Storage));
        assert!(list.context.values(&tag).is_empty());
        assert!(list.context.values(&Attribute::ResourceAccount.into()).is_empty());
        assert_eq!(list.context.values(&Attribute::SecureTransport.into()), ["true"]);
    }
}
