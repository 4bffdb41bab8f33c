//! Compares the evaluator with Terraform's own tests of the module: it must refuse what they refuse, and accept what they
//! plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use catchment::check::evaluation;
use catchment::terraform::evaluate::Names;
use catchment::terraform::literal::constant;
use catchment::terraform::module::Rule;
use catchment::terraform::{EvalError, Module, Value as Evaluated};
use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};
use serde_json::Value;

use crate::tool::{File, run};

/// The resources with a rule that it cannot decide: whether the built Lambda packages exist, and whether certificates and
/// keys are in the stack's region.
const UNDECIDABLE: [&str; 3] = [
    "aws_lambda_function.function",
    "aws_apigatewayv2_domain_name.domain",
    "data.aws_region.current",
];

/// A `run` block of a test file.
struct Run {
    name: String,
    values: BTreeMap<String, Value>,
    refused: BTreeSet<String>,
    asserts: Vec<Expression>,
}

fn body(name: &str) -> Body {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/tests").join(name);
    parse_body(&fs::read_to_string(file).unwrap()).unwrap()
}

/// `None` if a value depends on a file that only Terraform reads, such as a Lambda package.
fn variables(body: &Body) -> Option<BTreeMap<String, Value>> {
    let blocks = body.get_blocks("variables").flat_map(|block| block.body.attributes());
    let value = |value| serde_json::to_value(constant(value).unwrap()).ok();
    blocks.map(|it| Some((it.key.to_string(), value(&it.value)?))).collect()
}

fn runs(name: &str) -> Vec<Run> {
    let file = body(name);
    let run = |block: &Block| {
        let failures = block.body.get_attribute("expect_failures");
        let failures =
            failures.map(|it| it.value.as_array().unwrap().iter().map(address).collect());
        let asserts = block.body.get_blocks("assert");
        let asserts = asserts.filter_map(|it| it.body.get_attribute("condition"));
        Some(Run {
            name: format!("{name}: {}", block.labels[0].as_str()),
            values: variables(&file)?.into_iter().chain(variables(&block.body)?).collect(),
            refused: failures.unwrap_or_default(),
            asserts: asserts.map(|it| it.value.clone()).collect(),
        })
    };
    let runs: Vec<_> = file.get_blocks("run").filter_map(run).collect();
    assert!(!runs.is_empty());
    runs
}

/// `var.sources`, `aws_s3_object.config`, without an instance's key.
fn address(expression: &Expression) -> String {
    expression.to_string().trim().split('[').next().unwrap().to_owned()
}

impl Run {
    fn file(&self) -> File {
        File::with_suffix(".tfvars.json", serde_json::to_vec_pretty(&self.values).unwrap())
    }

    /// The addresses of the rules that the tool finds broken, and its report.
    fn found(&self) -> (BTreeSet<String>, Value) {
        let found = run(&["check", "--json", self.file().path()]).json();
        let by = |mistake: &Value| {
            let root = mistake["path"].as_str().unwrap().split(['.', '[']).next().unwrap();
            match (mistake["of"].as_str().unwrap(), format!("var.{root}")) {
                // The type check reports it before the rule does.
                ("type", variable) if self.refused.contains(&variable) => variable,
                (of, _) => of.to_owned(),
            }
        };
        (found["mistakes"].as_array().unwrap().iter().map(by).collect(), found)
    }

    fn agrees(&self) -> Result<(), String> {
        let (found, report) = self.found();
        let missed: Vec<_> = self
            .refused
            .iter()
            .filter(|it| !UNDECIDABLE.contains(&&***it) && !found.contains(*it))
            .collect();
        let surplus: Vec<_> =
            found.iter().filter(|it| !self.refused.contains(*it) && !self.hides(it)).collect();
        match missed.is_empty() && surplus.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "{}\nmissed: {missed:?}\nsurplus: {surplus:?}\n{report:#}\n",
                self.name
            )),
        }
    }

    /// Whether Terraform does not evaluate a rule, because something that it depends on is wrong: resources, expressions
    /// and the configuration come after all variables.
    fn hides(&self, owner: &str) -> bool {
        let variables: Vec<_> = self.refused.iter().filter(|it| it.starts_with("var.")).collect();
        let Some(variable) = owner.strip_prefix("var.") else { return !self.refused.is_empty() };
        let module = Module::embedded().unwrap();
        let depends = |rule: &Rule| {
            let mentioned = mentioned(module, &rule.condition.to_string());
            variables.iter().any(|it| mentioned.contains(*it))
        };
        module.variables[variable].rules.iter().any(depends)
    }
}

/// An expression, and those of all locals that it depends on.
fn mentioned(module: &Module, expression: &str) -> String {
    let names = expression.split("local.").skip(1);
    let names = names.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    let locals = names.filter_map(|name| module.locals.get(name?));
    let further = locals.map(|local| mentioned(module, &local.to_string()));
    expression.to_owned() + &further.collect::<String>()
}

fn agree(name: &str) {
    let wrong: Vec<_> = runs(name).iter().filter_map(|run| run.agrees().err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn it_refuses_what_terraform_refuses() {
    agree("refusals.tftest.hcl");
}

#[test]
fn it_refuses_the_inline_schemes_that_terraform_refuses() {
    agree("schemes.tftest.hcl");
}

#[test]
fn it_accepts_what_terraform_plans() {
    agree("stack.tftest.hcl");
}

#[test]
fn it_agrees_about_headers_and_credentials_of_destinations() {
    agree("destinations.tftest.hcl");
}

#[test]
fn it_agrees_about_packages() {
    agree("package.tftest.hcl");
}

#[test]
fn it_agrees_about_custom_domains() {
    agree("domain.tftest.hcl");
}

#[test]
fn it_agrees_about_alarms() {
    agree("alarms.tftest.hcl");
}

#[test]
fn it_agrees_about_limits() {
    agree("limits.tftest.hcl");
}

#[test]
fn it_agrees_about_keys_networks_roles_and_protection() {
    agree("options.tftest.hcl");
}

/// The assertions of Terraform's own tests about the object that it writes hold for the evaluated one.
#[test]
fn it_writes_what_terraform_writes() {
    let mut asserted = 0;
    let files = ["stack.tftest.hcl", "destinations.tftest.hcl", "domain.tftest.hcl"];
    for run in files.into_iter().flat_map(runs) {
        let file = run.file();
        let evaluation = evaluation(&[PathBuf::from(file.path())]).unwrap();
        let of_config = |it: &&Expression| it.to_string().contains("aws_s3_object.config.content");
        for assert in run.asserts.iter().filter(of_config) {
            let holds = evaluation.evaluate(assert);
            assert_eq!(holds, Ok(Evaluated::Bool(true)), "{}: {assert}", run.name);
            asserted += 1;
        }
    }
    assert!(asserted > 10, "{asserted}");
}

/// Something unsupported would otherwise be found by an operator.
#[test]
fn it_supports_everything_in_the_module() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/catchment.example.tfvars");
    let (module, evaluation) =
        (Module::embedded().unwrap(), evaluation(&[PathBuf::from(example)]).unwrap());
    for name in module.locals.keys() {
        let value = evaluation.local(name);
        assert!(value.is_ok(), "local.{name}: {value:?}");
    }
    let known = |rule: &Rule, each: &Evaluated, of: &str| {
        let condition = evaluation.evaluate_for_each(&rule.condition, each);
        assert!(condition.is_ok(), "{of}: {condition:?}");
        // A message may fail if its rule is not broken.
        let message = evaluation.evaluate_for_each(&rule.message, each);
        assert!(!matches!(message, Err(EvalError::Unsupported(_))), "{of}: {message:?}");
    };
    for (name, variable) in &module.variables {
        variable.rules.iter().for_each(|rule| known(rule, &Evaluated::Null, name));
    }
    for (address, rule) in module.preconditions() {
        evaluation
            .each_values(address)
            .unwrap()
            .iter()
            .for_each(|each| known(&rule, each, address));
    }
}
