//! JMESPath expressions, checked when they are loaded: ids, types, filters and ordering keys.

mod check_calls;
mod functions;
mod names;
mod tree;

use std::fmt;

use jmespath::ast::Ast;
use jmespath::{Context, Rcvar};
use serde::Deserialize;

use self::functions::RUNTIME;
pub use self::names::Name;

/// The longest expression taken, in bytes: enough for any filter a person writes.
pub const MAX_LENGTH: usize = 4096;

/// A compiled expression whose functions all exist.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Expression {
    text: String,
    tree: Ast,
}

/// Why a text is not an expression, with the position where that is known.
#[derive(Debug, thiserror::Error)]
pub enum ExpressionError {
    /// Longer than [`MAX_LENGTH`].
    #[error("an expression of {0} bytes is longer than {MAX_LENGTH}")]
    TooLong(usize),
    /// Not JMESPath.
    #[error("{0}")]
    Syntax(String),
    /// Calls a function that JMESPath does not have.
    #[error("unknown function {name}() at {offset} in {text}")]
    UnknownFunction {
        /// The function's name.
        name: String,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
    /// Calls a function with too few arguments, or too many.
    #[error("{name}() takes {expected} arguments, not {given}, at {offset} in {text}")]
    Arguments {
        /// The function's name.
        name: String,
        /// How many it takes.
        expected: usize,
        /// How many it was given.
        given: usize,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
}

/// Why an expression came to no value on a document: types, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationError(String);

impl Expression {
    /// Compiles an expression; unknown functions are found here, not at the first request.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_LENGTH {
            return Err(ExpressionError::TooLong(text.len()));
        }
        let syntax = |error: jmespath::JmespathError| {
            let (reason, offset) = (error.reason.to_string(), error.offset);
            let hint = hint(&reason);
            ExpressionError::Syntax(format!("{reason} at {offset} in {text}{hint}"))
        };
        let tree = jmespath::parse(text).map_err(syntax)?;
        if let Some(call) = check_calls::wrong(&tree) {
            return Err(call.error(text));
        }
        Ok(Self { text: text.to_owned(), tree })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names that the expression looks for in the document itself, and in its headers.
    pub fn names(&self) -> Vec<Name<'_>> {
        names::of(&self.tree)
    }

    /// Where a `!` binds closer than a dot: JMESPath reads `!a.b` as `(!a).b`, which finds nothing.
    pub fn loose_negation(&self) -> Option<usize> {
        tree::loose_negation(&self.tree)
    }

    /// What the expression comes to on a document.
    pub fn value(&self, document: &Rcvar) -> Result<Rcvar, EvaluationError> {
        let mut context = Context::new(&self.text, &RUNTIME);
        let value = jmespath::interpret(document, &self.tree, &mut context);
        value.map_err(|error| EvaluationError(error.reason.to_string()))
    }

    /// What the expression finds in a document; nothing where it errors or finds null.
    pub fn find(&self, document: &Rcvar) -> Option<Rcvar> {
        self.value(document).ok().filter(|found| !found.is_null())
    }

    /// The same as text: a string as it is, anything else as JSON.
    pub fn find_text(&self, document: &Rcvar) -> Option<String> {
        let found = self.find(document)?;
        Some(found.as_string().cloned().unwrap_or_else(|| found.to_string()))
    }
}

/// What may have been meant, by what the parser says of the usual mistakes.
fn hint(reason: &str) -> &'static str {
    let hints = [
        ("found Number(", "; a number is written in backticks: `100`"),
        ("found Identifier(\"and\")", "; `and` is written &&"),
        ("found Identifier(\"or\")", "; `or` is written ||"),
        ("found Identifier(\"not\")", "; `not` is written !"),
        (
            "'-' must be followed",
            "; a name with a dash is written in double quotes: headers.\"x-event\"",
        ),
    ];
    hints.iter().find(|(said, _)| reason.contains(said)).map_or("", |(_, hint)| hint)
}

impl TryFrom<String> for Expression {
    type Error = ExpressionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::compile(&text)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use jmespath::Variable;

    use super::*;

    fn document() -> Rcvar {
        let json = r#"{"body":{"event":"done","n":7,"gone":null}}"#;
        Rcvar::new(Variable::from_json(json).unwrap())
    }

    #[test]
    fn finds_text_numbers_and_nothing() {
        let find = |text| Expression::compile(text).unwrap().find_text(&document());
        assert_eq!(find("body.event").as_deref(), Some("done"));
        assert_eq!(find("body.n").as_deref(), Some("7"));
        assert_eq!(find("body.gone"), None);
        assert_eq!(find("body.absent || ''").as_deref(), Some(""));
        assert_eq!(find("length(body.n)"), None);
    }

    #[test]
    fn an_unknown_function_is_named_with_its_position_wherever_it_hides() {
        for text in
            ["a && oops(b)", "[?oops(@)]", "{k: oops(@)}", "sort_by(a, &oops(@))", "a[*].oops(@)"]
        {
            let error = Expression::compile(text).unwrap_err().to_string();
            assert!(error.contains("unknown function oops()"), "{text}: {error}");
        }
    }

    #[test]
    fn a_wrong_number_of_arguments_is_found_before_any_document() {
        let error = |text| Expression::compile(text).unwrap_err().to_string();
        assert_eq!(
            error("a && starts_with(b)"),
            "starts_with() takes 2 arguments, not 1, at 16 in a && starts_with(b)"
        );
        assert!(error("length(a, b)").contains("takes 1 arguments, not 2"));
        for text in ["not_null(a)", "not_null(a, b, c)", "sort_by(a, &b)", "powertools_json(a)"] {
            assert!(Expression::compile(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_decided_says_why_by_types_only() {
        let error = Expression::compile("length(body.n)").unwrap().value(&document()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("number") && !error.contains('7'), "{error}");
    }

    #[test]
    fn the_usual_mistakes_are_said_with_what_is_written_instead() {
        for (text, hint) in [
            ("body.amount > 100", "`100`"),
            ("a == 'x' and b == 'y'", "written &&"),
            ("a == 'x' or b == 'y'", "written ||"),
            ("headers.x-event == 'a'", "headers.\"x-event\""),
        ] {
            let error = Expression::compile(text).unwrap_err().to_string();
            assert!(error.contains(hint), "{error}");
        }
    }

    #[test]
    fn bad_syntax_and_length_are_refused() {
        assert!(matches!(Expression::compile("a ||"), Err(ExpressionError::Syntax(_))));
        let long = "a".repeat(MAX_LENGTH + 1);
        assert!(matches!(Expression::compile(&long), Err(ExpressionError::TooLong(4097))));
    }
}
