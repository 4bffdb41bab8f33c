//! Secrets, made up for one run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring::default_provider;
use shared::webhook::secret::{SecretEncoding, SecretRule};

use crate::clients::Clients;
use crate::{Result, samples};

/// A new secret in the form that the provider uses. For those that sign with a key of their own it is
/// of no use, and its owner sets the public key in its place.
pub(super) fn new(provider: &str, rule: &SecretRule) -> Result<String> {
    let mut bytes = [0; 32];
    let filled = default_provider().secure_random.fill(&mut bytes);
    filled.map_err(|_| "this machine has no random numbers")?;
    Ok(match (&rule.strip_prefix, rule.encoding) {
        (None, SecretEncoding::Hex) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (Some(prefix), SecretEncoding::Base64) => format!("{prefix}{}", STANDARD.encode(bytes)),
        _ => samples::secret(provider, bytes),
    })
}

pub(super) async fn set(clients: &Clients, arn: &str, secret: &str) -> Result<()> {
    clients.secrets.put_secret_value().secret_id(arn).secret_string(secret).send().await?;
    Ok(())
}

pub(super) async fn get(clients: &Clients, arn: &str) -> Result<String> {
    let got = clients.secrets.get_secret_value().secret_id(arn).send().await?;
    Ok(got.secret_string().ok_or("a destination has no signing secret")?.to_owned())
}
