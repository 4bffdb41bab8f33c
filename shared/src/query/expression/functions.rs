//! The functions that expressions may call: JMESPath's own, and one of Powertools for AWS Lambda.

use std::sync::LazyLock;

use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, Rcvar, Runtime, Variable};

use crate::query::document::tree;

/// JMESPath's functions, and `powertools_json(text)`: the JSON that stands in a text, as in Powertools
/// (docs.powertools.aws.dev, "JMESPath Functions"). What is no JSON is null.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    let signature = Signature::new(vec![ArgumentType::Any], None);
    runtime.register_function(
        "powertools_json",
        Box::new(CustomFunction::new(signature, Box::new(json))),
    );
    runtime
});

fn json(arguments: &[Rcvar], _: &mut Context<'_>) -> Result<Rcvar, jmespath::JmespathError> {
    let text = arguments.first().and_then(|argument| argument.as_string());
    let json = text.and_then(|text| tree(text.as_bytes()));
    Ok(Rcvar::new(json.unwrap_or(Variable::Null)))
}
