//! The configurations in `examples/` are sound, as `catchment check` sees them.

use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::parser::parse_body;

use crate::tool::{File, run};

/// Arguments of a call of a module that are not variables of it.
const META: [&str; 6] = ["source", "version", "providers", "for_each", "count", "depends_on"];

/// The examples' names, with what each calls the module with: the text of a file of variables.
fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    let variables = |folder: &PathBuf| {
        let main = parse_body(&fs::read_to_string(folder.join("main.tf")).unwrap()).unwrap();
        let call = main.get_blocks("module").next().unwrap();
        let set = call.body.attributes().filter(|it| !META.contains(&it.key.as_str()));
        set.map(|it| format!("{} ={}\n", it.key.as_str(), it.value)).collect()
    };
    let name = |folder: &PathBuf| folder.file_name().unwrap().to_str().unwrap().to_owned();
    folders.iter().map(|folder| (name(folder), variables(folder))).collect()
}

#[test]
fn every_example_is_sound() {
    let examples = examples();
    assert!(examples.len() >= 3);
    for (name, variables) in examples {
        let file = File::with_suffix(".tfvars", &variables);
        let output = run(&["check", file.path()]);
        assert_eq!((output.status, output.err.as_str()), (0, ""), "{name}: {output:?}");
    }
}
