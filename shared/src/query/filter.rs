//! Filters: expressions over `{source, type, headers, query, body}`, what routes know of an event. They
//! are held to what that document has: a filter that can never match would lose events without a sound.

use std::fmt;

use jmespath::Rcvar;
use serde::Deserialize;

use crate::query::expression::{EvaluationError, Expression, ExpressionError, Name};

/// What the document has.
pub const NAMES: [&str; 5] = ["source", "type", "headers", "query", "body"];

/// An expression over what routes know of an event.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Filter(Expression);

/// Why a text is no filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// It is no expression.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// It looks for what no document has.
    #[error(
        "`{name}` at {offset} in {text} is none of source, type, headers, query and body{hint}"
    )]
    Unknown {
        /// What it looks for.
        name: String,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
        /// What may have been meant.
        hint: String,
    },
    /// JMESPath reads it otherwise than it looks.
    #[error("`!` at {offset} in {text} is for `(!a).b` in JMESPath: write `!(a.b)`")]
    Negation {
        /// The position of the dot, in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
    /// It looks for a header by a name with capitals.
    #[error(
        "headers.\"{name}\" at {offset} in {text}: the names of headers are in lower case here"
    )]
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
    /// Compiles a filter.
    pub fn compile(text: &str) -> Result<Self, FilterError> {
        let expression = Expression::compile(text)?;
        if let Some(offset) = expression.loose_negation() {
            return Err(FilterError::Negation { offset, text: text.to_owned() });
        }
        let mistake = expression.names().into_iter().find_map(|name| mistake(&name, text));
        mistake.map_or(Ok(Self(expression)), Err)
    }

    /// The filter as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether a document matches, by what JMESPath takes for true: all but `false`, null, and empty
    /// texts, lists and objects.
    pub fn matches(&self, document: &Rcvar) -> Result<bool, EvaluationError> {
        Ok(self.0.value(document)?.is_truthy())
    }

    /// What it finds, as text; nothing where it errors or finds null.
    pub fn find_text(&self, document: &Rcvar) -> Option<String> {
        self.0.find_text(document)
    }
}

fn mistake(found: &Name<'_>, text: &str) -> Option<FilterError> {
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

/// The usual mistakes: a field of the body without `body`, double quotes, which JMESPath has around
/// names, where a text is meant, and `true` without backticks, which is a name as well.
fn hint(found: &Name<'_>, text: &str) -> String {
    let Name { name, then, .. } = found;
    match then {
        None if matches!(*name, "true" | "false" | "null") => format!("; it is written `{name}`"),
        None if text.contains(&format!("\"{name}\"")) => format!("; a text is written '{name}'"),
        None => format!("; what the body has is body.{name}"),
        Some(then) => format!("; what the body has is body.{name}.{then}"),
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
    fn what_no_document_has_is_refused_with_what_may_have_been_meant() {
        assert_eq!(
            error("event.name == 'x'"),
            "`event` at 0 in event.name == 'x' is none of source, type, headers, query and body; \
             what the body has is body.event.name"
        );
        assert!(error("body.event == \"done\"").ends_with("; a text is written 'done'"));
        let bare = error("body.paid == true");
        assert!(
            bare.starts_with("`true` at 13") && bare.ends_with("; it is written `true`"),
            "{bare}"
        );
        assert!(error("body.a && !boddy").contains("`boddy`"));
        assert!(error("length(itemz[*].a) > `0`").contains("`itemz`"));
        assert!(error("body.a && !body.b").ends_with("write `!(a.b)`"));
        assert!(error("headers.\"X-Event\" == 'a'").contains("lower case"));
    }

    #[test]
    fn names_within_what_was_found_are_the_bodys_own() {
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
    fn true_is_what_jmespath_takes_for_true() {
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
