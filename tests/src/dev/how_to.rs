//! What a person can do while it serves.

use catchment_tests::receiver::Receiver;
use catchment_tests::stack::{Source, Stack};

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

/// Commands that send a correctly signed event, for providers whose signature a shell can make.
fn by_hand(source: &Source) -> Option<String> {
    let Source { url, secret, provider, .. } = source;
    let digest = format!("openssl dgst -sha256 -hmac '{secret}'");
    let hex = format!("{digest} -r | cut -d' ' -f1");
    let sign = r#"printf %s "$body""#;
    let (body, headers) = match &**provider {
        "docusign" => (
            r#"{\"event\":\"envelope-sent\",\"generatedDateTime\":\"$now\",\"data\":{\"accountId\":\"1\",\"envelopeId\":\"2\"}}"#,
            format!(
                r#"-H "X-DocuSign-Signature-1: $({sign} | {digest} -binary | openssl base64)""#
            ),
        ),
        "github" => (
            r#"{\"zen\":\"$now\"}"#,
            format!(
                r#"-H "X-Hub-Signature-256: sha256=$({sign} | {hex})" -H "X-GitHub-Delivery: $now" -H 'X-GitHub-Event: ping'"#
            ),
        ),
        "stripe" => (
            r#"{\"id\":\"evt_$now\",\"type\":\"charge.failed\"}"#,
            format!(r#"-H "Stripe-Signature: t=$now,v1=$(printf %s "$now.$body" | {hex})""#),
        ),
        _ => return None,
    };
    Some(format!(
        "  now=$(date +%s); body=\"{body}\"; \\\n  \
         curl -i '{url}' -H 'Content-Type: application/json' \\\n    {headers} \\\n    --data-raw \"$body\""
    ))
}
