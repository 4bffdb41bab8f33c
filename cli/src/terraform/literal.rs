//! Values without names: what a file of variables may have in it.

use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::visit::{Visit, visit_expr};

use super::error::EvalError;
use super::evaluate::Evaluation;
use super::module::Module;
use super::value::Value;

/// What an expression is that may call no function and name no variable.
pub fn literal(expression: &Expression) -> Result<Value, EvalError> {
    let mut calls = Calls::default();
    visit_expr(&mut calls, expression);
    match calls.0 {
        Some(name) => Err(EvalError::failed(format!(
            "functions cannot be called in a file of variables, and this calls {name}()"
        ))),
        None => constant(expression),
    }
}

/// What an expression is that may call functions, and names no variable.
pub fn constant(expression: &Expression) -> Result<Value, EvalError> {
    Evaluation::new(&Module::default(), std::collections::BTreeMap::new()).evaluate(expression)
}

/// The first function that is called.
#[derive(Default)]
struct Calls(Option<String>);

impl Visit for Calls {
    fn visit_func_call(&mut self, call: &FuncCall) {
        self.0.get_or_insert_with(|| call.name.name.to_string());
    }
}
