//! TagResource, UntagResource and ListResourceTags (KMS API reference).

use kms_core::store::Tag;
use serde::{Deserialize, Serialize};

use super::call::{AwsCall, Service};
use super::{json, key_ref, limit, nothing};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Sets tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    key_id: String,
    tags: Vec<AwsTag>,
}

/// Removes tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    key_id: String,
    tag_keys: Vec<String>,
}

/// Lists tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourceTags {
    key_id: String,
    limit: Option<usize>,
    marker: Option<String>,
}

/// A tag as AWS writes it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AwsTag {
    tag_key: String,
    tag_value: String,
}

impl AwsCall for TagResource {
    const NAME: &'static str = "TagResource";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, tags) = (key_ref(&self.key_id)?, checked(self.tags)?);
        let tagged = service.kms.tag_key(&service.caller, &key, &tags).await;
        tagged.map(|()| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for UntagResource {
    const NAME: &'static str = "UntagResource";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let untagged = service.kms.untag_key(&service.caller, &key, &self.tag_keys).await;
        untagged.map(|()| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            tags: Vec<AwsTag>,
            truncated: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_marker: Option<String>,
        }
        let (key, limit) = (key_ref(&self.key_id)?, limit(self.limit)?);
        let tags = service.kms.key_tags(&service.caller, &key).await.map_err(aws_key_fault)?;
        let after = self.marker.unwrap_or_default();
        let mut rest = tags.into_iter().filter(|(name, _)| *name > after);
        let tags = rest.by_ref().take(limit);
        let tags: Vec<_> = tags.map(|(tag_key, tag_value)| AwsTag { tag_key, tag_value }).collect();
        let truncated = rest.next().is_some();
        let last = tags.last().filter(|_| truncated);
        let next_marker = last.map(|tag| tag.tag_key.clone());
        Ok(json(&Answer { tags, truncated, next_marker }))
    }
}

/// Tags within AWS's bounds. Errors: `TagException`.
pub(super) fn checked(tags: Vec<AwsTag>) -> Result<Vec<Tag>, Fault> {
    let mut names: Vec<_> = tags.iter().map(|tag| tag.tag_key.as_str()).collect();
    names.sort_unstable();
    let repeated = names.windows(2).any(|pair| pair.first() == pair.last());
    let fits = |tag: &AwsTag| {
        let name = tag.tag_key.chars().count();
        (1..=128).contains(&name)
            && tag.tag_value.chars().count() <= 256
            && !tag.tag_key.to_ascii_lowercase().starts_with("aws:")
    };
    match tags.iter().all(fits) && !repeated {
        true => Ok(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect()),
        false => Err(Code::TagException.into()),
    }
}
