//! The variables held against their types, and filled with their defaults.

use std::collections::BTreeMap;

use super::mistake::{Mistake, Of};
use super::suggest;
use crate::terraform::literal::constant;
use crate::terraform::module::Variable;
use crate::terraform::types::{Kind, Misfit, convert};
use crate::terraform::{Module, Value};

/// All variables with the values that Terraform would give them.
pub(super) fn variables(
    module: &Module,
    given: &BTreeMap<String, Value>,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Value> {
    for name in given.keys().filter(|name| !module.variables.contains_key(*name)) {
        let known: Vec<_> = module.variables.keys().cloned().collect();
        mistakes.push(unknown(name, "variable", name, &known));
    }
    let variables = module.variables.iter();
    variables
        .map(|(name, variable)| (name.clone(), value(name, variable, given.get(name), mistakes)))
        .collect()
}

fn value(
    name: &str,
    variable: &Variable,
    given: Option<&Value>,
    mistakes: &mut Vec<Mistake>,
) -> Value {
    let value = match (given, &variable.default) {
        (Some(Value::Null) | None, Some(default)) if given.is_none() || !variable.nullable => {
            constant(default).unwrap_or(Value::Unknown)
        }
        (Some(Value::Null) | None, None) if given.is_none() || !variable.nullable => {
            mistakes.push(Mistake::at(name, Of::Type, "is required, and nothing sets it"));
            return Value::Unknown;
        }
        (given, _) => given.cloned().unwrap_or(Value::Null),
    };
    let converted = convert(&variable.of, &value, name);
    mistakes.extend(converted.misfits.into_iter().map(mistake));
    converted.value
}

fn mistake(misfit: Misfit) -> Mistake {
    let path = misfit.path;
    match misfit.kind {
        Kind::Other { wanted, is } => {
            Mistake::at(path, Of::Type, format!("must be {wanted}, but is {is}"))
        }
        Kind::Missing(name) => {
            Mistake::at(path, Of::Type, format!("{name} is required, and is not there"))
        }
        Kind::Surplus(known) => {
            let name = path.rsplit(['.', '[']).next().unwrap_or_default();
            let name = name.trim_matches(['"', ']']).to_owned();
            unknown(&path, "attribute", &name, &known)
        }
    }
}

/// Something that there is not: with what was meant, or else with all that there is.
fn unknown(path: &str, what: &str, name: &str, known: &[String]) -> Mistake {
    let text = format!("there is no such {what}");
    match suggest::attribute(name, known) {
        Some(meant) => {
            Mistake { suggestion: Some(meant.to_owned()), ..Mistake::at(path, Of::Type, text) }
        }
        None => {
            let here = known.iter().filter(|path| !path.contains('.')).map(String::as_str);
            let here = here.collect::<Vec<_>>().join(", ");
            Mistake::at(path, Of::Type, format!("{text}; there are: {here}"))
        }
    }
}
