//! The functions that expressions may call, and the check of calls that can never succeed.

use std::cell::RefCell;
use std::sync::LazyLock;

use jmespath::ast::Ast;
use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, ErrorReason, Rcvar, Runtime, RuntimeError, Variable};

use super::ExpressionError;
use super::tree::children;
use crate::query::document::{Document, RawNumbers};

/// JMESPath's functions, and `powertools_json(text)`, which parses JSON in a string, as in Powertools for AWS
/// Lambda (docs.powertools.aws.dev, "JMESPath Functions"). It returns null for anything that is not JSON.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    let signature = Signature::new(vec![ArgumentType::Any], None);
    runtime.register_function(
        "powertools_json",
        Box::new(CustomFunction::new(signature.clone(), Box::new(powertools_json))),
    );
    runtime.register_function(
        "to_string",
        Box::new(CustomFunction::new(signature, Box::new(to_string))),
    );
    runtime
});

thread_local! {
    /// The texts of the numbers that the expression at hand may meet. JMESPath has no place for them in a call.
    static NUMBERS: RefCell<RawNumbers> = RefCell::default();
}

/// Evaluates an expression on a document with these numbers. Returns its value, and the numbers together with those of
/// texts that it parsed.
pub(super) fn with_numbers<T>(
    numbers: &RawNumbers,
    evaluate: impl FnOnce() -> T,
) -> (T, RawNumbers) {
    NUMBERS.replace(numbers.clone());
    let value = evaluate();
    (value, NUMBERS.take())
}

fn powertools_json(
    arguments: &[Rcvar],
    _: &mut Context<'_>,
) -> Result<Rcvar, jmespath::JmespathError> {
    let text = arguments.first().and_then(|argument| argument.as_string());
    let Some(json) = text.and_then(|text| Document::parse(text.as_bytes())) else {
        return Ok(Rcvar::new(Variable::Null));
    };
    NUMBERS.with_borrow_mut(|all| *all = std::mem::take(all).and(json.numbers().clone()));
    Ok(json.root().clone())
}

/// JMESPath's own `to_string`, but with numbers as they were written.
fn to_string(arguments: &[Rcvar], _: &mut Context<'_>) -> Result<Rcvar, jmespath::JmespathError> {
    let Some(value) = arguments.first() else { return Ok(Rcvar::new(Variable::Null)) };
    let numbers = NUMBERS.with_borrow(Clone::clone);
    Ok(Rcvar::new(Variable::String(Document::new(value.clone(), numbers).to_text())))
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
