//! The CORS rules of a bucket (S3 "PutBucketCors"; OBS "Configuring Bucket
//! CORS"), and which of them allows a request.

use policy::Action;
use serde::{Deserialize, Serialize};

use super::BucketSetting;
use crate::api::work::Work;
use crate::catalog::model::BucketFacts;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Reply};

/// Most rules of a bucket.
const LIMIT: usize = 100;

const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

/// The rules in their order; the first that fits decides.
#[derive(Debug, Serialize, Deserialize)]
pub struct BucketCors(Vec<CorsRule>);

/// A rule, as written and as stored (JSON).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    id: Option<String>,
    origins: Vec<String>,
    /// Methods that are allowed.
    pub methods: Vec<String>,
    headers: Vec<String>,
    /// Headers of answers that scripts may read.
    pub exposed: Vec<String>,
    /// How long a preflight's answer may be kept.
    pub max_age_s: Option<u32>,
}

/// The rules that `facts` carry, if any.
pub fn cors_rules(facts: &BucketFacts) -> Result<Option<BucketCors>, Fault> {
    facts.settings.get(BucketCors::KEYWORD).map(|stored| BucketCors::load(stored)).transpose()
}

impl BucketCors {
    /// The first rule that allows `origin` to use `method` with `headers`.
    pub fn allowing(&self, origin: &str, method: &str, headers: &[&str]) -> Option<&CorsRule> {
        let takes =
            |patterns: &[String], text: &str| patterns.iter().any(|pattern| matches(pattern, text));
        self.0.iter().find(|rule| {
            takes(&rule.origins, origin)
                && rule.methods.iter().any(|allowed| allowed == method)
                && headers.iter().all(|header| takes(&rule.headers, &header.to_ascii_lowercase()))
        })
    }
}

impl CorsRule {
    /// True when the rule names every origin, so that answers need not name one.
    pub fn is_for_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    fn parse(rule: &Element) -> Result<Self, Fault> {
        rule.only(&[
            "ID",
            "AllowedOrigin",
            "AllowedMethod",
            "AllowedHeader",
            "ExposeHeader",
            "MaxAgeSeconds",
        ])?;
        let all = |name: &str| -> Vec<String> {
            rule.all(name).map(|element| element.text.trim().to_owned()).collect()
        };
        let max_age_s = rule
            .child_text("MaxAgeSeconds")?
            .map(|text| text.parse().map_err(|_| malformed("MaxAgeSeconds is no number")));
        let headers = all("AllowedHeader");
        let rule = Self {
            id: rule.child_text("ID")?.map(str::to_owned),
            origins: all("AllowedOrigin"),
            methods: all("AllowedMethod"),
            headers: headers.iter().map(|header| header.to_ascii_lowercase()).collect(),
            exposed: all("ExposeHeader"),
            max_age_s: max_age_s.transpose()?,
        };
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), Fault> {
        if self.origins.is_empty() || self.methods.is_empty() {
            return Err(malformed("a rule without origin or method"));
        }
        let refuse = |message: String| Err(Fault::new(Code::InvalidRequest).message(message));
        if let Some(method) = self.methods.iter().find(|method| !METHODS.contains(&method.as_str()))
        {
            return refuse(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            ));
        }
        for (name, patterns) in [("AllowedOrigin", &self.origins), ("AllowedHeader", &self.headers)]
        {
            if let Some(pattern) = patterns.iter().find(|text| text.matches('*').count() > 1) {
                return refuse(format!(
                    "{name} \"{pattern}\" can not have more than one wildcard."
                ));
            }
        }
        Ok(())
    }
}

/// Whether `text` is `pattern`, in which one `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

impl BucketSetting for BucketCors {
    const KEYWORD: &'static str = "cors";
    const NAMES: [&'static str; 3] = ["PutBucketCors", "GetBucketCors", "DeleteBucketCors"];
    const ACTIONS: [Action; 3] =
        [Action::PutBucketCors, Action::GetBucketCors, Action::PutBucketCors];
    const ABSENT: Code = Code::NoSuchCORSConfiguration;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let root = Element::parse(document, "CORSConfiguration")?;
        let rules = root.all("CORSRule").map(CorsRule::parse).collect::<Result<Vec<_>, _>>()?;
        match rules.is_empty() || rules.len() > LIMIT {
            true => Err(malformed("none or more than 100 rules")),
            false => Ok(Self(rules)),
        }
    }

    async fn check(&self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(self).map_err(Fault::internal)
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(stored).map_err(Fault::internal)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("CORSConfiguration", Some(dialect.namespace), |root| {
            for rule in &self.0 {
                root.element("CORSRule", |entry| {
                    entry.some("ID", rule.id.as_deref());
                    let lists = [
                        ("AllowedOrigin", &rule.origins),
                        ("AllowedMethod", &rule.methods),
                        ("AllowedHeader", &rule.headers),
                        ("ExposeHeader", &rule.exposed),
                    ];
                    for (name, list) in lists {
                        list.iter().for_each(|text| entry.text(name, text));
                    }
                    entry.some("MaxAgeSeconds", rule.max_age_s.map(|age| age.to_string()));
                });
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rule: &str) -> Result<BucketCors, Code> {
        let document =
            format!("<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>");
        BucketCors::parse(document.as_bytes(), "b").map_err(|fault| fault.code)
    }

    #[test]
    fn one_wildcard_stands_for_any_text() {
        let cors = rules(
            "<AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
             <AllowedHeader>X-Amz-*</AllowedHeader>",
        )
        .expect("rules");
        assert!(cors.allowing("https://a.example", "GET", &["x-amz-date"]).is_some());
        assert!(cors.allowing("https://.example", "GET", &["X-AMZ-"]).is_some());
        for (origin, method, header) in [
            ("https://example", "GET", "x-amz-date"),
            ("http://a.example", "GET", "x-amz-date"),
            ("https://a.example", "PUT", "x-amz-date"),
            ("https://a.example", "GET", "authorization"),
        ] {
            assert!(cors.allowing(origin, method, &[header]).is_none(), "{origin} {method}");
        }
    }

    #[test]
    fn rules_that_could_never_be_meant_are_refused() {
        let origin = "<AllowedOrigin>*</AllowedOrigin>";
        let method = "<AllowedMethod>GET</AllowedMethod>";
        let twice = "<AllowedOrigin>*a*</AllowedOrigin>";
        assert_eq!(rules(origin).err(), Some(Code::MalformedXML));
        assert_eq!(rules(method).err(), Some(Code::MalformedXML));
        assert_eq!(rules(&format!("{twice}{method}")).err(), Some(Code::InvalidRequest));
        let trace = format!("{origin}<AllowedMethod>TRACE</AllowedMethod>");
        assert_eq!(rules(&trace).err(), Some(Code::InvalidRequest));
    }
}
