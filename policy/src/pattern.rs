//! Patterns: `*`, `?` and policy variables, over text.
//!
//! A [`Glob`] is cut at its stars and each piece is looked for once, from left
//! to right, so no input makes it go back: the time is the text's length times
//! the longest piece that has a `?`, and linear otherwise. `*` matches any run
//! of characters, `/` and `:` included, and `?` one character, not one byte.
//!
//! A variable (`${aws:username}`, `${aws:username, 'nobody'}`) stands for its
//! value as plain text: a user named `*` is no wildcard. One that the request
//! does not have, without a default, makes the pattern match nothing.

use crate::context::Context;
use crate::error::Problem;
use crate::key::ConditionKey;

/// Longest pattern accepted, in bytes; an object key has at most 1024.
const LEN_MAX: usize = 2048;

/// What is special in a pattern's text, and how it is compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${...}` is a policy variable (Version 2012-10-17).
    pub(crate) variables: bool,
    /// Upper and lower case are the same.
    pub(crate) fold: bool,
}

/// A pattern of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    /// Made once, unless variables make it another one for each request.
    glob: Option<Glob>,
    fold: bool,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    AnyChar,
    AnyRun,
    Variable { key: ConditionKey, default: Option<String> },
}

impl Pattern {
    /// Reads `text` as `spelling` says. Errors: too long, unknown variable.
    pub(crate) fn parse(text: &str, spelling: Spelling) -> Result<Self, Problem> {
        if text.len() > LEN_MAX {
            return Err(Problem::new(format!("longer than {LEN_MAX} bytes")));
        }
        let mut parts = parts(text, spelling)?;
        if spelling.fold {
            for part in &mut parts {
                if let Part::Text(text) = part {
                    *text = text.to_lowercase();
                }
            }
        }
        Ok(Self::of(parts, spelling.fold))
    }

    /// A pattern that matches exactly `text`.
    pub(crate) fn exact(text: &str) -> Self {
        Self::of(vec![Part::Text(text.to_owned())], false)
    }

    /// True if the pattern is one text, without wildcard and variable.
    pub(crate) fn is_exact(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The same pattern with any run of characters after it.
    pub(crate) fn open_end(self) -> Self {
        let mut parts = self.parts;
        parts.push(Part::AnyRun);
        Self::of(parts, self.fold)
    }

    /// The same pattern with any run of characters before it.
    pub(crate) fn open_start(self) -> Self {
        let mut parts = self.parts;
        parts.insert(0, Part::AnyRun);
        Self::of(parts, self.fold)
    }

    fn of(parts: Vec<Part>, fold: bool) -> Self {
        let has_variable = parts.iter().any(|part| matches!(part, Part::Variable { .. }));
        let glob = (!has_variable).then(|| Glob::of(&parts));
        Self { parts, glob, fold }
    }

    /// True if `text` has this pattern, its variables taken from `context`.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        if self.fold {
            return self.matches_as_is(&text.to_lowercase(), context);
        }
        self.matches_as_is(text, context)
    }

    fn matches_as_is(&self, text: &str, context: &Context) -> bool {
        match &self.glob {
            Some(glob) => glob.matches(text),
            None => expand(&self.parts, context, self.fold)
                .is_some_and(|parts| Glob::of(&parts).matches(text)),
        }
    }
}

/// Cuts `text` at `separator` into at most `limit` pieces; a separator inside
/// `${...}` does not count.
pub(crate) fn split_outside_variables(text: &str, separator: char, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while pieces.len() + 1 < limit {
        let mut inside = false;
        let mut before = ' ';
        let cut = rest.char_indices().find(|(_, at)| {
            inside = (inside && *at != '}') || (before == '$' && *at == '{');
            before = *at;
            !inside && *at == separator
        });
        let Some((cut, _)) = cut else { break };
        let Some((piece, after)) = rest.split_at_checked(cut) else {
            break;
        };
        pieces.push(piece);
        rest = after.strip_prefix(separator).unwrap_or(after);
    }
    pieces.push(rest);
    pieces
}

fn parts(text: &str, spelling: Spelling) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("${").filter(|_| spelling.variables) {
            let (name, after) =
                inner.split_once('}').ok_or_else(|| Problem::new("a variable without its }"))?;
            parts.push(variable(name)?);
            rest = after;
            continue;
        }
        match first {
            '*' if spelling.wildcards => parts.push(Part::AnyRun),
            '?' if spelling.wildcards => parts.push(Part::AnyChar),
            _ => push_char(&mut parts, first),
        }
        rest = rest.strip_prefix(first).unwrap_or_default();
    }
    Ok(parts)
}

fn push_char(parts: &mut Vec<Part>, next: char) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push(next),
        _ => parts.push(Part::Text(next.into())),
    }
}

/// What stands between `${` and `}`: an escaped character or a condition key,
/// perhaps with a default in single quotes (IAM policy elements: variables).
fn variable(name: &str) -> Result<Part, Problem> {
    if matches!(name, "*" | "?" | "$") {
        return Ok(Part::Text(name.to_owned()));
    }
    let (key, default) = match name.split_once(',') {
        None => (name, None),
        Some((key, quoted)) => {
            let default = quoted.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let default = default
                .ok_or_else(|| Problem::new("the default of a variable stands in single quotes"))?;
            (key, Some(default.to_owned()))
        }
    };
    Ok(Part::Variable { key: ConditionKey::parse(key.trim())?, default })
}

/// The parts with each variable replaced by its value, or `None` if one has none.
fn expand(parts: &[Part], context: &Context, fold: bool) -> Option<Vec<Part>> {
    parts
        .iter()
        .map(|part| {
            let Part::Variable { key, default } = part else {
                return Some(part.clone());
            };
            let value = context.single(key).or(default.as_deref())?;
            Some(Part::Text(if fold { value.to_lowercase() } else { value.to_owned() }))
        })
        .collect()
}

/// A pattern without variables, cut at its stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What stands between the stars; a single piece is a pattern without any.
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// Characters, `None` where any one will do.
    Holes(Box<[Option<char>]>),
}

impl Glob {
    /// The glob that `text` spells with `*` and `?`.
    pub(crate) fn parse(text: &str) -> Self {
        let spelling = Spelling { wildcards: true, ..Spelling::default() };
        // Without variables, reading parts cannot fail.
        Self::of(&parts(text, spelling).unwrap_or_default())
    }

    fn of(parts: &[Part]) -> Self {
        let pieces = parts.split(|part| matches!(part, Part::AnyRun)).map(Piece::of).collect();
        Self { pieces }
    }

    /// True if the whole `text` has this pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.pieces.split_first() else {
            return text.is_empty();
        };
        let Some(mut rest) = first.after_start(text) else {
            return false;
        };
        let Some((last, middle)) = others.split_last() else {
            return rest.is_empty();
        };
        for piece in middle {
            let Some(after) = piece.after_first(rest) else {
                return false;
            };
            rest = after;
        }
        last.ends(rest)
    }
}

impl Piece {
    fn of(parts: &[Part]) -> Self {
        if parts.iter().all(|part| matches!(part, Part::Text(_))) {
            return Self::Text(parts.iter().map(Part::text).collect::<String>().into());
        }
        let chars = |part: &Part| -> Vec<Option<char>> {
            match part {
                Part::Text(text) => text.chars().map(Some).collect(),
                _ => vec![None],
            }
        };
        Self::Holes(parts.iter().flat_map(chars).collect())
    }

    /// The text after this piece, if the text starts with it.
    fn after_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_prefix(&**piece),
            Self::Holes(holes) => {
                let mut rest = text.chars();
                for hole in holes {
                    let next = rest.next()?;
                    if hole.is_some_and(|wanted| wanted != next) {
                        return None;
                    }
                }
                Some(rest.as_str())
            }
        }
    }

    /// The text after the first place where this piece stands.
    fn after_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Self::Text(piece) = self {
            return text.split_once(&**piece).map(|(_, after)| after);
        }
        let starts = text.char_indices().map(|(start, _)| start);
        starts.filter_map(|start| text.get(start..)).find_map(|rest| self.after_start(rest))
    }

    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Text(piece) => text.ends_with(&**piece),
            Self::Holes(holes) => {
                let Some(back) = holes.len().checked_sub(1) else {
                    return true;
                };
                let start = text.char_indices().rev().nth(back).map(|(start, _)| start);
                let tail = start.and_then(|start| text.get(start..));
                tail.is_some_and(|tail| self.after_start(tail).is_some())
            }
        }
    }
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Attribute;
    use proptest::prelude::*;

    const ALL: Spelling = Spelling { wildcards: true, variables: true, fold: false };

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, ALL).expect("a pattern").matches(text, &Context::default())
    }

    /// The definition, word for word, with the cost that it has.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('*', rest)), _) => (0..=text.len()).any(|skip| oracle(rest, &text[skip..])),
            (Some(('?', rest)), Some((_, after))) => oracle(rest, after),
            (Some((wanted, rest)), Some((found, after))) => wanted == found && oracle(rest, after),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn the_glob_agrees_with_its_definition(pattern in "[ab*?é]{0,9}", text in "[abé/]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Glob::parse(&pattern).matches(&text),
                oracle(&chars(&pattern), &chars(&text))
            );
        }

        #[test]
        fn any_text_matches_itself_with_wildcards_escaped(text in ".{0,40}") {
            prop_assert!(Pattern::exact(&text).matches(&text, &Context::default()));
        }
    }

    #[test]
    fn a_star_crosses_slashes_and_a_question_mark_is_one_character() {
        assert!(matches("b/*", "b/x/y"));
        assert!(matches("b/?", "b/é"));
        assert!(!matches("b/?", "b/"));
        assert!(matches("a${*}b", "a*b"));
        assert!(!matches("a${*}b", "axb"));
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_length_times_length() {
        let pattern = format!("{}b", "*a?".repeat(600));
        let text = "a".repeat(1024);
        let start = std::time::Instant::now();
        assert!(!matches(&pattern, &text));
        assert!(start.elapsed().as_millis() < 500);
    }

    #[test]
    fn the_value_of_a_variable_is_text_and_never_a_wildcard() {
        let pattern = Pattern::parse("home/${aws:username}/*", ALL).expect("a pattern");
        let mut context = Context::default();
        assert!(!pattern.matches("home//x", &context), "an absent variable matches nothing");
        context.set(Attribute::UserName, "*");
        assert!(pattern.matches("home/*/x", &context));
        assert!(!pattern.matches("home/bob/x", &context));
    }

    #[test]
    fn a_variable_may_have_a_default() {
        assert!(matches("x/${aws:username, 'nobody'}", "x/nobody"));
        assert!(Pattern::parse("${aws:username, nobody}", ALL).is_err());
        assert!(Pattern::parse("${no:such}", ALL).is_err());
        assert!(Pattern::parse("${aws:username", ALL).is_err());
    }

    #[test]
    fn colons_inside_variables_do_not_split() {
        assert_eq!(split_outside_variables("a:${aws:x}:c:d", ':', 3), ["a", "${aws:x}", "c:d"]);
        assert_eq!(split_outside_variables("", ':', 3), [""]);
    }
}
