//! What a person can do while it serves.

use std::path::Path;

use catchment_tests::clients::{CREDENTIALS, REGION};
use catchment_tests::paths;
use catchment_tests::receiver::Receiver;
use catchment_tests::stack::{Source, Stack};
use shared::provider;

use crate::screen::Screen;

/// Says where to register, how to send one by hand, and how to make the receiver fail.
pub(crate) fn print(screen: &Screen, stack: &Stack, receiver: Option<&Receiver>) {
    screen.line("\nThe URL to register, by source (its secret is in target/dev/sources.json):");
    urls(screen, &stack.sources);
    let endpoint = &stack.outputs.endpoint;
    screen.line(&format!(
        "A provider on the internet needs a tunnel: cloudflared tunnel --url {endpoint}\n\
         and its address in place of {endpoint}. Anyone who knows that address reaches all of the emulator:\n\
         end the tunnel when you are done."
    ));
    if let Some(by_hand) = stack.sources.iter().find_map(by_hand) {
        screen.line(&format!("\nTo send one by hand:\n{by_hand}"));
    }
    screen.line(&look_into(endpoint, stack.terraform.dir()));
    if let Some(receiver) = receiver {
        let url = receiver.url();
        screen.line(&format!(
            "\nThe receiver:\n  \
             what it got     curl -H 'accept: text/plain' {url}/received\n  \
             … in a browser  {url}/received (without that header, curl gets JSON)\n  \
             make it fail    curl {url}/behave -d '{{\"status\": 500, \"times\": 2}}'\n  \
             … always        curl {url}/behave -d '{{\"status\": 500}}'\n  \
             … no more       curl {url}/behave -d '{{\"status\": 200}}'"
        ));
    }
}

/// The URL of each source. Where a line is too long for the terminal, the URL has a line of its own, to be copied whole.
pub(crate) fn urls(screen: &Screen, sources: &[Source]) {
    let width = sources.iter().map(|source| source.name.len()).max().unwrap_or(0);
    for Source { name, url, .. } in sources {
        screen.wrapped(&format!("  {name:<width$}  {url}"), 4);
    }
}

/// How to point `aws` and `terraform` at the local stack. Each command of `aws` names the endpoint, because an AWS
/// CLI of version 1 does not apply `AWS_ENDPOINT_URL` to SQS in us-east-1, and would ask the real one.
fn look_into(endpoint: &str, module: &Path) -> String {
    let (id, secret) = CREDENTIALS;
    let module = module.strip_prefix(paths::root()).unwrap_or(module).display();
    format!(
        "\nTo look into it, in another terminal in the repository's root:\n  \
         export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret} AWS_DEFAULT_REGION={REGION}\n  \
         terraform -chdir={module} output\n  \
         aws --endpoint-url {endpoint} sqs list-queues\n\
         Name --endpoint-url in each command: AWS_ENDPOINT_URL does not reach every service.\n\
         Of the outputs, webhook_urls are addresses in the real AWS: use those above."
    )
}

/// Commands that send a correctly signed event, for a provider that brings its scheme.
fn by_hand(source: &Source) -> Option<String> {
    let Source { url, secret, provider, .. } = source;
    let brings_scheme = |provider: &str| Some(!provider::find(provider).ok()?.schemes.is_empty());
    brings_scheme(provider)?.then(|| {
        format!(
            "  printf %s '{secret}' >target/dev/secret.txt\n  \
             cargo catchment send --provider {provider} --secret-file target/dev/secret.txt --url '{url}'"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_aws_cli_names_the_local_endpoint() {
        let endpoint = "http://127.0.0.1:1";
        let text = look_into(endpoint, &paths::root().join("target/dev/stack/module/infra"));
        assert!(text.contains("terraform -chdir=target/dev/stack/module/infra output"), "{text}");
        assert!(text.contains("webhook_urls are addresses in the real AWS"), "{text}");
        let commands: Vec<_> = text.lines().filter(|line| line.contains(" aws ")).collect();
        assert!(!commands.is_empty(), "{text}");
        for command in commands {
            assert!(command.contains(&format!("aws --endpoint-url {endpoint} ")), "{command}");
        }
    }
}
