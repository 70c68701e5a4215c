//! `x-amz-copy-source`: bucket, key and version that a copy reads.

use percent_encoding::percent_decode_str;
use policy::Action;

use super::version_named;
use crate::api::operation::{Need, On};
use crate::api::work::Work;
use crate::catalog::model::{StoredObject, Version, VersionRef};
use crate::http::{Code, Fault, Incoming};

/// Where a copy reads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version.
    pub version: VersionRef,
}

impl CopySource {
    /// Reads the header: `/bucket/key` or `bucket/key`, percent-encoded as a
    /// whole or in parts, with `?versionId=` unencoded behind it. Errors:
    /// `InvalidArgument`.
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let text = request.vendor("copy-source")?.unwrap_or_default();
        Self::read(text)
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let refused = || {
            Fault::argument(
                "x-amz-copy-source",
                text,
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            )
        };
        let (path, version) = match text.split_once("?versionId=") {
            Some((path, version)) => (path, VersionRef::Exact(version_named(version)?)),
            None => (text, VersionRef::Latest),
        };
        let path = percent_decode_str(path).decode_utf8().map_err(|_| refused())?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = path.split_once('/').ok_or_else(refused)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(refused());
        }
        if key.len() > 1024 {
            return Err(Code::KeyTooLongError.into());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }

    /// The right to read the source: the same as a GET's.
    pub fn need(&self) -> Need {
        self.need_of(Action::GetObject, Action::GetObjectVersion)
    }

    /// The right to `current` on the source, or to `exact` on a version by name.
    pub fn need_of(&self, current: Action, exact: Action) -> Need {
        let action = match &self.version {
            VersionRef::Latest => current,
            VersionRef::Exact(_) => exact,
        };
        Need::new(action, On::Version(self.bucket.clone(), self.key.clone(), self.version.clone()))
    }

    /// The object behind need `index`, which is the source's. Errors:
    /// `NoSuchKey`, `NoSuchVersion`, and `InvalidRequest` for a delete marker by
    /// name.
    pub fn object<'w>(
        &self,
        work: &'w Work,
        index: usize,
    ) -> Result<(&'w Version, &'w StoredObject), Fault> {
        let exact = self.version != VersionRef::Latest;
        let missing = if exact { Code::NoSuchVersion } else { Code::NoSuchKey };
        let version = work.version(index).ok_or(missing)?;
        match &version.object {
            Some(object) => Ok((version, object)),
            None if exact => Err(Fault::new(Code::InvalidRequest).message(
                "The source of a copy request may not specifically refer to a delete marker by version id.",
            )),
            None => Err(Code::NoSuchKey.into()),
        }
    }

    /// `bucket/key`, for the policy condition key `s3:x-amz-copy-source`.
    pub fn condition(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        CopySource::read(text).ok().map(|source| (source.bucket, source.key))
    }

    #[test]
    fn all_spellings_of_the_sdks_are_read() {
        let wanted = Some(("b".to_owned(), "dir/k y".to_owned()));
        for text in ["/b/dir/k%20y", "b/dir/k%20y", "b%2Fdir%2Fk%20y", "/b/dir/k y"] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_plus_sign_is_a_plus_sign_and_dots_climb_nowhere() {
        assert_eq!(read("b/a+b"), Some(("b".into(), "a+b".into())));
        assert_eq!(read("b/../c/k"), Some(("b".into(), "../c/k".into())));
    }

    #[test]
    fn a_source_without_key_is_refused() {
        for text in ["", "b", "b/", "/b", "//k", "b%ff/k"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
