//! The pages that the tool makes are current.

use std::fs;
use std::path::{Path, PathBuf};

use catchment::terraform::Module;

use crate::tool::run;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_document_of_all_providers_is_current() {
    let written =
        fs::read_to_string(in_repository("docs/reference/providers.md")).unwrap_or_default();
    assert!(
        written == catchment::providers::markdown().unwrap(),
        "docs/reference/providers.md differs from the provider files. Write it again:\n\n    \
         cargo catchment providers --markdown > docs/reference/providers.md\n"
    );
}

#[test]
fn the_page_of_the_module_is_current() {
    let written = fs::read_to_string(in_repository("infra/README.md")).unwrap_or_default();
    assert!(
        written == run(&["module"]).out,
        "infra/README.md differs from the module. Write it again:\n\n    \
         cargo catchment module > infra/README.md\n"
    );
}

#[test]
fn every_input_and_output_of_the_module_is_described() {
    let module = Module::embedded().unwrap();
    let inputs = module.variables.iter().map(|(name, variable)| (name, &variable.description));
    for (name, description) in inputs.chain(&module.outputs) {
        assert!(description.ends_with('.'), "{name} has no description: {description:?}");
    }
    let page = fs::read_to_string(in_repository("docs/reference/configuration.md")).unwrap();
    let outputs = page.split_once("\n## Outputs\n").unwrap().1;
    for name in module.outputs.keys() {
        assert!(outputs.contains(&format!("`{name}`")), "configuration.md lacks the output {name}");
    }
}
