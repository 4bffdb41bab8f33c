//! Measures verification against the MAC that it has to compute. The benchmark fails if verifying a body of 1
//! MiB, with one secret and the signature in a header, takes more than 1.3 times one HMAC-SHA-256 over that
//! body.
//!
//! `cargo bench -p shared --no-default-features --bench verify`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Piece;
use shared::webhook::scheme::{Scheme, verify};

/// The highest ratio of the time for verification to the time for the MAC.
const LIMIT: f64 = 1.3;
/// The number of pairs of a MAC and a verification. A pair takes about a millisecond, so that a busy machine
/// slows down both.
const PAIRS: usize = 501;
/// The repetitions of an operation that is too short to be measured alone.
const REPEATS: u32 = 1000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: i64 = 1_700_000_000;

fn main() -> ExitCode {
    let providers = ["github", "standard-webhooks"].map(Sender::of);
    println!("verification of 1 MiB, against one HMAC-SHA-256 over it:");
    let ratios = providers.map(|sender| {
        sender.small();
        sender.large()
    });
    parsing();
    match ratios.iter().all(|ratio| *ratio <= LIMIT) {
        true => ExitCode::SUCCESS,
        false => {
            println!("above the limit of {LIMIT}");
            ExitCode::FAILURE
        }
    }
}

/// A provider and the first of its schemes.
struct Sender {
    name: &'static str,
    scheme: Scheme,
    secrets: Vec<String>,
}

impl Sender {
    fn of(name: &'static str) -> Self {
        let scheme = provider::find(name).unwrap().schemes.remove(0);
        Self { name, scheme, secrets: vec![SECRET.to_owned()] }
    }

    /// A signed request with a body of `length` bytes.
    fn signed(&self, length: usize) -> Request {
        let body = b"{\"n\":123456789},".iter().copied().cycle().take(length).collect::<Vec<_>>();
        let time = NOW.to_string();
        let key = self.scheme.secret.key(SECRET).unwrap();
        let before = match self.name {
            "github" => String::new(),
            _ => format!("msg_1.{time}."),
        };
        let content = [Piece::Bytes(before.as_bytes().into()), Piece::Bytes((&body).into())];
        let tag = self.scheme.algorithm.tag(&key, &content).unwrap();
        let signature = self.scheme.encoding.encode(&tag);
        let headers = match self.name {
            "github" => vec![("x-hub-signature-256", format!("sha256={signature}"))],
            _ => vec![
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", time),
                ("webhook-signature", format!("v1,{signature}")),
            ],
        };
        let headers = headers.into_iter().collect();
        Request { method: "POST".into(), headers, body, ..Request::default() }
    }

    /// Verifies a request and returns it, so that no copy is part of the measurement.
    fn verify(&self, request: Request) -> Request {
        let now = Timestamp::from_second(NOW).unwrap();
        let schemes = std::slice::from_ref(&self.scheme);
        verify(schemes, &self.secrets, request, now).unwrap().unwrap().into_request()
    }

    /// Measures pairs with a body of 1 MiB, in alternating order. Returns the median of their ratios.
    fn large(&self) -> f64 {
        let mut request = self.signed(1 << 20);
        let key = self.scheme.secret.key(SECRET).unwrap();
        let (mut macs, mut verifications) = (Vec::new(), Vec::new());
        for pair in 0..PAIRS {
            if pair % 2 == 0 {
                macs.push(timed(|| mac(key.bytes(), &request.body)).0);
            }
            let (took, verified) = timed(|| self.verify(request));
            request = verified;
            verifications.push(took);
            if pair % 2 == 1 {
                macs.push(timed(|| mac(key.bytes(), &request.body)).0);
            }
        }
        let pairs = verifications.iter().zip(&macs);
        let ratio = median(pairs.map(|(v, m)| v.as_secs_f64() / m.as_secs_f64()).collect());
        let micros =
            |times: Vec<Duration>| median(times.iter().map(Duration::as_secs_f64).collect()) * 1e6;
        println!(
            "  {}: {:.0} µs, plain {:.0} µs, ratio {ratio:.3}",
            self.name,
            micros(verifications),
            micros(macs)
        );
        ratio
    }

    fn small(&self) {
        let mut request = self.signed(1024);
        let (took, _) = timed(|| {
            for _ in 0..REPEATS {
                request = self.verify(std::mem::take(&mut request));
            }
        });
        println!("  {}: {} ns for 1 KiB", self.name, (took / REPEATS).as_nanos());
    }
}

/// Measures the parsing of provider files, which a Lambda function does at its start.
fn parsing() {
    for name in ["github", "standard-webhooks"] {
        let times = (0..PAIRS).map(|_| timed(|| provider::find(name)).0.as_secs_f64());
        println!("parsing {name}.json: {:.0} µs", median(times.collect()) * 1e6);
    }
}

fn mac(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed(), result)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
