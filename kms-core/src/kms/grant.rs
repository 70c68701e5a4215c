//! Grants: made, listed, revoked by the key's owner, retired by whom the rules
//! allow.

use policy::Action;

use super::find::{Found, Home};
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::authorize::{Allowed, Denied};
use crate::key::{Constraint, Grant, GrantId, GrantOperation, Grantee, KeyOperation, KeyRef};
use crate::store::StoreError;

/// Grants that one key may have (Huawei: 100).
pub(super) const GRANTS_PER_KEY: usize = 100;
/// Most grants in a page.
const MAX_PAGE: usize = 1000;

/// A grant that is wanted.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Who may.
    pub grantee: Grantee,
    /// Who may end it.
    pub retiring: Option<Grantee>,
    /// A name; empty for none.
    pub name: String,
    /// What the grantee may.
    pub operations: Vec<GrantOperation>,
    /// In which encryption contexts.
    pub constraint: Option<Constraint>,
}

/// Which grants of a key to list, in order of id.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// Only this one.
    pub id: Option<GrantId>,
    /// Only those of this grantee, as it was given.
    pub grantee: Option<String>,
    /// Only those after this one.
    pub after: Option<GrantId>,
    /// At most so many, 1 to 1,000.
    pub limit: usize,
}

/// One page of grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantPage {
    /// The grants in order of id.
    pub grants: Vec<Grant>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many there are in all.
    pub total: usize,
}

impl Kms {
    /// Gives somebody a right to the key. A caller who may grant by a grant
    /// alone passes on no more than that grant gives. The same grant under the
    /// same name is not made twice. Errors: as [`Kms::enable_key`], and
    /// `Disabled`, `Invalid` (grantee, operations), `LimitExceeded` (100 a
    /// key). Source: AWS CreateGrant, Huawei create-grant.
    pub async fn create_grant(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        wanted: NewGrant,
    ) -> Result<Grant, KmsError> {
        let action = Action::KmsCreateGrant;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(KeyOperation::Grant)?;
            check_wanted(&wanted)?;
            check_passing_on(caller, &found, &wanted)?;
            let grant = self.new_grant(caller, &found, wanted).await?;
            let same = found.rights.grants.iter().find(|other| is_same(other, &grant));
            if let Some(same) = same {
                return Ok(same.clone());
            }
            event.detail = Some(format!("grant {} to {}", grant.id, grant.grantee.name()));
            let stored =
                self.store.grant_create(grant.clone(), GRANTS_PER_KEY, event.clone()).await;
            stored.map_err(|error| KmsError::of_store(found.key.id, error))?;
            Ok(grant)
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Takes a grant back, by the key's owner; effective for the next call.
    /// Errors: `AccessDenied`, `NotFound`, `NoGrant`, `Unavailable`, `Audit`.
    pub async fn revoke_grant(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        id: GrantId,
    ) -> Result<(), KmsError> {
        let action = Action::KmsRevokeGrant;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        event.detail = Some(format!("grant {id}"));
        let result = async {
            let found = self.find(caller, action, key_ref, Home::of(caller)).await?;
            about_key(&mut event, &found.key, None);
            let stored = self.store.grant_delete(found.key.id, id, event.clone()).await;
            stored.map_err(|error| of_grant(id, error))
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Ends a grant, by its retiring principal, its issuer, its grantee if the
    /// grant says so, or whoever has the right in the key's account. Errors: as
    /// [`Kms::revoke_grant`].
    pub async fn retire_grant(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        id: GrantId,
    ) -> Result<(), KmsError> {
        let mut event = about_ref(self.change_event(caller, Action::KmsRetireGrant), key_ref);
        event.detail = Some(format!("grant {id}"));
        let result = async {
            let key = self.key_for_retiring(caller, key_ref, id).await?;
            about_key(&mut event, &key, None);
            let stored = self.store.grant_delete(key.id, id, event.clone()).await;
            stored.map_err(|error| of_grant(id, error))
        }
        .await;
        self.settle_change(event, result).await
    }

    /// The grants of a key, in every state. Errors: as [`Kms::describe_key`],
    /// and `NoGrant` for one that was asked for by id.
    pub async fn list_grants(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        filter: GrantFilter,
    ) -> Result<GrantPage, KmsError> {
        let action = Action::KmsListGrants;
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            let found = self.find(caller, action, key_ref, Home::of(caller)).await?;
            about_key(&mut event, &found.key, None);
            let mut grants = found.rights.grants;
            if let Some(id) = filter.id {
                grants.retain(|grant| grant.id == id);
                if grants.is_empty() {
                    return Err(KmsError::NoGrant(id.to_string()));
                }
            }
            if let Some(grantee) = &filter.grantee {
                grants.retain(|grant| grant.grantee.name() == grantee);
            }
            let total = grants.len();
            grants.retain(|grant| filter.after.is_none_or(|after| grant.id > after));
            Ok(page(grants, filter.limit, total))
        }
        .await;
        self.settle(event, result).await
    }

    /// The grants, of whatever key, that name `retiring` as retiring principal,
    /// or the caller himself. Errors: `AccessDenied`, `Unavailable`, `Audit`.
    /// Source: AWS ListRetirableGrants, Huawei list-retirable-grants.
    pub async fn list_retirable_grants(
        &self,
        caller: &Caller,
        retiring: Option<&str>,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<GrantPage, KmsError> {
        let action = Action::KmsListRetirableGrants;
        let event = self.event(caller, action);
        let result = async {
            let account = caller.check_account(action)?;
            let names = match retiring {
                Some(name) if is_of(name, &account.id) || is_of(name, &account.domain) => {
                    vec![name.to_owned()]
                }
                // Whose grants another account may retire is not ours to tell.
                Some(_) => return Err(Denied::foreign().into()),
                None => vec![account.id.clone(), account.domain.clone(), caller.name()],
            };
            let limit = limit.clamp(1, MAX_PAGE);
            let listed = self.store.grant_list_retirable(&names, after, limit + 1).await;
            let grants = listed.map_err(|error| KmsError::Unavailable(error.to_string()))?;
            let total = grants.len();
            Ok(page(grants, limit, total))
        }
        .await;
        self.settle(event, result).await
    }

    async fn new_grant(
        &self,
        caller: &Caller,
        found: &Found,
        wanted: NewGrant,
    ) -> Result<Grant, KmsError> {
        let random = self.root.hsm().random(32).await?;
        let id = (random.expose().try_into())
            .map_err(|_| KmsError::Unavailable("random bytes of the wrong length".to_owned()))?;
        let all = GrantOperation::ALL.into_iter();
        let operations = all.filter(|operation| wanted.operations.contains(operation)).collect();
        Ok(Grant {
            id: GrantId(id),
            key: found.key.id,
            grantee: wanted.grantee,
            retiring: wanted.retiring,
            issuer: caller.name(),
            issuer_account: caller.account().map(|own| own.id.clone()).unwrap_or_default(),
            name: wanted.name,
            operations,
            constraint: wanted.constraint,
            created_ms: self.now(),
        })
    }

    /// The key of a grant that this caller may end.
    async fn key_for_retiring(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        id: GrantId,
    ) -> Result<crate::key::Key, KmsError> {
        let found = self.find(caller, Action::KmsRetireGrant, key_ref, Home::of(caller)).await;
        let judged = match found {
            // A grant's RetireGrant speaks of that grant alone.
            Ok(found) if found.allowed == Allowed::ByPolicy => {
                let exists = found.rights.grants.iter().any(|grant| grant.id == id);
                return if exists { Ok(found.key) } else { Err(KmsError::NoGrant(id.to_string())) };
            }
            Ok(found) => Ok(found),
            Err(KmsError::AccessDenied(why)) => {
                let found = self.look_up_for_retiring(key_ref, Home::of(caller)).await?;
                found.ok_or(KmsError::AccessDenied(why))
            }
            Err(other) => Err(other),
        };
        let found = judged?;
        let principal = caller.request.principal();
        let may = |grant: &&Grant| {
            let retires = grant.retiring.as_ref().is_some_and(|retiring| retiring.is(principal));
            let own = grant.operations.contains(&GrantOperation::RetireGrant)
                && grant.grantee.is(principal);
            retires || own || grant.issuer == caller.name()
        };
        match found.rights.grants.iter().filter(may).any(|grant| grant.id == id) {
            true => Ok(found.key),
            false => Err(Denied::foreign().into()),
        }
    }
}

/// Errors: `Invalid`.
fn check_wanted(wanted: &NewGrant) -> Result<(), KmsError> {
    let invalid = |field, why: &str| Err(KmsError::Invalid { field, why: why.to_owned() });
    if wanted.operations.is_empty() {
        return invalid("operations", "must not be empty");
    }
    if wanted.operations == [GrantOperation::CreateGrant] {
        return invalid("operations", "must not be create-grant alone");
    }
    if wanted.grantee.pattern().is_none() {
        return invalid("grantee_principal", "is not a principal");
    }
    if wanted.retiring.as_ref().is_some_and(|retiring| retiring.pattern().is_none()) {
        return invalid("retiring_principal", "is not a principal");
    }
    Ok(())
}

/// Errors: `AccessDenied` when a grant alone would be passed on widened.
fn check_passing_on(caller: &Caller, found: &Found, wanted: &NewGrant) -> Result<(), KmsError> {
    if found.allowed == Allowed::ByPolicy {
        return Ok(());
    }
    let principal = caller.request.principal();
    let includes = |grant: &Grant| {
        grant.operations.contains(&GrantOperation::CreateGrant)
            && grant.grantee.is(principal)
            && grant.includes(&wanted.operations, wanted.constraint.as_ref())
    };
    match found.rights.grants.iter().any(includes) {
        true => Ok(()),
        false => Err(Denied("a grant passes on no more than it gives".to_owned()).into()),
    }
}

/// Whether a grant of the same name gives the same to the same.
fn is_same(one: &Grant, other: &Grant) -> bool {
    !one.name.is_empty()
        && one.name == other.name
        && one.grantee == other.grantee
        && one.retiring == other.retiring
        && one.operations == other.operations
        && one.constraint == other.constraint
}

/// Whether a principal's name is of the account with this id.
fn is_of(name: &str, account: &str) -> bool {
    name == account || name.split(':').nth(4) == Some(account)
}

fn page(mut grants: Vec<Grant>, limit: usize, total: usize) -> GrantPage {
    let limit = limit.clamp(1, MAX_PAGE);
    let more = grants.len() > limit;
    grants.truncate(limit);
    GrantPage { grants, more, total }
}

fn of_grant(id: GrantId, error: StoreError) -> KmsError {
    match error {
        StoreError::NotFound => KmsError::NoGrant(id.to_string()),
        other => KmsError::Unavailable(other.to_string()),
    }
}
