//! ListKeys (KMS API reference).

use kms_core::key::{Key, KeyId};
use kms_core::store::KeyPage;
use serde::{Deserialize, Serialize};

use super::metadata::arn;
use super::{caller, json, limit, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Lists the keys of the caller's account; the marker is the last key's id.
pub struct ListKeys {
    after: Option<KeyId>,
    limit: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    limit: Option<usize>,
    marker: Option<String>,
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    type Output = KeyPage;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        let after = asked.marker.map(|marker| marker.parse());
        let after = after.transpose().map_err(|_| Fault::new(Code::InvalidMarkerException))?;
        Ok(Self { after, limit: limit(asked.limit)? })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<KeyPage, Fault> {
        let page = work.gateway.kms.list_keys(&caller(work)?, self.after, self.limit).await;
        page.map_err(aws_key_fault)
    }

    fn render(page: KeyPage, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            key_id: String,
            key_arn: String,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            keys: Vec<Entry>,
            truncated: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_marker: Option<String>,
        }
        let next_marker = page.keys.last().filter(|_| page.more).map(|key| key.id.to_string());
        let entry = |key: &Key| Entry { key_id: key.id.to_string(), key_arn: arn(key) };
        let keys = page.keys.iter().map(entry).collect();
        json(&Answer { keys, truncated: page.more, next_marker })
    }
}
