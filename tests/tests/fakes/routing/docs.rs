//! The examples in the documentation: blocks of HCL, each under a comment that names it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, process};

use catchment::check;
use shared::config::Config;

/// All pages with examples, one after the other.
pub(crate) const PAGE: &str = concat!(
    include_str!("../../../../README.md"),
    include_str!("../../../../docs/guide/deploy.md"),
    include_str!("../../../../docs/guide/destinations.md"),
    include_str!("../../../../docs/guide/domain.md"),
    include_str!("../../../../docs/guide/register.md"),
    include_str!("../../../../docs/guide/verify-deliveries.md"),
    include_str!("../../../../docs/operate/encryption.md"),
    include_str!("../../../../docs/operate/protect.md"),
    include_str!("../../../../docs/operate/vpc.md"),
    include_str!("../../../../docs/recipes/docusign-several-listeners.md"),
    include_str!("../../../../docs/recipes/github.md"),
    include_str!("../../../../docs/recipes/lists.md"),
    include_str!("../../../../docs/recipes/order.md"),
    include_str!("../../../../docs/recipes/priority.md"),
    include_str!("../../../../docs/recipes/rate-limit.md"),
    include_str!("../../../../docs/recipes/signbee.md"),
    include_str!("../../../../docs/recipes/stripe.md"),
    include_str!("../../../../docs/reference/delivery.md"),
);
const MARK: &str = "<!-- example: ";
const FENCE: &str = "```";

/// The example that `cargo dev` deploys, on an emulator. Its private address needs no VPC there.
const ON_EMULATOR: &str = "verify-deliveries";
const EMULATOR: &str = "environment = { AWS_ENDPOINT_URL = \"http://127.0.0.1:4566\" }\n";

/// The example that completes those with only part of a configuration.
const COMPLETION: &str = "custom-field";

/// All examples by their names.
pub(crate) fn examples() -> BTreeMap<&'static str, &'static str> {
    let marked = PAGE.split(MARK).skip(1).map(|marked| {
        let (name, rest) = marked.split_once(" -->\n").expect("a comment ends");
        let block =
            rest.trim_start().strip_prefix("```hcl\n").expect("an example is a block of HCL");
        (name, block.split_once(FENCE).expect("a block ends").0)
    });
    marked.collect()
}

/// How many blocks of HCL there are, whether they are marked or not.
pub(crate) fn blocks() -> usize {
    PAGE.matches("```hcl").count()
}

/// The configuration that Terraform makes of an example, which must be valid.
pub(crate) fn config(name: &str) -> Config {
    let example = examples()[name];
    let files = [
        file(name, "name", "name = \"catchment\"\n"),
        file(name, "completion", examples()[COMPLETION]),
        file(name, "emulator", if name == ON_EMULATOR { EMULATOR } else { "" }),
        file(name, "example", example),
    ];
    let report = check::check(&files).unwrap();
    let mistakes: Vec<_> =
        report.diagnostics.iter().map(|mistake| format!("{mistake:?}")).collect();
    assert!(mistakes.is_empty(), "example {name}: {mistakes:#?}");
    report.config.expect("a sound configuration")
}

/// Writes a file and moves it into place: tests that run at the same time write the same file.
fn file(example: &str, part: &str, text: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("examples").join(example);
    fs::create_dir_all(&folder).unwrap();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let aside = folder.join(format!("{part}.{}.{number}", process::id()));
    fs::write(&aside, text).unwrap();
    let file = folder.join(format!("{part}.tfvars"));
    fs::rename(&aside, &file).unwrap();
    file
}
