//! The documentation page of all providers is current.

use std::path::Path;

#[test]
fn the_document_of_all_providers_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/providers.md");
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        written == catchment::providers::markdown().unwrap(),
        "docs/reference/providers.md differs from the provider files. Write it again:\n\n    \
         cargo catchment providers --markdown > docs/reference/providers.md\n"
    );
}
