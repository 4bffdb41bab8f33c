//! Evaluates expressions that name nothing: defaults in the module, and values in a file of variables.

use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::visit::{Visit, visit_expr};

use super::evaluate::{Evaluator, NoNames};
use super::value::{EvalError, Value};

/// The value of an expression that may call no function and name nothing.
pub fn literal(expression: &Expression) -> Result<Value, EvalError> {
    let mut call = FirstCall::default();
    visit_expr(&mut call, expression);
    match call.0 {
        Some(name) => Err(EvalError::failed(format!(
            "functions cannot be called in a file of variables, and this calls {name}()"
        ))),
        None => constant(expression),
    }
}

/// The value of an expression that may call functions and names nothing.
pub fn constant(expression: &Expression) -> Result<Value, EvalError> {
    Evaluator { names: &NoNames }.value(expression, None)
}

/// The name of the first function that an expression calls.
#[derive(Default)]
struct FirstCall(Option<String>);

impl Visit for FirstCall {
    fn visit_func_call(&mut self, call: &FuncCall) {
        self.0.get_or_insert_with(|| call.name.name.to_string());
    }
}
