//! A source as the arguments say it would be configured.

use std::path::Path;

use serde_json::Value;
use shared::provider::{self, Provider, ResolvedSource, SourceSettings};
use shared::webhook::handshake::Handshake;
use shared::webhook::scheme::field::Params;
use shared::webhook::secret;

use crate::Failure;
use crate::arguments::SourceArguments;
use crate::way::Way;
use crate::words;

/// A provider with what a source of it would be configured with.
pub struct Source {
    /// The provider's name.
    pub name: String,
    /// What its file says.
    pub provider: Provider,
    /// How ingest would accept its requests.
    pub rules: ResolvedSource,
    /// How it signs: by its file, or by the scheme that was given.
    pub ways: Vec<Way>,
    /// The parameters.
    pub params: Params,
    /// The secrets, where there are any.
    pub secrets: Secrets,
}

/// The content of a secret file. It cannot be printed.
#[derive(Default)]
pub struct Secrets {
    /// The file as it is.
    pub stored: String,
    /// The active secrets in it, the newest first.
    pub texts: Vec<String>,
}

impl Source {
    /// Reads what the arguments name.
    pub fn of(arguments: &SourceArguments, secret_file: Option<&Path>) -> Result<Self, Failure> {
        let SourceArguments { provider: name, params, scheme } = arguments;
        let unusable = |error: provider::ProviderError| Failure::unusable(error.to_string());
        let provider = provider::find(name).map_err(unusable)?;
        let file: Value = serde_json::from_str(provider::file(name).map_err(unusable)?)
            .map_err(|error| Failure::unusable(format!("provider `{name}`: {error}")))?;
        let params = parameters(params, &provider, name)?;
        let ways = ways(name, (&file, &provider.handshakes), scheme.as_deref(), &params)?;
        let secrets = secret_file.map(Secrets::read).transpose()?.unwrap_or_default();
        let scheme = scheme.as_ref().and_then(|_| ways.first()).map(|way| way.scheme.clone());
        let settings =
            SourceSettings { params: params.clone(), scheme, ..SourceSettings::default() };
        let rules = ResolvedSource::unchecked(name, name, provider.clone(), settings);
        Ok(Self { name: name.clone(), provider, rules, ways, params, secrets })
    }

    /// Whether any secret can be a key of any scheme; where none can, that is a mistake of ours,
    /// whatever the request.
    pub fn has_usable_secret(&self) -> bool {
        self.ways.iter().any(|way| !way.scheme.secret.keys(&self.secrets.texts).is_empty())
    }

    /// What is wrong with the secrets, and what is wanted of them.
    pub fn unusable_secret(&self) -> String {
        let readings = words::distinct(self.ways.iter().map(words::secret));
        format!(
            "--secret-file: what it has is no key for {}, whose secrets are {}. What is wanted: {}",
            self.provider.title,
            readings.join("; or "),
            self.wanted_secret()
        )
    }

    /// What the secret file is to hold, in words.
    pub fn wanted_secret(&self) -> &str {
        match self.provider.keys {
            Some(_) => "the certificate (PEM) or key (JWK) that the provider's own address returns",
            None => self.provider.secret.as_deref().unwrap_or("what the source's secret has"),
        }
    }
}

impl Secrets {
    fn read(file: &Path) -> Result<Self, Failure> {
        let stored = text("--secret-file", file)?;
        let texts = secret::texts(&stored)
            .map_err(|error| Failure::unusable(format!("--secret-file: {error}")))?;
        Ok(Self { stored, texts })
    }

    /// A text with every secret in it taken out, for what others say and we print.
    pub fn masked(&self, text: &str) -> String {
        let long_enough = self.texts.iter().filter(|secret| secret.len() >= 4);
        long_enough
            .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "(the secret)"))
    }
}

fn ways(
    name: &str,
    (file, handshakes): (&Value, &[Handshake]),
    scheme: Option<&Path>,
    params: &Params,
) -> Result<Vec<Way>, Failure> {
    let own = file["schemes"].as_array().map_or(&[][..], Vec::as_slice);
    match (own, scheme) {
        ([], None) => Err(Failure::unusable(format!(
            "provider `{name}` has no scheme of its own: give the source's by --scheme FILE, as JSON"
        ))),
        ([], Some(path)) => {
            let invalid =
                |error| Failure::unusable(format!("--scheme: {}: {error}", path.display()));
            let json = serde_json::from_str(&text("--scheme", path)?).map_err(invalid)?;
            Ok(vec![Way::of(&json, params, handshakes).map_err(invalid)?])
        }
        (_, Some(_)) => Err(Failure::unusable(format!(
            "--scheme: provider `{name}` has its own; only hmac and custom take one"
        ))),
        (own, None) => own
            .iter()
            .map(|file| Way::of(file, params, handshakes))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::unusable(format!("provider `{name}`: {error}"))),
    }
}

/// Splits `NAME=VALUE`. Errors show names only: a value may be a token.
fn parameters(given: &[String], provider: &Provider, name: &str) -> Result<Params, Failure> {
    let mut params = Params::new();
    for given in given {
        let (param, value) = given
            .split_once('=')
            .filter(|(param, value)| !param.is_empty() && !value.is_empty())
            .ok_or_else(|| Failure::unusable("--param wants NAME=VALUE"))?;
        // A source's own scheme has parameters of its own.
        if !provider.schemes.is_empty() && !provider.params.contains_key(param) {
            let known: Vec<_> = provider.params.keys().map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            return Err(Failure::unusable(format!(
                "--param: provider `{name}` has no parameter `{param}`; it has: {known}"
            )));
        }
        let before = params.insert(param.to_owned(), value.to_owned());
        if before.is_some_and(|before| before != value) {
            return Err(Failure::unusable(format!("--param: {param} is given twice")));
        }
    }
    Ok(params)
}

/// A file's text; the error says which argument named it.
pub(crate) fn text(argument: &str, file: &Path) -> Result<String, Failure> {
    let bytes = bytes(argument, file)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::unusable(format!("{argument}: {} is not UTF-8", file.display())))
}

/// A file's bytes.
pub(crate) fn bytes(argument: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::unusable(format!("{argument}: {}: {error}", file.display())))
}
