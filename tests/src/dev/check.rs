//! A user's own file, checked before anything is built for it: what is wrong with it is said at once,
//! and not minutes later by Terraform, which says nothing of attributes that it does not know.

use std::fs;
use std::path::Path;

use catchment::check;
use catchment_tests::Result;
use serde_json::Value;
use shared::config::Config;

/// What a sound file configures, over the values that hold where it does not say otherwise; the error is
/// all that is wrong with it. `dir` is for what lies around on the way.
pub(crate) fn sound(dir: &Path, values: &Value, file: &Path) -> Result<Config> {
    fs::create_dir_all(dir)?;
    let defaults = dir.join("defaults.tfvars.json");
    fs::write(&defaults, serde_json::to_vec_pretty(values)?)?;
    // The deployed module knows that it is on an emulator, whatever the user's file sets: see
    // `catchment_tests::terraform`. The variable is not part of the configuration.
    let emulator = dir.join("emulator.tfvars.json");
    fs::write(&emulator, r#"{ "environment": { "AWS_ENDPOINT_URL": "an emulator" } }"#)?;
    let report = check::check(&[defaults, file.to_owned(), emulator])?;
    let mistakes = check::text(&report);
    report.config.ok_or_else(|| mistakes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in;

    #[test]
    fn a_file_with_mistakes_is_not_deployed_and_each_is_named() {
        let dir =
            catchment_tests::paths::target().join(format!("test-check-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("my.tfvars");
        let check = |text: &str| {
            fs::write(&file, text).unwrap();
            sound(&dir, &built_in::defaults(), &file).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(check("sources = { shop = { provider = \"stripe\" } }"), Ok(()));
        let private = "sources = { shop = { provider = \"stripe\" } }\nenvironment = { A = \"b\" }\n\
             destinations = { own = { http = { url = \"http://127.0.0.1:1\", allow_private = true } } }";
        assert_eq!(check(private), Ok(()));
        let locked = "sources = { shop = { provider = \"stripe\" } }\n\
             object_lock = { mode = \"GOVERNANCE\", days = 1 }";
        assert_eq!(check(locked), Ok(()));
        let error =
            check("sources = {\n  shop = { provider = \"strip\", quee = \"q\" }\n}").unwrap_err();
        for part in
            ["my.tfvars:2: sources.shop.quee: ", "did you mean `queue`?", "did you mean `stripe`?"]
        {
            assert!(error.contains(part), "{error}");
        }
        fs::remove_file(&file).unwrap();
        let gone = sound(&dir, &built_in::defaults(), &file).unwrap_err().to_string();
        assert!(gone.contains("my.tfvars"), "{gone}");
        fs::remove_dir_all(dir).unwrap();
    }
}
