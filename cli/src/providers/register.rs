//! The steps to register a source with a provider.

use shared::webhook::handshake::Action;

use super::Entry;
use super::page::Page;

/// The placeholder for the source's URL.
const URL: &str = "https://YOUR-API/SOURCE";

const SECRET: &str = r#"
  Put the secret into a file, so that it is not in the history of your shell. Then, in infra/:

    aws secretsmanager put-secret-value \
      --secret-id "$(terraform output -json source_secret_arns | jq -r .SOURCE)" \
      --secret-string file://secret.txt
"#;

/// Writes the steps: in Terraform, at the provider and in Secrets Manager.
pub(super) fn steps(page: &mut Page, entry: &Entry) {
    page.section("To register it, with a name of your choice in place of SOURCE");
    page.0 += &format!("  In your .tfvars, and then `terraform apply`:\n\n{}", terraform(entry));
    page.0 += "\n  At the provider:\n\n";
    for (number, step) in entry.provider.register.iter().enumerate() {
        page.wrapped(&format!("    {}. ", number + 1), &step.replace("{url}", URL));
    }
    if entry.provider.secret.is_some() && !enrolls(entry) {
        page.0 += SECRET;
    }
}

/// Whether the provider sends its secret in a handshake.
fn enrolls(entry: &Entry) -> bool {
    entry.provider.handshakes.iter().any(|handshake| handshake.then == Some(Action::Enroll))
}

/// The source in Terraform, on one line if no attribute has a remark.
fn terraform(entry: &Entry) -> String {
    let Entry { name, provider, schemes, .. } = entry;
    let mut attributes = vec![(format!("provider = \"{name}\""), "")];
    if schemes.is_empty() {
        attributes.push(("scheme = { header = \"x-signature\" }".to_owned(), ""));
    }
    let required = |name: &&String| provider.params[*name].required;
    let (required, optional): (Vec<_>, Vec<_>) = provider.params.keys().partition(required);
    for (names, remark) in [(required, ""), (optional, "optional")] {
        let params: Vec<_> = names.iter().map(|name| format!("{name} = \"…\"")).collect();
        if !params.is_empty() {
            attributes.push((format!("params = {{ {} }}", params.join(", ")), remark));
        }
    }
    if enrolls(entry) {
        let remark = "while you register; remove it afterwards";
        attributes.push(("enroll = true".to_owned(), remark));
    }
    if attributes.iter().all(|(_, remark)| remark.is_empty()) {
        let attributes: Vec<_> = attributes.into_iter().map(|(text, _)| text).collect();
        return format!(
            "    sources = {{\n      SOURCE = {{ {} }}\n    }}\n",
            attributes.join(", ")
        );
    }
    let line = |(text, remark): &(String, &str)| match *remark {
        "" => format!("        {text}\n"),
        remark => format!("        {text} # {remark}\n"),
    };
    let lines: String = attributes.iter().map(line).collect();
    format!("    sources = {{\n      SOURCE = {{\n{lines}      }}\n    }}\n")
}
