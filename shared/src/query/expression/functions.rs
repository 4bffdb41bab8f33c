//! The functions that expressions may call, and the check of calls that can never succeed.

use std::sync::LazyLock;

use jmespath::ast::Ast;
use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, ErrorReason, Rcvar, Runtime, RuntimeError, Variable};

use super::ExpressionError;
use super::tree::children;
use crate::query::document::parse_json;

/// JMESPath's functions, and `powertools_json(text)`, which parses JSON in a string, as in Powertools for AWS
/// Lambda (docs.powertools.aws.dev, "JMESPath Functions"). It returns null for anything that is not JSON.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    let signature = Signature::new(vec![ArgumentType::Any], None);
    runtime.register_function(
        "powertools_json",
        Box::new(CustomFunction::new(signature, Box::new(powertools_json))),
    );
    runtime
});

fn powertools_json(
    arguments: &[Rcvar],
    _: &mut Context<'_>,
) -> Result<Rcvar, jmespath::JmespathError> {
    let text = arguments.first().and_then(|argument| argument.as_string());
    let json = text.and_then(|text| parse_json(text.as_bytes()));
    Ok(Rcvar::new(json.unwrap_or(Variable::Null)))
}

/// A call that fails on every document.
pub(super) struct InvalidCall<'t> {
    name: &'t str,
    offset: usize,
    fault: Fault,
}

enum Fault {
    UnknownFunction,
    Arguments { expected: usize, given: usize },
}

/// The first invalid call in an expression.
pub(super) fn invalid_call(node: &Ast) -> Option<InvalidCall<'_>> {
    let own = match node {
        Ast::Function { offset, name, args } => {
            fault(name, args.len()).map(|fault| InvalidCall { name, offset: *offset, fault })
        }
        _ => None,
    };
    own.or_else(|| children(node).all().find_map(invalid_call))
}

/// Finds a fault by calling the function with nulls: every function checks the number of its arguments first.
fn fault(name: &str, given: usize) -> Option<Fault> {
    let Some(function) = RUNTIME.get_function(name) else { return Some(Fault::UnknownFunction) };
    let nulls = vec![Rcvar::new(Variable::Null); given];
    let error = function.evaluate(&nulls, &mut Context::new("", &RUNTIME)).err()?;
    match error.reason {
        ErrorReason::Runtime(
            RuntimeError::TooManyArguments { expected, .. }
            | RuntimeError::NotEnoughArguments { expected, .. },
        ) => Some(Fault::Arguments { expected, given }),
        _ => None,
    }
}

impl InvalidCall<'_> {
    /// The error for the expression with this text.
    pub(super) fn into_error(self, text: &str) -> ExpressionError {
        let (name, offset, text) = (self.name.to_owned(), self.offset, text.to_owned());
        match self.fault {
            Fault::UnknownFunction => ExpressionError::UnknownFunction { name, offset, text },
            Fault::Arguments { expected, given } => {
                ExpressionError::Arguments { name, expected, given, offset, text }
            }
        }
    }
}
