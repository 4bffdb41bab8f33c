//! The handlers that are compiled into the worker.
//!
//! To add one:
//!
//! 1. Write `handlers/{name}.rs` with a type that implements [`Handler`](crate::deliver::Handler), which has an example.
//! 2. Declare the module here.
//! 3. Add a line to [`registry`], with the name of the file.
//!
//! Terraform reads the names from the names of the files: `handler = { name = "{name}" }` in a destination.
//! `handlers/envelope_status.rs` writes to AWS, and `handlers/create_contact.rs` calls an HTTP API.

mod create_contact;
mod envelope_status;

use self::create_contact::CreateContact;
use self::envelope_status::EnvelopeStatus;
use crate::deliver::HandlerRegistry;

/// All handlers, each by the name of its file.
pub fn registry() -> HandlerRegistry {
    HandlerRegistry::default()
        .with("create_contact", CreateContact::new)
        .with("envelope_status", EnvelopeStatus::new)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Terraform takes the names of the files for the names of the handlers.
    #[test]
    fn each_file_is_a_handler_with_the_name_of_the_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/handlers");
        let names = fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            assert_eq!(path.extension().unwrap(), "rs", "the folder has only handlers");
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, super::registry().names().collect::<Vec<_>>());
    }
}
