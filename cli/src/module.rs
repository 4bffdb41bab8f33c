//! `catchment module`: the reference of the Terraform module in `infra/`, made from its files.

use crate::markdown::cell;
use crate::terraform::Module;
use crate::terraform::module::Variable;
use crate::{ExitStatus, Failure, Streams};

/// What is written by hand: how the module is used.
const HEAD: &str = include_str!("module/head.md.in");

/// Runs the command.
pub fn run(streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let module = Module::embedded().map_err(Failure::Unusable)?;
    write!(streams.out, "{}", markdown(module))?;
    Ok(ExitStatus::Success)
}

/// The page `infra/README.md`.
fn markdown(module: &Module) -> String {
    let mut text = HEAD.to_owned();
    text += "\n## Inputs\n\n| name | type | default | required | description |\n|---|---|---|---|---|\n";
    // The required ones first.
    let mut inputs: Vec<_> = module.variables.iter().collect();
    inputs.sort_by_key(|(_, variable)| variable.default.is_some());
    for (name, variable) in &inputs {
        text += &input(name, variable);
    }
    text += "\n### Attributes of objects\n";
    for (name, variable) in inputs.iter().filter(|(_, variable)| has_attributes(variable)) {
        text += &format!("\n#### `{name}`\n\n```terraform\n{}\n```\n", outdented(variable));
    }
    text += "\n## Outputs\n\n| name | description |\n|---|---|\n";
    for (name, description) in &module.outputs {
        text += &format!("| `{name}` | {} |\n", cell(description));
    }
    text
}

fn input(name: &str, variable: &Variable) -> String {
    let of = variable.type_constraint.name();
    let of = match has_attributes(variable) {
        true => format!("[`{of}`](#{name})"),
        false => format!("`{of}`"),
    };
    let (default, required) = match &variable.default {
        Some(default) => (format!("`{}`", default.to_string().trim().replace('|', "\\|")), "no"),
        None => (String::new(), "yes"),
    };
    format!("| `{name}` | {of} | {default} | {required} | {} |\n", cell(&variable.description))
}

/// Whether its type has attributes, which a line of a table has no room for.
fn has_attributes(variable: &Variable) -> bool {
    variable.written_type.contains('\n')
}

/// The type without the indentation of its variable's block.
fn outdented(variable: &Variable) -> String {
    let lines = variable.written_type.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}
