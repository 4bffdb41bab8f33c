//! The provider files, which are compiled into the program.

use super::Provider;

/// Why a provider cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no file of that name.
    #[error("there is no provider `{0}`; there are: {names}", names = names().join(", "))]
    Unknown(String),
    /// The file is invalid. `shared/tests/providers.rs` loads every file, so this does not happen in a
    /// release.
    #[error("provider `{0}`: {1}")]
    Invalid(String, serde_json::Error),
}

/// Loads a provider by its file's name without `.json`.
pub fn find(name: &str) -> Result<Provider, ProviderError> {
    let json = file(name)?;
    serde_json::from_str(json).map_err(|error| ProviderError::Invalid(name.to_owned(), error))
}

/// The JSON text of a provider's file.
pub fn file(name: &str) -> Result<&'static str, ProviderError> {
    let file = FILES.iter().find(|(file, _)| *file == name);
    let (_, json) = file.ok_or_else(|| ProviderError::Unknown(name.to_owned()))?;
    Ok(json)
}

/// The names of all providers, in alphabetical order.
pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../providers/", $name, ".json")))),*]
    };
}

/// All files in `shared/providers/`. A test compares this list with the folder.
const FILES: &[(&str, &str)] = files![
    "adobe-acrobat-sign",
    "adyen",
    "asana",
    "aws-sns",
    "bitbucket",
    "boldsign",
    "braintree",
    "calendly",
    "clerk",
    "contentful",
    "custom",
    "discord",
    "documenso",
    "docuseal",
    "docusign",
    "dropbox",
    "dropbox-sign",
    "getstream",
    "github",
    "gitlab",
    "google-pubsub",
    "hmac",
    "hubspot",
    "intercom",
    "intuit",
    "lemonsqueezy",
    "linear",
    "mailgun",
    "mandrill",
    "meta",
    "microsoft-graph",
    "monday",
    "mux",
    "okta",
    "openai",
    "paddle",
    "pagerduty",
    "pandadoc",
    "paypal",
    "plaid",
    "razorpay",
    "resend",
    "sendgrid",
    "sentry",
    "shopify",
    "signbee",
    "slack",
    "square",
    "standard-webhooks",
    "stripe",
    "svix",
    "twilio",
    "twitch",
    "twitter",
    "typeform",
    "vercel",
    "vonage",
    "xero",
    "zendesk",
    "zoom",
];
