//! Filters: expressions over the document of an event, `{source, type, headers, query, body}`.
//!
//! A filter that looks up any other name is rejected when it is compiled, because it could never match, and
//! events would be lost without an error.

use std::fmt;

use jmespath::Rcvar;
use serde::Deserialize;

use crate::query::expression::{EvaluationError, Expression, ExpressionError, Name};

/// The names in an event's document.
pub const NAMES: [&str; 5] = ["source", "type", "headers", "query", "body"];

/// An expression over an event's document. Routes use it as a condition, FIFO queues as an ordering key.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Filter(Expression);

/// Why a text is not a valid filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The text is not a valid expression.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// The filter looks up a name that no document has.
    #[error(
        "`{name}` at {offset} in {text} is not one of source, type, headers, query and body{hint}"
    )]
    Unknown {
        /// The name.
        name: String,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
        /// What the author may have meant.
        hint: String,
    },
    /// The filter has `!a.b`, which JMESPath reads as `(!a).b`.
    #[error("`!` at {offset} in {text} means `(!a).b` in JMESPath: write `!(a.b)`")]
    Negation {
        /// The position of the dot, in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
    /// The filter looks up a header by a name with capitals.
    #[error("headers.\"{name}\" at {offset} in {text}: header names are in lower case")]
    Capitals {
        /// The header's name.
        name: String,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
}

impl Filter {
    /// Compiles a filter. Fails for names that no event has.
    pub fn compile(text: &str) -> Result<Self, FilterError> {
        let expression = Expression::compile(text)?;
        if let Some(offset) = expression.loose_negation() {
            return Err(FilterError::Negation { offset, text: text.to_owned() });
        }
        let mistake = expression.names().into_iter().find_map(|name| check_name(&name, text));
        mistake.map_or(Ok(Self(expression)), Err)
    }

    /// The text that the filter was compiled from.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether a document matches: the value is anything but `false`, null, or an empty string, list or
    /// object, as JMESPath defines truth.
    pub fn matches(&self, document: &Rcvar) -> Result<bool, EvaluationError> {
        Ok(self.0.value(document)?.is_truthy())
    }

    /// The filter's value on a document, as text. `None` if it is null, or if the evaluation fails.
    pub fn find_text(&self, document: &Rcvar) -> Option<String> {
        self.0.find_text(document)
    }
}

/// The error for a name that no document has.
fn check_name(found: &Name<'_>, text: &str) -> Option<FilterError> {
    let (offset, text) = (found.offset, text.to_owned());
    match found.then {
        Some(header) if found.name == "headers" && header.contains(char::is_uppercase) => {
            Some(FilterError::Capitals { name: header.to_owned(), offset, text })
        }
        _ if NAMES.contains(&found.name) => None,
        _ => Some(FilterError::Unknown {
            name: found.name.to_owned(),
            offset,
            hint: hint(found, &text),
            text,
        }),
    }
}

/// A hint about the common mistakes: a field of the body without `body`, a string in double quotes, which
/// JMESPath uses for names, and `true` without backticks, which is a name as well.
fn hint(found: &Name<'_>, text: &str) -> String {
    let Name { name, then, .. } = found;
    match then {
        None if matches!(*name, "true" | "false" | "null") => {
            format!("; the literal is written `{name}`")
        }
        None if text.contains(&format!("\"{name}\"")) => format!("; a string is written '{name}'"),
        None => format!("; did you mean body.{name}?"),
        Some(then) => format!("; did you mean body.{name}.{then}?"),
    }
}

impl From<Filter> for Expression {
    fn from(filter: Filter) -> Self {
        filter.0
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::compile(&text)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use jmespath::Variable;

    use super::*;

    fn error(text: &str) -> String {
        Filter::compile(text).unwrap_err().to_string()
    }

    #[test]
    fn a_name_that_no_document_has_is_rejected_with_a_hint() {
        assert_eq!(
            error("event.name == 'x'"),
            "`event` at 0 in event.name == 'x' is not one of source, type, headers, query and body; \
             did you mean body.event.name?"
        );
        assert!(error("body.event == \"done\"").ends_with("; a string is written 'done'"));
        let bare = error("body.paid == true");
        assert!(
            bare.starts_with("`true` at 13") && bare.ends_with("; the literal is written `true`"),
            "{bare}"
        );
        assert!(error("body.a && !boddy").contains("`boddy`"));
        assert!(error("length(itemz[*].a) > `0`").contains("`itemz`"));
        assert!(error("body.a && !body.b").ends_with("write `!(a.b)`"));
        assert!(error("headers.\"X-Event\" == 'a'").contains("lower case"));
    }

    #[test]
    fn names_within_a_found_value_are_not_checked() {
        for text in [
            "body.items[?kind == 'a' && owner.id == 'b'] | [0]",
            "contains(body.tags[].name, type)",
            "body.list[*].{k: name, v: value}",
            "headers.\"x-event\" == 'a' || query.kind || source == 'shop'",
            "max_by(body.items, &size).size > `3`",
            "length(@) > `0`",
        ] {
            assert!(Filter::compile(text).is_ok(), "{text}: {:?}", Filter::compile(text).err());
        }
    }

    #[test]
    fn a_filter_matches_as_jmespath_defines_truth() {
        let document = r#"{"body":{"zero":0,"empty":"","none":[],"yes":true,"text":"x"}}"#;
        let document = Rcvar::new(Variable::from_json(document).unwrap());
        let matches = |text: &str| Filter::compile(text).unwrap().matches(&document);
        for text in ["body.zero", "body.yes", "body.text", "body.text == 'x'", "!(body.none)"] {
            assert_eq!(matches(text), Ok(true), "{text}");
        }
        for text in ["body.empty", "body.none", "body.absent", "body.text == 'y'", "type"] {
            assert_eq!(matches(text), Ok(false), "{text}");
        }
        assert!(matches("starts_with(body.absent, 'x')").is_err());
    }
}
