//! The provider files that are compiled in.

use super::Provider;

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No file of that name.
    #[error("there is no provider `{0}`; there are: {names}", names = names().join(", "))]
    Unknown(String),
    /// The file is wrong; its test says the same before it is released.
    #[error("provider `{0}`: {1}")]
    Invalid(String, serde_json::Error),
}

/// Finds a provider by its file's name.
pub fn find(name: &str) -> Result<Provider, ProviderError> {
    let json = file(name)?;
    serde_json::from_str(json).map_err(|error| ProviderError::Invalid(name.to_owned(), error))
}

/// A provider's file as it is.
pub fn file(name: &str) -> Result<&'static str, ProviderError> {
    let file = FILES.iter().find(|(file, _)| *file == name);
    let (_, json) = file.ok_or_else(|| ProviderError::Unknown(name.to_owned()))?;
    Ok(json)
}

/// The names of all providers, in their order.
pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../providers/", $name, ".json")))),*]
    };
}

/// A test holds this list against the folder.
const FILES: &[(&str, &str)] = files![
    "adobe-acrobat-sign",
    "adyen",
    "asana",
    "aws-sns",
    "bitbucket",
    "boldsign",
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
    "github",
    "gitlab",
    "hmac",
    "hubspot",
    "intercom",
    "intuit",
    "lemonsqueezy",
    "linear",
    "mailgun",
    "meta",
    "microsoft-graph",
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
    "xero",
    "zendesk",
    "zoom",
];
