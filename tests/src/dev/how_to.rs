//! What a person can do while it serves.

use catchment_tests::receiver::Receiver;
use catchment_tests::stack::{Source, Stack};
use shared::provider;

use crate::screen::Screen;

/// Says where to register, how to send one by hand, and how to make the receiver fail.
pub(crate) fn print(screen: &Screen, stack: &Stack, receiver: Option<&Receiver>) {
    let width = stack.sources.iter().map(|source| source.name.len()).max().unwrap_or(0);
    screen.line("\nThe URL to register, by source (its secret is in target/dev/sources.json):");
    for Source { name, url, .. } in &stack.sources {
        screen.line(&format!("  {name:<width$}  {url}"));
    }
    let endpoint = &stack.outputs.endpoint;
    screen.line(&format!(
        "A provider on the internet needs a tunnel: cloudflared tunnel --url {endpoint}\n\
         and its address in place of {endpoint}. Whoever knows that reaches all of the emulator:\n\
         end the tunnel when you are done."
    ));
    if let Some(by_hand) = stack.sources.iter().find_map(by_hand) {
        screen.line(&format!("\nTo send one by hand:\n{by_hand}"));
    }
    if let Some(receiver) = receiver {
        let url = receiver.url();
        screen.line(&format!(
            "\nThe receiver:\n  \
             what it got     curl {url}/received\n  \
             make it fail    curl {url}/behave -d '{{\"status\": 500, \"times\": 2}}'\n  \
             … always        curl {url}/behave -d '{{\"status\": 500}}'\n  \
             … no more       curl {url}/behave -d '{{\"status\": 200}}'"
        ));
    }
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
