//! ListAliases (KMS API reference).

use kms_core::key::{AliasName, KeyRef};
use kms_core::kms::AliasPage;
use serde::{Deserialize, Serialize};

use super::metadata::seconds;
use super::{caller, json, key_ref, limit, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Lists the aliases of the caller's account, or of one key.
pub struct ListAliases {
    key: Option<KeyRef>,
    after: Option<AliasName>,
    limit: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: Option<String>,
    limit: Option<usize>,
    marker: Option<String>,
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    type Output = AliasPage;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        let after = asked.marker.map(|marker| AliasName::parse(&marker));
        let after = after.transpose().map_err(|_| Fault::new(Code::InvalidMarkerException))?;
        let key = asked.key_id.as_deref().map(key_ref).transpose()?;
        Ok(Self { key, after, limit: limit(asked.limit)? })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<AliasPage, Fault> {
        let Self { key, after, limit } = self;
        let kms = &work.gateway.kms;
        let page = kms.list_aliases(&caller(work)?, key.as_ref(), after.as_ref(), limit).await;
        page.map_err(aws_key_fault)
    }

    fn render(page: AliasPage, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            alias_name: String,
            alias_arn: String,
            target_key_id: String,
            creation_date: f64,
            last_updated_date: f64,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            aliases: Vec<Entry>,
            truncated: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_marker: Option<String>,
        }
        let last = page.aliases.last().filter(|_| page.more);
        let next_marker = last.map(|alias| alias.name.as_str().to_owned());
        let aliases = page.aliases.iter().map(|alias| {
            let name = alias.name.as_str();
            Entry {
                alias_name: format!("alias/{name}"),
                alias_arn: format!(
                    "arn:aws:kms:{}:{}:alias/{name}",
                    alias.region, alias.account_id
                ),
                target_key_id: alias.key.to_string(),
                creation_date: seconds(alias.created_ms),
                last_updated_date: seconds(alias.updated_ms),
            }
        });
        json(&Answer { aliases: aliases.collect(), truncated: page.more, next_marker })
    }
}
