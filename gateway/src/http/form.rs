//! The form of a query API: `Action=CreateUser&UserName=bob`, in the body or in
//! the query. Source: "Making query requests" (IAM user guide).

use percent_encoding::percent_decode_str;

use super::fault::{Code, Fault};
use super::message::Incoming;

/// Most parameters of one request.
const PARAMETERS_MAX: usize = 4096;

/// Decoded parameters.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The parameters of `request`, whose document has been collected. Errors:
    /// `ValidationError` when they are no UTF-8, too many, or one is repeated.
    pub fn of(request: &Incoming) -> Result<Self, Fault> {
        let wrong = || {
            Fault::new(Code::ValidationError)
                .message("The request's parameters are malformed or repeated.")
        };
        let text = match request.document.is_empty() {
            true => request.raw_query.as_str(),
            false => std::str::from_utf8(&request.document).map_err(|_| wrong())?,
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX + 1);
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name)?, decode(value)?))
            })
            .collect();
        let pairs = pairs.ok_or_else(wrong)?;
        // Two parameters of one name would let two readers pick different ones.
        let mut names: Vec<&String> = pairs.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        match names.len() == pairs.len() && pairs.len() <= PARAMETERS_MAX {
            true => Ok(Self(pairs)),
            false => Err(wrong()),
        }
    }

    /// The value of `name`, unless it is absent or empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of `name`. Errors: `ValidationError` when it is absent.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.value(name).ok_or_else(|| {
            Fault::new(Code::ValidationError).message(format!("{name} must be given."))
        })
    }

    /// The values of `name.member.1`, `name.member.2` and so on.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.members(name).iter().filter_map(|member| self.value(member)).collect()
    }

    /// The prefixes of the structures `name.member.1.`, `name.member.2.` and so on.
    pub fn members(&self, name: &str) -> Vec<String> {
        let is_there = |member: &String| {
            let inside = format!("{member}.");
            self.0.iter().any(|(known, _)| known == member || known.starts_with(&inside))
        };
        (1..).map(|index| format!("{name}.member.{index}")).take_while(is_there).collect()
    }
}

/// In forms a plus sign is a space.
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Into::into)
}
