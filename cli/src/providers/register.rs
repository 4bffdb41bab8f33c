//! How to register a source with a provider, step by step.

use shared::webhook::handshake::Action;

use super::Entry;
use super::page::Page;

/// What stands for the source's address until there is one.
const URL: &str = "https://YOUR-API/SOURCE";

const SECRET: &str = r#"
  Put the secret into a file, so that it is in no shell history; then, in infra/:

    aws secretsmanager put-secret-value \
      --secret-id "$(terraform output -json source_secret_arns | jq -r .SOURCE)" \
      --secret-string file://secret.txt
"#;

/// The steps: in Terraform, at the provider and in Secrets Manager.
pub(super) fn steps(page: &mut Page, entry: &Entry) {
    page.section("To register it, under a name of yours in place of SOURCE");
    page.0 += &format!("  In your .tfvars, and then `terraform apply`:\n\n{}", terraform(entry));
    page.0 += "\n  At the provider:\n\n";
    for (number, step) in entry.provider.register.iter().enumerate() {
        page.wrapped(&format!("    {}. ", number + 1), &step.replace("{url}", URL));
    }
    if entry.provider.secret.is_some() && !enrolls(entry) {
        page.0 += SECRET;
    }
}

/// Whether the provider hands its secret over itself.
fn enrolls(entry: &Entry) -> bool {
    entry.provider.handshakes.iter().any(|handshake| handshake.then == Some(Action::Enroll))
}

/// The source in Terraform, on one line where that will do.
fn terraform(entry: &Entry) -> String {
    let Entry { name, provider, ways, .. } = entry;
    let mut attributes = vec![(format!("provider = \"{name}\""), "")];
    if ways.is_empty() {
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
        let remark = "while you register; then take it away again";
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
