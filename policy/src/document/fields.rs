//! A JSON object of a policy document, with its place in it.
//!
//! Every refusal names the place, e.g. `Statement[2].Condition`.

use crate::error::{Error, Problem};
use crate::json::Json;

/// An object whose fields are known by name, each at most once.
pub(super) struct Fields<'a> {
    place: String,
    fields: &'a [(String, Json)],
}

impl<'a> Fields<'a> {
    /// The fields of `json`. Errors: no object, an unknown field, one twice.
    pub(super) fn of(json: &'a Json, place: &str, known: &[&str]) -> Result<Self, Error> {
        let fields = object(json, place)?;
        refuse_repeats(fields, place)?;
        for (name, _) in fields {
            if !known.contains(&name.as_str()) {
                let at = inside(place, name);
                return Err(Problem::unknown("field", name, known.iter().copied()).at(at));
            }
        }
        Ok(Self { place: place.to_owned(), fields })
    }

    /// The field of this name, with its place.
    pub(super) fn field(&self, name: &str) -> Option<(&'a Json, String)> {
        let (_, json) = self.fields.iter().find(|(own, _)| own == name)?;
        Some((json, inside(&self.place, name)))
    }

    /// The text of a field. Errors: it is no string.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.field(name) {
            None => Ok(None),
            Some((Json::Text(text), _)) => Ok(Some(text)),
            Some((_, place)) => Err(Problem::new("must be a string").at(place)),
        }
    }

    /// The one field that is there of a name and its opposite (`Action`,
    /// `NotAction`), and whether it is the opposite. Errors: both are there.
    pub(super) fn either(
        &self,
        name: &str,
        opposite: &str,
    ) -> Result<Option<(&'a Json, String, bool)>, Error> {
        match (self.field(name), self.field(opposite)) {
            (Some(_), Some((_, place))) => {
                Err(Problem::new(format!("stands beside {name}: only one of them may")).at(place))
            }
            (Some((json, place)), None) => Ok(Some((json, place, false))),
            (None, Some((json, place))) => Ok(Some((json, place, true))),
            (None, None) => Ok(None),
        }
    }

    /// An error for a field that must be there.
    pub(super) fn missing(&self, name: &str) -> Error {
        Problem::new("missing").at(inside(&self.place, name))
    }
}

/// The fields of an object as they stand. Errors: no object.
pub(super) fn object<'a>(json: &'a Json, place: &str) -> Result<&'a [(String, Json)], Error> {
    match json {
        Json::Object(fields) => Ok(fields),
        _ => Err(Problem::new("must be an object").at(place)),
    }
}

/// Errors: a name stands twice.
pub(super) fn refuse_repeats(fields: &[(String, Json)], place: &str) -> Result<(), Error> {
    for (index, (name, _)) in fields.iter().enumerate() {
        if fields.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(Problem::new("stands twice").at(inside(place, name)));
        }
    }
    Ok(())
}

/// A string, or a list of at least one. Errors: anything else.
pub(super) fn words<'a>(json: &'a Json, place: &str) -> Result<Vec<&'a str>, Error> {
    each(json, place, |json| match json {
        Json::Text(text) => Some(text),
        _ => None,
    })
}

/// As [`words`], but booleans and numbers count as their text, as AWS reads
/// condition values.
pub(super) fn values<'a>(json: &'a Json, place: &str) -> Result<Vec<&'a str>, Error> {
    each(json, place, |json| match json {
        Json::Text(text) | Json::Bare(text) => Some(text),
        _ => None,
    })
}

fn each<'a>(
    json: &'a Json,
    place: &str,
    text: impl Fn(&'a Json) -> Option<&'a str>,
) -> Result<Vec<&'a str>, Error> {
    let wrong = || Problem::new("must be a string or a list of strings, not empty").at(place);
    let found: Option<Vec<&str>> = match json {
        Json::List(list) => list.iter().map(text).collect(),
        single => text(single).map(|text| vec![text]),
    };
    found.filter(|words| !words.is_empty()).ok_or_else(wrong)
}

/// The place of a field of the object at `place`.
pub(super) fn inside(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
    }
}
