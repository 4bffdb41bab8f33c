//! JMESPath expressions, checked when they are loaded: ids, types and, later, filters.

mod functions;

use std::fmt;

use jmespath::ast::{Ast, KeyValuePair};
use jmespath::{Context, Rcvar};
use serde::Deserialize;

use self::functions::RUNTIME;

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
}

impl Expression {
    /// Compiles an expression; unknown functions are found here, not at the first request.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_LENGTH {
            return Err(ExpressionError::TooLong(text.len()));
        }
        let tree =
            jmespath::parse(text).map_err(|error| ExpressionError::Syntax(error.to_string()))?;
        if let Some((name, offset)) = unknown_function(&tree) {
            let (name, text) = (name.to_owned(), text.to_owned());
            return Err(ExpressionError::UnknownFunction { name, offset, text });
        }
        Ok(Self { text: text.to_owned(), tree })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the expression finds in a document; nothing where it errors or finds null.
    pub fn find(&self, document: &Rcvar) -> Option<Rcvar> {
        let mut context = Context::new(&self.text, &RUNTIME);
        let found = jmespath::interpret(document, &self.tree, &mut context).ok()?;
        (!found.is_null()).then_some(found)
    }

    /// The same as text: a string as it is, anything else as JSON.
    pub fn find_text(&self, document: &Rcvar) -> Option<String> {
        let found = self.find(document)?;
        Some(found.as_string().cloned().unwrap_or_else(|| found.to_string()))
    }
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

/// The first function in a tree that the runtime does not know, with its position.
fn unknown_function(tree: &Ast) -> Option<(&str, usize)> {
    match tree {
        Ast::Function { offset, name, args } => match RUNTIME.get_function(name) {
            None => Some((name, *offset)),
            Some(_) => args.iter().find_map(unknown_function),
        },
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => unknown_function(lhs).or_else(|| unknown_function(rhs)),
        Ast::Condition { predicate, then, .. } => {
            unknown_function(predicate).or_else(|| unknown_function(then))
        }
        Ast::Expref { ast, .. } => unknown_function(ast),
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            unknown_function(node)
        }
        Ast::MultiList { elements, .. } => elements.iter().find_map(unknown_function),
        Ast::MultiHash { elements, .. } => {
            elements.iter().find_map(|KeyValuePair { value, .. }| unknown_function(value))
        }
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => None,
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
        for text in ["a && oops(b)", "[?oops(@)]", "{k: oops(@)}", "sort_by(a, &oops(@))"] {
            let error = Expression::compile(text).unwrap_err().to_string();
            assert!(error.contains("unknown function oops()"), "{text}: {error}");
        }
    }

    #[test]
    fn bad_syntax_and_length_are_refused() {
        assert!(matches!(Expression::compile("a ||"), Err(ExpressionError::Syntax(_))));
        let long = "a".repeat(MAX_LENGTH + 1);
        assert!(matches!(Expression::compile(&long), Err(ExpressionError::TooLong(4097))));
    }
}
