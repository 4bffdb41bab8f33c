//! The validations of the module's variables, and the preconditions of its resources.

use super::mistake::{Mistake, Of};
use super::said;
use crate::terraform::module::Rule;
use crate::terraform::{EvalError, Evaluation, Module, Value};

/// Adds what the rules say is wrong. Returned is what they cannot tell, which often comes of something
/// else that is wrong.
pub(super) fn check(
    module: &Module,
    evaluation: &Evaluation<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Mistake> {
    let mut unknown = Vec::new();
    let mut hold =
        |owner: String, path: &str, broken: Result<Option<String>, EvalError>| match broken {
            Ok(None) => {}
            Ok(Some(message)) => mistakes.extend(said::mistakes(&message, path, &Of::Rule(owner))),
            Err(error) => {
                let text = format!("Terraform could not tell whether it is right: {error}");
                unknown.push(Mistake::at(path, Of::Rule(owner), text));
            }
        };
    for (name, variable) in &module.variables {
        for rule in &variable.rules {
            hold(format!("var.{name}"), name, broken(evaluation, rule, &Value::Null));
        }
    }
    for (address, rule) in module.preconditions() {
        match evaluation.turns(address) {
            Err(error) => hold(address.to_owned(), "", Err(error)),
            Ok(turns) => turns
                .iter()
                .for_each(|each| hold(address.to_owned(), "", broken(evaluation, &rule, each))),
        }
    }
    unknown
}

/// What a rule says that does not hold. Of what is not known it says nothing.
fn broken(
    evaluation: &Evaluation<'_>,
    rule: &Rule,
    each: &Value,
) -> Result<Option<String>, EvalError> {
    match evaluation.evaluate_for_each(&rule.condition, each)? {
        Value::Unknown => Ok(None),
        condition if condition.as_bool()? => Ok(None),
        _ => Ok(Some(evaluation.evaluate_for_each(&rule.message, each)?.as_text()?)),
    }
}
