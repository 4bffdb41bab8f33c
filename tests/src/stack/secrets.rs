//! Secrets, made up for one run.

use rustls::crypto::ring::default_provider;

use crate::clients::Clients;
use crate::{Result, samples};

/// A new secret in the form that the provider uses, or in hex for a scheme that wants it so.
pub(super) fn new(provider: &str, hex: bool) -> Result<String> {
    let mut bytes = [0; 32];
    let filled = default_provider().secure_random.fill(&mut bytes);
    filled.map_err(|_| "this machine has no random numbers")?;
    if hex {
        return Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    Ok(samples::secret(provider, bytes))
}

pub(super) async fn set(clients: &Clients, arn: &str, secret: &str) -> Result<()> {
    clients.secrets.put_secret_value().secret_id(arn).secret_string(secret).send().await?;
    Ok(())
}

pub(super) async fn get(clients: &Clients, arn: &str) -> Result<String> {
    let got = clients.secrets.get_secret_value().secret_id(arn).send().await?;
    Ok(got.secret_string().ok_or("a destination has no signing secret")?.to_owned())
}
