//! The verifier under watch: what it may take of memory and time, whatever it is given.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::webhook::request::Request;
use shared::webhook::scheme::{MAX_SIGNATURES, SignatureClaim, Verified, verify};

use crate::senders::Sender;

/// What may be allocated at once: this, and so many times the request's own size.
const SLACK: usize = 256 * 1024;
const MULTIPLE: usize = 8;
/// How long a request of at most a megabyte may take, instrumented, on a machine that is shared.
const TIME: Duration = Duration::from_secs(5);

/// Does everything that ingest does with a request before it stores it. None where it is refused.
pub(crate) fn judge(
    sender: &Sender,
    secrets: &[String],
    request: Request,
    now: Timestamp,
) -> Option<Verified> {
    let size = size(&request);
    watched(&sender.name, size, || shake(sender, secrets, &request));
    for scheme in &sender.schemes {
        let Ok(Some(claim)) = SignatureClaim::read(scheme, &request) else { continue };
        let signatures: usize = claim.proofs.iter().map(|proof| proof.signatures.len()).sum();
        assert!(signatures <= MAX_SIGNATURES, "{}: {signatures} signatures", sender.name);
    }
    watched(&sender.name, size, || verify(&sender.schemes, secrets, request, now)).ok()?.ok()
}

/// Answers all handshakes, even those that the request is none of.
fn shake(sender: &Sender, secrets: &[String], request: &Request) {
    for handshake in &sender.provider.handshakes {
        let key = sender.schemes.first().zip(secrets.first());
        let key = key.and_then(|(scheme, secret)| scheme.secret.key(secret).ok());
        let _ = handshake.matches(request, &sender.params);
        let _ = handshake.has_token(request, &sender.params);
        if let Ok(answer) = handshake.answer(request, &sender.params, key.as_ref()) {
            // Those of the vectors are sometimes what is echoed: a client id, a token.
            let told = |secret: &String| format!("{answer:?}").contains(secret);
            let unknown = secrets != sender.secrets;
            assert!(!unknown || !secrets.iter().any(told), "{} tells its secret", sender.name);
        }
    }
}

fn watched<T>(name: &str, size: usize, work: impl FnOnce() -> T) -> T {
    let (start, mut result) = (Instant::now(), None);
    let allocated = allocation_counter::measure(|| result = Some(work())).bytes_max;
    let took = start.elapsed();
    assert!(allocated <= (SLACK + MULTIPLE * size) as u64, "{name}: {allocated} bytes for {size}");
    assert!(took <= TIME, "{name}: {took:?} for {size} bytes");
    result.unwrap()
}

/// What came over the wire.
fn size(request: &Request) -> usize {
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let url = request.url.len().max(request.path.len() + request.query.len());
    request.method.len() + url + headers + request.body.len()
}
