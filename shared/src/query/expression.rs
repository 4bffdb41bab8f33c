//! JMESPath expressions (jmespath.org), which are checked when they are compiled.

mod functions;
mod tree;

use std::fmt;

use jmespath::Context;
use jmespath::ast::Ast;
use serde::Deserialize;

use self::functions::RUNTIME;
pub use self::tree::Name;
use crate::query::document::Document;

/// The longest expression, in bytes. Filters that people write are far shorter.
pub const MAX_LENGTH: usize = 4096;

/// A compiled expression. All functions that it calls exist.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Expression {
    text: String,
    tree: Ast,
}

/// Why a text is not a valid expression.
#[derive(Debug, thiserror::Error)]
pub enum ExpressionError {
    /// Longer than [`MAX_LENGTH`].
    #[error("an expression of {0} bytes is longer than {MAX_LENGTH}")]
    TooLong(usize),
    /// Not JMESPath. The message has the position, and a hint about common mistakes.
    #[error("{0}")]
    Syntax(String),
    /// Calls a function that does not exist.
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
        /// How many the call has.
        given: usize,
        /// Its position in bytes.
        offset: usize,
        /// The whole expression.
        text: String,
    },
}

/// Why an expression has no value on a document. The message names types, and never quotes values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationError(String);

impl Expression {
    /// Compiles an expression. Also fails for unknown functions and wrong numbers of arguments, which
    /// JMESPath itself reports only when the expression is evaluated.
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
        if let Some(call) = functions::invalid_call(&tree) {
            return Err(call.into_error(text));
        }
        Ok(Self { text: text.to_owned(), tree })
    }

    /// The text that the expression was compiled from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names that the expression looks up in the document itself.
    pub fn names(&self) -> Vec<Name<'_>> {
        tree::document_names(&self.tree)
    }

    /// The position of the dot in the first `!a.b`, in bytes. JMESPath reads it as `(!a).b`, which is always
    /// null.
    pub fn loose_negation(&self) -> Option<usize> {
        tree::loose_negation(&self.tree)
    }

    /// The expression's value on a document.
    pub fn value(&self, document: &Document) -> Result<Document, EvaluationError> {
        let (value, numbers) = functions::with_numbers(document.numbers(), || {
            let mut context = Context::new(&self.text, &RUNTIME);
            jmespath::interpret(document.root(), &self.tree, &mut context)
        });
        let value = value.map_err(|error| EvaluationError(error.reason.to_string()))?;
        Ok(Document::new(value, numbers))
    }

    /// The expression's value on a document. `None` if it is null, or if the evaluation fails.
    pub fn find(&self, document: &Document) -> Option<Document> {
        self.value(document).ok().filter(|found| !found.root().is_null())
    }

    /// The expression's value on a document as text: a string itself, anything else as JSON, with its numbers as they
    /// were written. `None` as for [`find`](Self::find).
    pub fn find_text(&self, document: &Document) -> Option<String> {
        Some(self.find(document)?.to_text())
    }
}

/// A hint about a common mistake, chosen by the parser's message.
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
    hints.iter().find(|(part, _)| reason.contains(part)).map_or("", |(_, hint)| hint)
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
    use super::*;

    fn document() -> Document {
        Document::parse(br#"{"body":{"event":"done","n":7,"gone":null}}"#).unwrap()
    }

    /// A tree holds the numbers as the same double.
    #[test]
    fn numbers_beyond_64_bits_are_found_as_they_were_written() {
        let json =
            br#"{"a":18446744073709551617,"l":[{"n":1.10}],"t":"{\"n\":18446744073709551618}"}"#;
        let document = Document::parse(json).unwrap();
        let find = |text| Expression::compile(text).unwrap().find_text(&document);
        for (expression, expected) in [
            ("a", "18446744073709551617"),
            ("[a, l[0].n]", "[18446744073709551617,1.10]"),
            ("l[*].n | [0]", "1.10"),
            ("l", r#"[{"n":1.10}]"#),
            ("to_string(a)", "18446744073709551617"),
            ("join('-', [to_string(a), 'x'])", "18446744073709551617-x"),
            ("to_string(l)", r#"[{"n":1.10}]"#),
            ("to_string('x')", "x"),
            ("powertools_json(t).n", "18446744073709551618"),
            ("[powertools_json(t).n, a]", "[18446744073709551618,18446744073709551617]"),
            ("to_string(powertools_json(t).n)", "18446744073709551618"),
        ] {
            assert_eq!(find(expression).as_deref(), Some(expected), "{expression}");
        }
        assert_eq!(
            find("a == `18446744073709551616`").as_deref(),
            Some("true"),
            "as JMESPath does"
        );
        assert_eq!(find("l[?n > `1`] | length(@)").as_deref(), Some("1"));
    }

    #[test]
    fn strings_and_numbers_are_found_as_text() {
        let find = |text| Expression::compile(text).unwrap().find_text(&document());
        assert_eq!(find("body.event").as_deref(), Some("done"));
        assert_eq!(find("body.n").as_deref(), Some("7"));
        assert_eq!(find("body.gone"), None);
        assert_eq!(find("body.absent || ''").as_deref(), Some(""));
        assert_eq!(find("length(body.n)"), None);
    }

    #[test]
    fn functions_read_what_is_written_within_a_string() {
        let json = r#"{"xml":"<a><n>18446744073709551617</n><b k='v'/></a>","b":"PGE+PGI+\nMTwv\r\nYj48L2E+Cg==",
            "j":"eyJuIjoxLjEwfQ","latin":"6Q==","n":7}"#;
        let document = Document::parse(json.as_bytes()).unwrap();
        let find = |text| Expression::compile(text).unwrap().find_text(&document);
        assert_eq!(find("parse_xml(xml).a.n").as_deref(), Some("18446744073709551617"));
        assert_eq!(find("parse_xml(xml).a.b.\"@k\"").as_deref(), Some("v"));
        assert_eq!(find("powertools_base64(b)").as_deref(), Some("<a><b>1</b></a>\n"));
        assert_eq!(find("parse_xml(powertools_base64(b)).a.b").as_deref(), Some("1"));
        assert_eq!(find("powertools_json(powertools_base64(j)).n").as_deref(), Some("1.10"));
        for other in ["parse_xml(b)", "parse_xml(n)", "parse_xml(gone)", "powertools_base64(xml)"] {
            assert_eq!(find(other), None, "{other}");
        }
        for other in ["powertools_base64(latin)", "powertools_base64(n)", "powertools_json(xml)"] {
            assert_eq!(find(other), None, "{other}");
        }
    }

    #[test]
    fn an_unknown_function_is_found_anywhere_in_an_expression() {
        for text in
            ["a && oops(b)", "[?oops(@)]", "{k: oops(@)}", "sort_by(a, &oops(@))", "a[*].oops(@)"]
        {
            let error = Expression::compile(text).unwrap_err().to_string();
            assert!(error.contains("unknown function oops()"), "{text}: {error}");
        }
    }

    #[test]
    fn a_wrong_number_of_arguments_is_found_when_compiling() {
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
    fn an_evaluation_error_names_types_and_no_values() {
        let error = Expression::compile("length(body.n)").unwrap().value(&document()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("number") && !error.contains('7'), "{error}");
    }

    #[test]
    fn syntax_errors_have_hints_about_common_mistakes() {
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
    fn bad_syntax_and_length_are_rejected() {
        assert!(matches!(Expression::compile("a ||"), Err(ExpressionError::Syntax(_))));
        let long = "a".repeat(MAX_LENGTH + 1);
        assert!(matches!(Expression::compile(&long), Err(ExpressionError::TooLong(4097))));
    }
}
