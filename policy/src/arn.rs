//! How a policy names resources.
//!
//! Spellings: AWS ARNs (`arn:aws:s3:::b/k*`, `arn:aws:kms:R:ACCOUNT:key/ID`,
//! `arn:aws:iam::ACCOUNT:user/…`), OBS bucket policies (`b`, `b/k*`) and Huawei
//! identity policies (`obs:*:*:object:b/k`, `KMS:*:*:KeyId:ID`). As on AWS, `*`
//! crosses `/`: `arn:aws:s3:::b*` is the bucket `bucket` and all its objects.

use crate::context::Context;
use crate::error::Problem;
use crate::key::Attribute;
use crate::pattern::{Glob, Pattern, Spelling, split_outside_variables};
use crate::resource::{Resource, Service, Thing};

/// How a policy names resources.
#[derive(Clone, Debug)]
pub struct ResourcePattern(Shape);

#[derive(Clone, Debug)]
enum Shape {
    Any,
    /// A bucket's name, or `bucket/key`.
    Storage(Pattern),
    /// `obs:REGION:DOMAIN:KIND:PATH`
    StorageUrn {
        region: Pattern,
        domain: Pattern,
        kind: Pattern,
        path: Pattern,
    },
    /// `arn:aws:kms:REGION:ACCOUNT:PATH`
    Key {
        region: Pattern,
        account: Pattern,
        path: Pattern,
    },
    /// `KMS:REGION:DOMAIN:KeyId:ID`
    KeyUrn {
        region: Pattern,
        domain: Pattern,
        id: Pattern,
    },
    Identity {
        account: Pattern,
        path: Pattern,
    },
    /// Of a service that is not here: matches nothing.
    Elsewhere,
}

impl ResourcePattern {
    /// Everything, for statements that are made and not parsed.
    pub fn any() -> Self {
        Self(Shape::Any)
    }

    /// Exactly this bucket, not its objects.
    pub fn bucket(bucket: &str) -> Self {
        Self(Shape::Storage(Pattern::exact(bucket)))
    }

    /// Exactly this object.
    pub fn object(bucket: &str, key: &str) -> Self {
        Self(Shape::Storage(Pattern::exact(&format!("{bucket}/{key}"))))
    }

    /// A resource of an identity or key policy.
    pub(crate) fn parse(text: &str, variables: bool) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self(Shape::Any));
        }
        let spelling = Spelling { wildcards: true, variables, fold: false };
        if text.starts_with("arn:") {
            return aws(text, spelling).map(Self);
        }
        huawei(text, spelling).map(Self)
    }

    /// A resource of a bucket policy, which must be the bucket or its objects.
    pub(crate) fn parse_in_bucket(
        text: &str,
        bucket: &str,
        variables: bool,
    ) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self(Shape::Any));
        }
        let spelling = Spelling { wildcards: true, variables, fold: false };
        let path = match text.starts_with("arn:") {
            true => match split_outside_variables(text, ':', 6)[..] {
                [_, _, "s3", "", "", path] => path,
                _ => {
                    return Err(Problem::new(format!("{text:?} is no ARN of a bucket or object")));
                }
            },
            false => text,
        };
        let named = path.split('/').next().unwrap_or_default();
        if !Glob::parse(named).matches(bucket) {
            return Err(Problem::new(format!("{text:?} is not in the bucket {bucket:?}")));
        }
        Ok(Self(Shape::Storage(Pattern::parse(path, spelling)?)))
    }

    /// True if this names `resource`, variables taken from `context`.
    pub(crate) fn matches(&self, resource: &Resource, context: &Context) -> bool {
        match (&self.0, &resource.thing) {
            (Shape::Any, _) => true,
            (Shape::Storage(path), Thing::Bucket(name) | Thing::Object(name)) => {
                path.matches(name, context)
            }
            // ListAllMyBuckets is commonly granted on arn:aws:s3:::*.
            (Shape::Storage(path), Thing::Service(Service::Storage)) => path.matches("*", context),
            (Shape::StorageUrn { region, domain, kind, path }, thing) => {
                let (own_kind, name) = match thing {
                    Thing::Bucket(name) => ("bucket", name.as_str()),
                    Thing::Object(name) => ("object", name.as_str()),
                    Thing::Service(Service::Storage) => ("bucket", "*"),
                    _ => return false,
                };
                let own_region = context.single(&Attribute::RequestedRegion.into());
                kind.matches(own_kind, context)
                    && path.matches(name, context)
                    && region.matches(own_region.unwrap_or_default(), context)
                    && resource.is_owned_by(domain, context)
            }
            (Shape::Key { region, account, path }, Thing::Key { region: own, path: name }) => {
                path.matches(name, context)
                    && region.matches(own, context)
                    && resource.is_owned_by(account, context)
            }
            (Shape::KeyUrn { region, domain, id }, Thing::Key { region: own, path }) => {
                path.strip_prefix("key/").is_some_and(|name| id.matches(name, context))
                    && region.matches(own, context)
                    && resource.is_owned_by(domain, context)
            }
            (Shape::KeyUrn { id, .. }, Thing::Service(Service::Keys)) => id.matches("*", context),
            (Shape::Identity { account, path }, Thing::Identity(name)) => {
                path.matches(name, context) && resource.is_owned_by(account, context)
            }
            _ => false,
        }
    }
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:PATH`. An ARN that ends early in `*`
/// stands for all that could follow.
fn aws(text: &str, spelling: Spelling) -> Result<Shape, Problem> {
    let mut fields = split_outside_variables(text, ':', 6);
    if fields.len() < 6 && fields.len() > 3 && fields.last().is_some_and(|last| last.ends_with('*'))
    {
        fields.resize(6, "*");
    }
    let [_, partition, service, region, account, path] = fields[..] else {
        return Err(Problem::new(format!("{text:?} has fewer than the six parts of an ARN")));
    };
    if !["aws", "aws-cn", "aws-us-gov"].iter().any(|known| Glob::parse(partition).matches(known)) {
        return Err(Problem::new(format!("{text:?} is of an unknown partition")));
    }
    if path.is_empty() {
        return Err(Problem::new(format!("{text:?} names nothing")));
    }
    let pattern = |text: &str| Pattern::parse(text, spelling);
    let nowhere = |text: &str| text.is_empty() || text == "*";
    match service {
        "s3" if nowhere(region) && nowhere(account) => Ok(Shape::Storage(pattern(path)?)),
        "s3" => Err(Problem::new(format!("{text:?}: buckets have neither region nor account"))),
        "kms" => Ok(Shape::Key {
            region: pattern(region)?,
            account: pattern(account)?,
            path: pattern(path)?,
        }),
        "iam" | "sts" => Ok(Shape::Identity { account: pattern(account)?, path: pattern(path)? }),
        _ => Ok(Shape::Elsewhere),
    }
}

/// `SERVICE:REGION:DOMAIN:KIND:PATH`, the service in any case.
fn huawei(text: &str, spelling: Spelling) -> Result<Shape, Problem> {
    let [service, region, domain, kind, path] = split_outside_variables(text, ':', 5)[..] else {
        return Err(Problem::new(format!(
            "{text:?} is neither *, nor an ARN, nor SERVICE:REGION:DOMAIN:TYPE:PATH"
        )));
    };
    let pattern = |text: &str| Pattern::parse(text, spelling);
    // An empty region or domain is any.
    let place = |text: &str| pattern(if text.is_empty() { "*" } else { text });
    match service.to_ascii_lowercase().as_str() {
        "obs" => {
            if !["bucket", "object"].iter().any(|known| Glob::parse(kind).matches(known)) {
                return Err(Problem::unknown("type", kind, ["bucket", "object"].into_iter()));
            }
            Ok(Shape::StorageUrn {
                region: place(region)?,
                domain: place(domain)?,
                kind: pattern(kind)?,
                path: pattern(path)?,
            })
        }
        "kms" => {
            if !kind.eq_ignore_ascii_case("KeyId") && kind != "*" {
                return Err(Problem::unknown("type", kind, ["KeyId"].into_iter()));
            }
            Ok(Shape::KeyUrn { region: place(region)?, domain: place(domain)?, id: pattern(path)? })
        }
        _ => Ok(Shape::Elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::principal::Account;

    fn owner() -> Arc<Account> {
        Arc::new(Account { id: "111111111111".into(), domain: "d1".into(), canonical: "c1".into() })
    }

    fn matches(pattern: &str, resource: &Resource) -> bool {
        let pattern = ResourcePattern::parse(pattern, true).expect(pattern);
        pattern.matches(resource, &Context::default())
    }

    #[test]
    fn buckets_and_objects_are_named_in_every_spelling() {
        let bucket = Resource::bucket(owner(), "b");
        let object = Resource::object(owner(), "b", "dir/k:1");
        for pattern in
            ["*", "arn:aws:s3:::b", "arn:aws:s3:::*", "obs:*:*:bucket:b", "OBS:::bucket:*"]
        {
            assert!(matches(pattern, &bucket), "{pattern}");
        }
        for pattern in ["arn:aws:s3:::b/*", "obs:*:*:object:b/dir/k:?", "obs:*:d1:object:*"] {
            assert!(matches(pattern, &object), "{pattern}");
            assert!(!matches(pattern, &bucket), "{pattern}");
        }
        for pattern in
            ["arn:aws:s3:::b", "obs:*:*:bucket:*", "obs:*:d2:object:*", "KMS:*:*:KeyId:*"]
        {
            assert!(!matches(pattern, &object), "{pattern}");
        }
    }

    #[test]
    fn keys_are_named_by_region_and_either_account_id() {
        let key = Resource::key(owner(), "r1", "k-1");
        for pattern in [
            "arn:aws:kms:r1:111111111111:key/k-1",
            "arn:aws:kms:*:d1:key/*",
            "arn:aws:kms:*",
            "KMS:*:*:KeyId:k-1",
            "kms:r1:d1:KeyId:*",
        ] {
            assert!(matches(pattern, &key), "{pattern}");
        }
        for pattern in
            ["arn:aws:kms:r2:*:key/*", "arn:aws:kms:r1:222222222222:key/k-1", "kms:r2::KeyId:*"]
        {
            assert!(!matches(pattern, &key), "{pattern}");
        }
        assert!(!matches("KMS:*:*:KeyId:*", &Resource::alias(owner(), "r1", "a")));
        assert!(matches("KMS:*:*:KeyId:*", &Resource::service(Service::Keys)));
    }

    #[test]
    fn a_bucket_policy_can_only_name_its_bucket() {
        for text in ["mine", "mine/*", "mi*", "*", "arn:aws:s3:::mine/x?", "m?ne/x"] {
            assert!(ResourcePattern::parse_in_bucket(text, "mine", true).is_ok(), "{text}");
        }
        for text in ["other", "other/*", "mine2", "arn:aws:s3:::other", "arn:aws:kms:::mine", ""] {
            assert!(ResourcePattern::parse_in_bucket(text, "mine", true).is_err(), "{text}");
        }
    }

    #[test]
    fn malformed_resources_are_refused() {
        for text in ["", "b/*", "arn:aws:s3", "arn:aws:s3:::", "arn:x:s3:::b", "obs:*:*:buckets:b"]
        {
            assert!(ResourcePattern::parse(text, true).is_err(), "{text}");
        }
        assert!(ResourcePattern::parse("arn:aws:s3:r1::b", true).is_err());
    }
}
