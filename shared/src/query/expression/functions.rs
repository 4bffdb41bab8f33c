//! The functions that expressions may call, and the check of calls that can never succeed.

use std::cell::RefCell;
use std::sync::LazyLock;

use base64::Engine;
use jmespath::ast::Ast;
use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, ErrorReason, Rcvar, Runtime, RuntimeError, Variable};

use super::ExpressionError;
use super::tree::children;
use crate::query::document::{Document, RawNumbers};
use crate::webhook::body;
use crate::webhook::secret::BASE64;

/// JMESPath's functions, and functions that read what is written within a string. Each returns null for anything else.
///
/// `powertools_json(text)` parses JSON, and `powertools_base64(text)` decodes base64 of UTF-8, as in Powertools for AWS
/// Lambda (docs.powertools.aws.dev, "JMESPath Functions"). `parse_xml(text)` parses XML into the form that an XML body has.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    let signature = Signature::new(vec![ArgumentType::Any], None);
    let functions: [(&str, Function); 4] = [
        ("powertools_json", powertools_json),
        ("powertools_base64", powertools_base64),
        ("parse_xml", parse_xml),
        ("to_string", to_string),
    ];
    for (name, function) in functions {
        let function = CustomFunction::new(signature.clone(), Box::new(function));
        runtime.register_function(name, Box::new(function));
    }
    runtime
});

type Function = fn(&[Rcvar], &mut Context<'_>) -> Result<Rcvar, jmespath::JmespathError>;

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
    Ok(parsed(text(arguments).and_then(|text| Document::parse(text.as_bytes()))))
}

fn parse_xml(arguments: &[Rcvar], _: &mut Context<'_>) -> Result<Rcvar, jmespath::JmespathError> {
    let json = text(arguments).and_then(|text| body::xml_to_json(text));
    Ok(parsed(json.and_then(|json| Document::parse(&json))))
}

/// White space in base64 is skipped: many encoders break its lines.
fn powertools_base64(
    arguments: &[Rcvar],
    _: &mut Context<'_>,
) -> Result<Rcvar, jmespath::JmespathError> {
    let decode = |text: &String| {
        let base64: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        String::from_utf8(BASE64.decode(base64).ok()?).ok()
    };
    let decoded = text(arguments).and_then(decode);
    Ok(Rcvar::new(decoded.map_or(Variable::Null, Variable::String)))
}

/// The first argument, if it is a text.
fn text(arguments: &[Rcvar]) -> Option<&String> {
    arguments.first().and_then(|argument| argument.as_string())
}

/// The value of a document that a function parsed, whose numbers are kept as they were written. Null if there is none.
fn parsed(document: Option<Document>) -> Rcvar {
    let Some(document) = document else { return Rcvar::new(Variable::Null) };
    NUMBERS.with_borrow_mut(|all| *all = std::mem::take(all).and(document.numbers().clone()));
    document.root().clone()
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
