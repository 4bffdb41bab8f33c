//! Converts the variables to their types and fills in their defaults, as Terraform does.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Origin, nearest_attribute};
use crate::terraform::literal::constant;
use crate::terraform::module::Variable;
use crate::terraform::types::{Misfit, MisfitKind, convert};
use crate::terraform::{Module, Value};

/// All variables with the values that Terraform would give them. A value that does not fit is [`Value::Unknown`] and
/// adds a diagnostic.
pub(super) fn variables(
    module: &Module,
    given: &BTreeMap<String, Value>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Value> {
    for name in given.keys().filter(|name| !module.variables.contains_key(*name)) {
        let known: Vec<_> = module.variables.keys().cloned().collect();
        diagnostics.push(unknown(name, "variable", name, &known));
    }
    let variables = module.variables.iter();
    variables
        .map(|(name, variable)| (name.clone(), value(name, variable, given.get(name), diagnostics)))
        .collect()
}

fn value(
    name: &str,
    variable: &Variable,
    given: Option<&Value>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let value = match (given, &variable.default) {
        (Some(Value::Null) | None, Some(default)) if given.is_none() || !variable.nullable => {
            constant(default).unwrap_or(Value::Unknown)
        }
        (Some(Value::Null) | None, None) if given.is_none() || !variable.nullable => {
            diagnostics.push(Diagnostic::at(
                name,
                Origin::Type,
                "is required, but nothing sets it",
            ));
            return Value::Unknown;
        }
        (given, _) => given.cloned().unwrap_or(Value::Null),
    };
    let converted = convert(&variable.type_constraint, &value, name);
    diagnostics.extend(converted.misfits.into_iter().map(diagnostic));
    converted.value
}

fn diagnostic(misfit: Misfit) -> Diagnostic {
    let path = misfit.path;
    match misfit.kind {
        MisfitKind::OtherType { expected, found } => {
            Diagnostic::at(path, Origin::Type, format!("must be {expected}, but is {found}"))
        }
        MisfitKind::Missing(name) => {
            Diagnostic::at(path, Origin::Type, format!("{name} is required, but is missing"))
        }
        MisfitKind::UnknownAttribute(known) => {
            let name = path.rsplit(['.', '[']).next().unwrap_or_default();
            let name = name.trim_matches(['"', ']']).to_owned();
            unknown(&path, "attribute", &name, &known)
        }
    }
}

/// A variable or attribute that does not exist: with the name that was probably meant, or else with all that exist.
fn unknown(path: &str, what: &str, name: &str, known: &[String]) -> Diagnostic {
    let text = format!("there is no such {what}");
    match nearest_attribute(name, known) {
        Some(meant) => Diagnostic {
            suggestion: Some(meant.to_owned()),
            ..Diagnostic::at(path, Origin::Type, text)
        },
        None => {
            let here = known.iter().filter(|path| !path.contains('.')).map(String::as_str);
            let here = here.collect::<Vec<_>>().join(", ");
            Diagnostic::at(path, Origin::Type, format!("{text}; there are: {here}"))
        }
    }
}
