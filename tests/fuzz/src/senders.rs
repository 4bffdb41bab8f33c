//! All vectors of all providers, ready to be made use of.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::provider::{self, Provider};
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Piece;
use shared::webhook::scheme::field::Params;
use shared::webhook::scheme::{Scheme, SignatureClaim};
use shared::webhook::secret::Secret;

use crate::vectors::{Vector, vectors};

/// All senders, one for each vector. Those that are malformed may hold more than was meant: two times,
/// each with a good signature.
pub(crate) static SENDERS: LazyLock<Vec<Sender>> = LazyLock::new(|| {
    let vectors = provider::names().into_iter().flat_map(vectors);
    let vectors = vectors.filter(|vector| vector.expect != "malformed");
    vectors.map(|vector| Sender::of(&vector)).collect()
});

/// What each provider's vectors have that their signatures are good for.
pub(crate) static SIGNED: LazyLock<BTreeMap<&str, Signed>> = LazyLock::new(|| {
    let names: BTreeSet<_> = SENDERS.iter().map(|sender| &sender.name[..]).collect();
    names.into_iter().map(|name| (name, Signed::of(name))).collect()
});

/// A vector: who sends, and how that is verified.
pub(crate) struct Sender {
    pub(crate) name: String,
    pub(crate) provider: Provider,
    pub(crate) request: Request,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) secrets: Vec<String>,
    pub(crate) params: Params,
    pub(crate) now: Timestamp,
    /// The names in its body, where that is JSON.
    pub(crate) keys: Vec<String>,
}

impl Sender {
    fn of(vector: &Vector) -> Self {
        let provider = provider::find(&vector.provider).unwrap();
        Self {
            name: vector.provider.clone(),
            request: vector.request(),
            schemes: vector.schemes(&provider),
            provider,
            secrets: vector.secrets(),
            params: vector.params(),
            now: vector.now(),
            keys: keys(&vector.request().body),
        }
    }

    /// The vectors of the same provider.
    pub(crate) fn same(&self) -> &'static [Self] {
        let first = SENDERS.partition_point(|other| other.name < self.name);
        let end = SENDERS.partition_point(|other| other.name <= self.name);
        &SENDERS[first..end]
    }
}

fn keys(body: &[u8]) -> Vec<String> {
    fn add(value: &Value, keys: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                keys.extend(entries.keys().cloned());
                entries.values().for_each(|value| add(value, keys));
            }
            Value::Array(items) => items.iter().for_each(|item| add(item, keys)),
            _ => {}
        }
    }
    let mut keys = vec!["type".to_owned()];
    add(&serde_json::from_slice(body).unwrap_or_default(), &mut keys);
    keys
}

/// What was really signed, and in which headers the provider writes.
#[derive(Default)]
pub(crate) struct Signed {
    pub(crate) headers: Vec<String>,
    pub(crate) bodies: HashSet<Vec<u8>>,
    /// The hashes of contents.
    pub(crate) contents: HashSet<[u8; 32]>,
}

impl Signed {
    /// Some vectors are refused because they have another's body, or another's headers: each signature
    /// is held against all of the provider's bodies, and all of its secrets. A signature of the compressed
    /// bytes is refused only because of `Content-Encoding`, so each is held against the body as it is, too.
    fn of(name: &str) -> Self {
        let senders: Vec<_> = SENDERS.iter().filter(|sender| sender.name == name).collect();
        let secrets: BTreeSet<_> = senders.iter().flat_map(|sender| &sender.secrets).collect();
        let secrets: Vec<_> = secrets.into_iter().cloned().collect();
        let bodies: HashSet<_> = senders.iter().map(|sender| &sender.request.body).collect();
        let mut signed = Self::default();
        for sender in senders {
            let names = sender.request.headers.iter().map(|(name, _)| name.to_owned());
            signed.headers.extend(names);
            signed.headers.sort();
            signed.headers.dedup();
            for body in &bodies {
                let request = Request { body: body.to_vec(), ..sender.request.clone() };
                let headers = request.headers.iter();
                let headers = headers.filter(|(name, _)| *name != "content-encoding").collect();
                let as_it_is = Request { headers, ..request.clone() };
                for scheme in &sender.schemes {
                    signed.add(scheme, &secrets, &request);
                    signed.add(scheme, &secrets, &as_it_is);
                }
            }
        }
        signed
    }

    fn add(&mut self, scheme: &Scheme, secrets: &[String], request: &Request) {
        let Ok(Some(claim)) = SignatureClaim::read(scheme, request) else { return };
        let keys = scheme.secret.keys(secrets);
        let Some((_, key)) = claim.matching_key(&keys) else { return };
        let contents = claim.proofs.iter().flat_map(|proof| &proof.contents);
        self.contents.extend(contents.map(|content| hash(content, key)));
        self.bodies.insert(request.body.clone());
    }
}

/// The hash of a content.
pub(crate) fn hash(content: &[Piece<'_>], key: &Secret) -> [u8; 32] {
    let add = |hash: Sha256, piece: &Piece<'_>| match piece {
        Piece::Bytes(bytes) => hash.chain_update(bytes),
        Piece::Secret => hash.chain_update(key.bytes()),
    };
    content.iter().fold(Sha256::new(), add).finalize().into()
}
