//! Function calls that can never work, found before the first document is.

use jmespath::ast::Ast;
use jmespath::{Context, ErrorReason, Rcvar, RuntimeError, Variable};

use super::ExpressionError;
use super::functions::RUNTIME;
use super::tree::parts;

/// A call that can never work.
pub(super) struct Mistake<'t> {
    name: &'t str,
    offset: usize,
    /// How many arguments it takes and was given, where the function exists.
    arguments: Option<(usize, usize)>,
}

/// The first such call in a tree.
pub(super) fn wrong(tree: &Ast) -> Option<Mistake<'_>> {
    let here = match tree {
        Ast::Function { offset, name, args } => {
            mistake(name, args.len()).map(|arguments| Mistake { name, offset: *offset, arguments })
        }
        _ => None,
    };
    let (same, inner) = parts(tree);
    here.or_else(|| same.into_iter().chain(inner).find_map(wrong))
}

/// Every function looks at the number of its arguments first, whatever they are.
fn mistake(name: &str, given: usize) -> Option<Option<(usize, usize)>> {
    let Some(function) = RUNTIME.get_function(name) else { return Some(None) };
    let nothing = vec![Rcvar::new(Variable::Null); given];
    let error = function.evaluate(&nothing, &mut Context::new("", &RUNTIME)).err()?;
    match error.reason {
        ErrorReason::Runtime(
            RuntimeError::TooManyArguments { expected, actual }
            | RuntimeError::NotEnoughArguments { expected, actual },
        ) => Some(Some((expected, actual))),
        _ => None,
    }
}

impl Mistake<'_> {
    /// The mistake as an error of the whole expression.
    pub(super) fn error(self, text: &str) -> ExpressionError {
        let (name, offset, text) = (self.name.to_owned(), self.offset, text.to_owned());
        match self.arguments {
            None => ExpressionError::UnknownFunction { name, offset, text },
            Some((expected, given)) => {
                ExpressionError::Arguments { name, expected, given, offset, text }
            }
        }
    }
}
