//! Everything that speaks for a user or role, read together.

use std::sync::Arc;

use super::entity::find_by_id;
use super::model::Entity;
use crate::catalog::driver::{Row, Tx, params};
use crate::catalog::{Catalog, CatalogError};

/// A user or role with all policies that are its own: inline, attached, and
/// those of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The user or role.
    pub entity: Entity,
    /// The revision of its account under which this was read.
    pub revision: i64,
    /// Its policies.
    pub policies: Vec<Document>,
    /// The policy that bounds it, if one does.
    pub boundary: Option<Document>,
}

/// A policy as it stands in the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// An inline policy's name, or a managed policy's ARN.
    pub name: String,
    /// The text; `None` for a managed policy that is not in the catalog, which
    /// is a built-in one.
    pub text: Option<Arc<[u8]>>,
}

impl Catalog {
    /// The user or role with this id of the account, as of now. `None` when
    /// there is none such.
    pub async fn bearer_find(
        &self,
        account_id: &str,
        entity_id: &str,
    ) -> Result<Option<Arc<Bearer>>, CatalogError> {
        self.read(|tx| self.bearer(tx, account_id, entity_id))
    }

    /// As [`Catalog::bearer_find`], inside a transaction.
    pub(in crate::catalog) fn bearer(
        &self,
        tx: &Tx<'_>,
        account_id: &str,
        entity_id: &str,
    ) -> Result<Option<Arc<Bearer>>, CatalogError> {
        let sql = "SELECT revision FROM account WHERE id = ?1";
        let revision = tx.find(sql, params![account_id], |row| Ok(row.get(0)?))?;
        let Some(revision) = revision else {
            return Ok(None);
        };
        let found = self.0.facts.bearer(tx, entity_id, revision)?;
        Ok(found.filter(|bearer| bearer.entity.account_id == account_id))
    }
}

/// Reads a bearer as this transaction sees it.
pub(in crate::catalog) fn read(
    tx: &Tx<'_>,
    id: &str,
    revision: i64,
) -> Result<Option<Bearer>, CatalogError> {
    let Some(entity) = find_by_id(tx, id)? else {
        return Ok(None);
    };
    let inline = "SELECT name, document FROM inline_policy WHERE entity IN \
                  (SELECT ?1 UNION ALL SELECT grp FROM membership WHERE member = ?1) \
                  ORDER BY name";
    let attached = "SELECT t.policy, v.document FROM attachment t \
                    LEFT JOIN managed_policy p ON p.arn = t.policy \
                    LEFT JOIN policy_version v ON v.policy = p.arn AND v.number = p.default_version \
                    WHERE t.entity IN \
                    (SELECT ?1 UNION ALL SELECT grp FROM membership WHERE member = ?1) \
                    ORDER BY t.policy";
    let mut policies = tx.list(inline, params![id], map)?;
    policies.extend(tx.list(attached, params![id], map)?);
    let boundary = match &entity.boundary {
        Some(arn) => {
            let sql = "SELECT p.arn, v.document FROM managed_policy p \
                       JOIN policy_version v ON v.policy = p.arn AND v.number = p.default_version \
                       WHERE p.arn = ?1";
            let found = tx.find(sql, params![arn], map)?;
            Some(found.unwrap_or_else(|| Document { name: arn.clone(), text: None }))
        }
        None => None,
    };
    Ok(Some(Bearer { entity, revision, policies, boundary }))
}

fn map(row: &Row<'_>) -> Result<Document, CatalogError> {
    Ok(Document { name: row.get(0)?, text: row.get::<_, Option<Vec<u8>>>(1)?.map(Arc::from) })
}
