//! JWTs for samples, which `catchment send` signs with the source's secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{ISSUED_AT, Jwt};
use crate::webhook::scheme::{Refusal, Scheme};

/// For how many seconds a sample's JWT is valid.
const LIFETIME: i64 = 300;

impl Jwt {
    /// The header and the claims of a JWT for this body, as they are signed. `unique` is the value of the fields that the
    /// scheme does not determine. Fails if the source lacks a param.
    pub fn unsigned(
        &self,
        scheme: &Scheme,
        body: &[u8],
        unique: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let mut claims = Map::new();
        let fields = self.fields.iter().map(|name| (name.clone(), unique.into()));
        claims.extend(fields.filter(|(name, _)| name != ISSUED_AT));
        for claim in &self.claims {
            let value = claim.allowed(&scheme.params)?.and_then(|values| values.into_iter().next());
            claims.extend(value.map(|value| (claim.name.clone(), value.to_value())));
        }
        let hash = || Value::String(hex::encode(Sha256::digest(body)));
        claims.extend(self.body_hash.iter().map(|name| (name.clone(), hash())));
        let now = now.as_second();
        claims.extend([
            (ISSUED_AT.to_owned(), now.into()),
            ("exp".to_owned(), (now + LIFETIME).into()),
        ]);
        let header = json!({"alg": scheme.algorithm.jwt_name(), "typ": "JWT"});
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        Ok(format!("{}.{}", part(header), part(Value::Object(claims))))
    }
}
