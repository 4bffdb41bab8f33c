//! The module as it is written: its variables, locals and resources, not yet evaluated.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};

use super::files;
use super::types::Type;

/// What is written in a module's files.
#[derive(Debug, Default)]
pub struct Module {
    /// By name.
    pub variables: BTreeMap<String, Variable>,
    /// By name.
    pub locals: BTreeMap<String, Expression>,
    /// Resources and data sources by their address, `aws_sqs_queue.queue` or `data.aws_region.current`.
    pub resources: BTreeMap<String, Body>,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// What its values are.
    pub of: Type,
    /// What it is where nothing is said; none where something must be.
    pub default: Option<Expression>,
    /// Whether `null` is a value of its own.
    pub nullable: bool,
    /// What must hold of it.
    pub rules: Vec<Rule>,
}

/// A `validation` or a `precondition`.
#[derive(Debug)]
pub struct Rule {
    /// What must hold.
    pub condition: Expression,
    /// What is said where it does not.
    pub message: Expression,
}

static EMBEDDED: LazyLock<Result<Module, String>> = LazyLock::new(|| {
    let mut module = Module::default();
    for (name, text) in files::module() {
        let body = parse_body(text).map_err(|error| format!("infra/{name}: {error}"))?;
        module.add(&body).map_err(|error| format!("infra/{name}: {error}"))?;
    }
    Ok(module)
});

impl Module {
    /// The module that is compiled in.
    pub fn embedded() -> Result<&'static Self, String> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// Adds what a file of the module says.
    pub fn add(&mut self, body: &Body) -> Result<(), String> {
        for block in body.blocks() {
            let labels: Vec<_> = block.labels.iter().map(|label| label.as_str()).collect();
            match (block.ident.as_str(), &labels[..]) {
                ("variable", [name]) => {
                    let variable = Variable::of(&block.body).map_err(|e| format!("{name}: {e}"))?;
                    self.variables.insert((*name).to_owned(), variable);
                }
                ("locals", []) => {
                    let locals = block.body.attributes();
                    let locals = locals.map(|it| (it.key.to_string(), it.value.clone()));
                    self.locals.extend(locals);
                }
                ("resource" | "ephemeral", [of, name]) => {
                    self.resource(format!("{of}.{name}"), block)
                }
                ("data", [of, name]) => self.resource(format!("data.{of}.{name}"), block),
                _ => {}
            }
        }
        Ok(())
    }

    fn resource(&mut self, address: String, block: &Block) {
        self.resources.insert(address, block.body.clone());
    }

    /// The preconditions of the resources, each with its resource's address.
    pub fn preconditions(&self) -> impl Iterator<Item = (&str, Rule)> {
        self.resources.iter().flat_map(|(address, body)| {
            let lifecycles = body.get_blocks("lifecycle");
            let rules = lifecycles.flat_map(|block| rules(&block.body, "precondition"));
            rules.map(|rule| (address.as_str(), rule)).collect::<Vec<_>>()
        })
    }
}

impl Variable {
    fn of(body: &Body) -> Result<Self, String> {
        let of = body.get_attribute("type").map_or(Ok(Type::Any), |it| Type::of(&it.value))?;
        let nullable = body.get_attribute("nullable").and_then(|it| it.value.as_bool());
        Ok(Self {
            of,
            default: body.get_attribute("default").map(|it| it.value.clone()),
            nullable: nullable.unwrap_or(true),
            rules: rules(body, "validation"),
        })
    }
}

fn rules(body: &Body, block: &str) -> Vec<Rule> {
    let rule = |body: &Body| {
        let get = |name| body.get_attribute(name).map(|it| it.value.clone());
        Some(Rule { condition: get("condition")?, message: get("error_message")? })
    };
    body.get_blocks(block).filter_map(|block| rule(&block.body)).collect()
}
