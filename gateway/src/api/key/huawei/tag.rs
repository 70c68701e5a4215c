//! Tags ("Managing Tags", Huawei KMS API reference).

use std::collections::BTreeMap;

use kms_core::key::{Key, KeyRef};
use kms_core::store::Tag;
use serde_json::{Map, Value, json};

use super::super::asked::{Asked, missing};
use super::super::call::{HuaweiCall, Service};
use super::list::all_keys;
use super::{details, json_reply};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// Most tags in one batch, and of one key.
const TAGS_MAX: usize = 20;

/// POST /kms/{key_id}/tags.
pub struct CreateTag;
/// POST /kms/{key_id}/tags/action.
pub struct BatchTags;
/// DELETE /kms/{key_id}/tags/{key}.
pub struct DeleteTag;
/// GET /kms/{key_id}/tags.
pub struct ShowTags;
/// GET /kms/tags.
pub struct ListTags;
/// POST /kms/resource_instances/action.
pub struct ListKeysByTags;

impl HuaweiCall for CreateTag {
    const NAME: &'static str = "create-kms-tag";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let tag = tag(asked.value("tag").ok_or_else(|| missing("tag"))?)?;
        let tagged = service.kms.tag_key(&service.caller, &path_key(asked)?, &[tag]).await;
        tagged.map(|()| Reply::no_content()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for BatchTags {
    const NAME: &'static str = "batch-kms-tags";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let Some(Value::Array(tags)) = asked.value("tags") else {
            return Err(Code::Kms0412.into());
        };
        if tags.is_empty() || tags.len() > TAGS_MAX {
            return Err(Code::Kms0412.into());
        }
        let (key, caller) = (path_key(asked)?, &service.caller);
        let done = match asked.needed("action")? {
            "create" => {
                let tags: Vec<Tag> = tags.iter().map(tag).collect::<Result<_, _>>()?;
                service.kms.tag_key(caller, &key, &tags).await
            }
            "delete" => {
                let name = |tag: &Value| tag.get("key").and_then(Value::as_str).map(str::to_owned);
                let names: Option<Vec<_>> = tags.iter().map(name).collect();
                let names = names.ok_or(Code::Kms0406)?;
                service.kms.untag_key(caller, &key, &names).await
            }
            _ => return Err(Code::Kms0404.into()),
        };
        done.map(|()| Reply::no_content()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for DeleteTag {
    const NAME: &'static str = "delete-tag";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, name) = (path_key(asked)?, asked.segment(5).to_owned());
        let tags = service.kms.key_tags(&service.caller, &key).await.map_err(huawei_key_fault)?;
        if !tags.iter().any(|(known, _)| *known == name) {
            return Err(Code::Kms0416.into());
        }
        let deleted = service.kms.untag_key(&service.caller, &key, &[name]).await;
        deleted.map(|()| Reply::no_content()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for ShowTags {
    const NAME: &'static str = "show-kms-tags";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let tags = service.kms.key_tags(&service.caller, &path_key(asked)?).await;
        let tags = tags.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "tags": shown(&tags), "existTagsNum": tags.len() })))
    }
}

impl HuaweiCall for ListTags {
    const NAME: &'static str = "list-kms-tags";

    async fn answer(_: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let all = service.kms.account_tags(&service.caller).await.map_err(huawei_key_fault)?;
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, (name, value)) in all {
            let known = values.entry(name).or_default();
            if !known.contains(&value) {
                known.push(value);
            }
        }
        let tags = values.into_iter().map(|(key, values)| json!({ "key": key, "values": values }));
        let tags: Vec<_> = tags.collect();
        Ok(json_reply(&json!({ "tags": tags })))
    }
}

impl HuaweiCall for ListKeysByTags {
    const NAME: &'static str = "list-kms-by-tags";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let is_count = match asked.needed("action")? {
            "filter" => false,
            "count" => true,
            _ => return Err(Code::Kms0404.into()),
        };
        let limit = asked.number("limit", Code::Kms1601)?.unwrap_or(10);
        if !(1..=1000).contains(&limit) {
            return Err(Code::Kms1601.into());
        }
        let offset = asked.number("offset", Code::Kms0417)?.unwrap_or(0);
        let (wanted, name) = (wanted_tags(asked)?, wanted_name(asked)?);
        let all = service.kms.account_tags(&service.caller).await.map_err(huawei_key_fault)?;
        let mut found: Vec<(Key, Vec<Tag>)> = Vec::new();
        for key in all_keys(service.kms, service).await? {
            let tags = all.iter().filter(|(id, _)| *id == key.id).map(|(_, tag)| tag.clone());
            let tags: Vec<Tag> = tags.collect();
            let fits = |(name, values): &(String, Vec<String>)| {
                let mut of_name = tags.iter().filter(|(known, _)| known == name);
                of_name.any(|(_, value)| values.is_empty() || values.contains(value))
            };
            if wanted.iter().all(fits) && !key.is_default() {
                found.push((key, tags));
            }
        }
        let mut resources = Vec::new();
        for (key, tags) in &found {
            let detail = details(service, key).await?;
            let alias = detail.get("key_alias").cloned().unwrap_or_default();
            let fits = |name: &String| alias.as_str().is_some_and(|alias| alias.contains(name));
            if name.as_ref().is_none_or(fits) {
                resources.push(json!({
                    "resource_id": key.id.to_string(),
                    "resource_detail": detail,
                    "resource_name": alias,
                    "tags": shown(tags),
                }));
            }
        }
        let total = resources.len();
        if is_count {
            return Ok(json_reply(&json!({ "total_count": total })));
        }
        let page = resources.into_iter().skip(usize::try_from(offset).unwrap_or(usize::MAX));
        let page: Vec<_> = page.take(usize::try_from(limit).unwrap_or(1000)).collect();
        Ok(json_reply(&json!({ "resources": page, "total_count": total })))
    }
}

/// The key of the path. Errors: `KMS.0205`.
fn path_key(asked: &Asked) -> Result<KeyRef, Fault> {
    Asked::id(asked.segment(3))
}

/// A tag within its bounds. Errors: `KMS.0406`, `KMS.0405`.
fn tag(value: &Value) -> Result<Tag, Fault> {
    let empty = Map::new();
    let fields = value.as_object().unwrap_or(&empty);
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let name = text("key").ok_or(Code::Kms0406)?;
    let wrong = |c: char| c.is_control() || "*<>\\=,|/".contains(c);
    if !(1..=36).contains(&name.chars().count()) || name.contains(wrong) {
        return Err(Code::Kms0406.into());
    }
    let value = text("value").unwrap_or_default();
    if value.chars().count() > 43 || value.contains(wrong) {
        return Err(Code::Kms0405.into());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn shown(tags: &[Tag]) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// Names with the values that will do; no values means any.
fn wanted_tags(asked: &Asked) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let listed = match asked.value("tags") {
        None => return Ok(Vec::new()),
        Some(Value::Array(listed)) => listed,
        Some(_) => return Err(Code::Kms0412.into()),
    };
    let read = |wanted: &Value| {
        let name = wanted.get("key").and_then(Value::as_str).ok_or(Code::Kms0406)?;
        let values = wanted.get("values").and_then(Value::as_array);
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        Ok((name.to_owned(), values.map(str::to_owned).collect()))
    };
    listed.iter().map(read).collect()
}

/// What the alias shall contain. Errors: `KMS.0415`.
fn wanted_name(asked: &Asked) -> Result<Option<String>, Fault> {
    let Some(Value::Array(matches)) = asked.value("matches") else { return Ok(None) };
    let mut name = None;
    for wanted in matches {
        let field = |name: &str| wanted.get(name).and_then(Value::as_str);
        match (field("key"), field("value")) {
            (Some("resource_name"), Some(value)) => name = Some(value.to_owned()),
            _ => return Err(Code::Kms0415.into()),
        }
    }
    Ok(name)
}
