//! Custom domain names, as they can exist on this machine.

use std::path::PathBuf;

use catchment::check;
use catchment::terraform::evaluate::Names;
use catchment::terraform::json;
use serde_json::{Value, json};

use crate::Result;
use crate::clients::REGION;
use crate::terraform::Terraform;

/// Writes a file that sets `domain` to what these files set, for this machine. Without it, a plan would refuse the
/// certificates of another region, and there is no hosted zone.
pub(super) fn write(terraform: &Terraform, files: &[PathBuf]) -> Result<PathBuf> {
    terraform.variables("domain", &json!({ "domain": local(files)? }))
}

/// The value of `domain` with certificates of this machine's region, and without a hosted zone.
fn local(files: &[PathBuf]) -> Result<Value> {
    let domain = check::evaluation(files)?.variable("domain")?;
    let mut domain: Value = serde_json::from_str(&json::encode(&domain)?)?;
    if let Some(domain) = domain.as_object_mut() {
        domain.remove("hosted_zone_id");
    }
    for pointer in
        ["/certificate_arn", "/mutual_tls/certificate_arn", "/mutual_tls/ownership_certificate_arn"]
    {
        let Some(certificate) = domain.pointer_mut(pointer) else { continue };
        let Some(arn) = certificate.as_str() else { continue };
        let mut parts: Vec<_> = arn.split(':').collect();
        if let Some(region) = parts.get_mut(3) {
            *region = REGION;
        }
        *certificate = json!(parts.join(":"));
    }
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn certificates_are_of_this_machines_region_and_there_is_no_hosted_zone() {
        let dir = crate::paths::target().join(format!("test-domain-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("my.tfvars");
        let of = |text: &str| {
            fs::write(&file, text).unwrap();
            local(std::slice::from_ref(&file)).unwrap()
        };
        let arn = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/a1");
        let text = format!(
            "domain = {{ name = \"hooks.example.com\", certificate_arn = \"{0}\", hosted_zone_id = \"Z1\", mutual_tls = {{ \
             name = \"mtls.example.com\", certificate_arn = \"{0}\", truststore_uri = \"s3://trust/a.pem\" }} }}",
            arn("eu-west-1")
        );
        let domain = of(&text);
        assert_eq!(domain["name"], "hooks.example.com");
        assert_eq!(domain["certificate_arn"], arn(REGION));
        assert_eq!(domain["mutual_tls"]["certificate_arn"], arn(REGION));
        assert_eq!(domain["mutual_tls"]["ownership_certificate_arn"], Value::Null);
        assert_eq!(domain.get("hosted_zone_id"), None);
        assert_eq!(of("name = \"it\""), Value::Null);
        fs::remove_dir_all(dir).unwrap();
    }
}
