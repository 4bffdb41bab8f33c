//! The parsed module: its variables, locals and resources, not yet evaluated.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};

use super::files;
use super::types::Type;

/// The parsed files of a module.
#[derive(Debug, Default)]
pub struct Module {
    /// Its variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// The expressions of its locals by name.
    pub locals: BTreeMap<String, Expression>,
    /// Its resources and data sources by address: `aws_sqs_queue.queue` or `data.aws_region.current`.
    pub resources: BTreeMap<String, Body>,
    /// The descriptions of its outputs by name.
    pub outputs: BTreeMap<String, String>,
}

/// A variable of the module.
#[derive(Debug)]
pub struct Variable {
    /// What it is for.
    pub description: String,
    /// The type as it is written, with the comments on its attributes.
    pub written_type: String,
    /// The type that its values are converted to.
    pub type_constraint: Type,
    /// Its value if nothing sets it. A variable without one is required.
    pub default: Option<Expression>,
    /// Whether `null` is a value. If not, `null` stands for the default.
    pub nullable: bool,
    /// Its `validation` blocks.
    pub rules: Vec<Rule>,
}

/// A `validation` or a `precondition`.
#[derive(Debug)]
pub struct Rule {
    /// What must be true.
    pub condition: Expression,
    /// The message if it is not.
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
    /// The module in `infra/`, which is compiled in. The error is a file that cannot be parsed.
    pub fn embedded() -> Result<&'static Self, String> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// Adds the blocks of one of the module's files.
    fn add(&mut self, body: &Body) -> Result<(), String> {
        for block in body.blocks() {
            let labels: Vec<_> = block.labels.iter().map(|label| label.as_str()).collect();
            match (block.ident.as_str(), &labels[..]) {
                ("variable", [name]) => {
                    let variable = Variable::of(&block.body).map_err(|e| format!("{name}: {e}"))?;
                    self.variables.insert((*name).to_owned(), variable);
                }
                ("output", [name]) => {
                    self.outputs.insert((*name).to_owned(), description(&block.body));
                }
                ("locals", []) => {
                    let locals = block.body.attributes();
                    let locals = locals.map(|it| (it.key.to_string(), it.value.clone()));
                    self.locals.extend(locals);
                }
                ("resource" | "ephemeral", [kind, name]) => {
                    self.resource(format!("{kind}.{name}"), block)
                }
                ("data", [kind, name]) => self.resource(format!("data.{kind}.{name}"), block),
                _ => {}
            }
        }
        Ok(())
    }

    fn resource(&mut self, address: String, block: &Block) {
        self.resources.insert(address, block.body.clone());
    }

    /// The `precondition` blocks of the resources, each with its resource's address.
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
        let type_constraint =
            body.get_attribute("type").map_or(Ok(Type::Any), |it| Type::of(&it.value))?;
        let nullable = body.get_attribute("nullable").and_then(|it| it.value.as_bool());
        let written_type = body.get_attribute("type").map(|it| it.value.to_string());
        Ok(Self {
            description: description(body),
            written_type: written_type.unwrap_or_default().trim().to_owned(),
            type_constraint,
            default: body.get_attribute("default").map(|it| it.value.clone()),
            nullable: nullable.unwrap_or(true),
            rules: rules(body, "validation"),
        })
    }
}

fn description(body: &Body) -> String {
    let text = body.get_attribute("description").and_then(|it| it.value.as_str());
    text.unwrap_or_default().to_owned()
}

fn rules(body: &Body, block: &str) -> Vec<Rule> {
    let rule = |body: &Body| {
        let get = |name| body.get_attribute(name).map(|it| it.value.clone());
        Some(Rule { condition: get("condition")?, message: get("error_message")? })
    };
    body.get_blocks(block).filter_map(|block| rule(&block.body)).collect()
}
