//! Vectors, spoilt. What still verifies must be what was signed.

use jiff::Timestamp;
use shared::webhook::request::{Headers, Request};
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::scheme::{SignatureClaim, Verified};
use shared::webhook::secret::Secret;

use crate::bounds::judge;
use crate::fresh::moved;
use crate::input::Input;
use crate::senders::{SENDERS, SIGNED, Sender, hash};
use crate::unknown;
use crate::vectors::covers_every_byte;

const MAX_EDITS: usize = 32;

pub(crate) fn run(mut input: Input<'_>, bytes: &[u8]) {
    let sender = input.of_these(&SENDERS);
    let (mut request, mut now) = (sender.request.clone(), sender.now);
    for _ in 0..MAX_EDITS {
        if input.is_empty() {
            break;
        }
        match input.byte() % 16 {
            15 => now = moved(now, &mut input),
            edit => spoil(edit, sender, &mut request, &mut input),
        }
    }
    let unknown = unknown::secrets(sender, bytes, 2);
    let forged = judge(sender, &unknown, request.clone(), now);
    assert!(forged.is_none(), "{}: verified by an unknown secret", sender.name);
    if let Some(verified) = judge(sender, &sender.secrets, request, now) {
        assert_signed(sender, &verified, now);
    }
}

fn spoil(edit: u8, sender: &Sender, request: &mut Request, input: &mut Input<'_>) {
    let other = &input.of_these(sender.same()).request;
    match edit {
        0..4 => header(request, input, |value, input| splice(value.as_bytes(), input)),
        4 => header(request, input, |value, input| {
            let joined = input.repeated((value.to_owned() + ",").as_bytes(), 2);
            joined[..joined.len() - 1].to_vec()
        }),
        5 => header(request, input, |value, input| {
            let times = 1 << (input.byte() % 12);
            input.repeated((value.to_owned() + ", ").as_bytes(), times)
        }),
        6 => header(request, input, |_, _| Vec::new()),
        7 => {
            let (name, value) = (input.text(), input.text());
            let headers = request.headers.iter().chain([(&name[..], &value[..])]);
            request.headers = headers.collect();
        }
        8 => request.headers = other.headers.clone(),
        9 => request.body = other.body.clone(),
        10 | 11 => request.body = splice(&request.body, input),
        12 => {
            request.query = spliced(&request.query, input);
            let (start, _) = request.url.split_once('?').unwrap_or((&request.url, ""));
            request.url = format!("{start}?{}", request.query);
        }
        13 => request.url = spliced(&request.url, input),
        _ => {
            request.path = spliced(&request.path, input);
            request.method = spliced(&request.method, input);
        }
    }
}

/// Changes one header; what becomes empty is taken away.
fn header(
    request: &mut Request,
    input: &mut Input<'_>,
    change: impl Fn(&str, &mut Input<'_>) -> Vec<u8>,
) {
    let at = usize::from(input.byte()) % request.headers.iter().count().max(1);
    let mut changed = Vec::new();
    for (position, (name, value)) in request.headers.iter().enumerate() {
        let value = match position == at {
            true => String::from_utf8_lossy(&change(value, input)).into_owned(),
            false => value.to_owned(),
        };
        changed.push((name.to_owned(), value));
    }
    request.headers = changed.into_iter().filter(|(_, v)| !v.is_empty()).collect::<Headers>();
}

fn spliced(text: &str, input: &mut Input<'_>) -> String {
    String::from_utf8_lossy(&splice(text.as_bytes(), input)).into_owned()
}

/// Replaces a part.
fn splice(bytes: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let start = input.number() % (bytes.len() + 1);
    let end = (start + usize::from(input.byte())).min(bytes.len());
    [&bytes[..start], &input.bytes(), &bytes[end..]].concat()
}

/// What verified was signed by who knows the secret, and at the right time.
fn assert_signed(sender: &Sender, verified: &Verified, now: Timestamp) {
    let (matched, request) = (verified.matched(), verified.request());
    let (name, scheme) = (&sender.name, &sender.schemes[matched.scheme]);
    let (keys, signed) = (scheme.secret.keys(&sender.secrets), &SIGNED[&name[..]]);
    for proof in SignatureClaim::read(scheme, request).unwrap().unwrap().proofs {
        let good = |key: &Secret| match proof.algorithm {
            Algorithm::Token => proof.signatures.iter().any(|token| token == key.bytes()),
            _ => proof.contents.iter().any(|c| signed.contents.contains(&hash(c, key))),
        };
        let signed = keys.iter().any(|(_, key)| good(key));
        assert!(signed, "{name}: verified, and nobody signed it: {}", shown(request));
    }
    if covers_every_byte(scheme) {
        let known = signed.bodies.contains(&request.body);
        assert!(known, "{name}: verified, with another body: {}", shown(request));
    }
    if let (Some(rule), Some(signed_at)) = (&scheme.timestamp, matched.signed_at) {
        assert!(rule.staleness(signed_at, now).is_none(), "{name}: verified, and stale");
    }
}

/// A request, as the reader of a failure needs it.
fn shown(request: &Request) -> String {
    let headers: Vec<_> = request.headers.iter().collect();
    format!("{} {} {headers:?} {}", request.method, request.url, request.body.escape_ascii())
}
