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

/// Evaluates all rules, with their messages, and all locals: how many there are.
pub(super) fn evaluate_all(
    module: &Module,
    evaluation: &Evaluation<'_>,
) -> Result<usize, EvalError> {
    let mut all = 0;
    let mut note = |what: &str, value: Result<Value, EvalError>| match value {
        Ok(_) | Err(EvalError::Failed(_)) if what.ends_with("message") => {
            all += 1;
            Ok(())
        }
        Ok(_) => {
            all += 1;
            Ok(())
        }
        Err(error) => Err(EvalError::Unsupported(format!("{what}: {error}"))),
    };
    for name in module.locals.keys() {
        note(&format!("local.{name}"), evaluation.local(name))?;
    }
    for (name, variable) in &module.variables {
        for rule in &variable.rules {
            note(&format!("var.{name}"), evaluation.evaluate(&rule.condition))?;
            note(&format!("var.{name}: message"), evaluation.evaluate(&rule.message))?;
        }
    }
    for (address, rule) in module.preconditions() {
        for each in evaluation.turns(address)? {
            note(address, evaluation.evaluate_for_each(&rule.condition, &each))?;
            note(
                &format!("{address}: message"),
                evaluation.evaluate_for_each(&rule.message, &each),
            )?;
        }
    }
    Ok(all)
}
