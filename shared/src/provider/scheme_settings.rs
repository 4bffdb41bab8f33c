//! A source's settings that change its provider's schemes.

use serde::Deserialize;

use crate::webhook::scheme::algorithm::Algorithm;
use crate::webhook::scheme::{Content, Scheme};

/// Settings that change the schemes of a provider's file.
#[derive(Clone, Debug, Default)]
pub struct SchemeSettings {
    /// The names of the schemes that count. `None` for all of them.
    pub schemes: Option<Vec<String>>,
    /// By how many seconds the provider's timestamp may differ from the current time. 0 records it and checks
    /// nothing.
    pub tolerance: Option<u32>,
    /// The HMAC that the sender uses.
    pub algorithm: Option<Algorithm>,
    /// The header that has the signature.
    pub header: Option<String>,
}

/// Which requests count as the same event although their ids differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replay {
    /// Those with the same signed content. A signed request is then not replayable under another id, and two events with
    /// the same signed content are one.
    Strict,
}

impl SchemeSettings {
    /// The schemes with these settings. The error names the setting that does not fit the provider.
    pub(super) fn apply(
        &self,
        provider: &str,
        schemes: Vec<Scheme>,
    ) -> Result<Vec<Scheme>, String> {
        let mut schemes = self.select(provider, schemes)?;
        if let Some(tolerance) = self.tolerance {
            let mut timestamps: Vec<_> =
                schemes.iter_mut().filter_map(|scheme| scheme.timestamp.as_mut()).collect();
            if timestamps.is_empty() {
                return Err(format!("tolerance: provider `{provider}` signs no time"));
            }
            timestamps.iter_mut().for_each(|rule| rule.tolerance = Some(tolerance));
        }
        if let Some(algorithm) = self.algorithm {
            // A JWT names its algorithm, which the provider's file fixes.
            let is_hmac = |scheme: &Scheme| {
                scheme.algorithm.is_hmac() && !matches!(scheme.content, Content::Jwt(_))
            };
            if !algorithm.is_hmac() || !schemes.iter().all(is_hmac) {
                return Err(
                    "algorithm: only an HMAC can be replaced, and only by another".to_owned()
                );
            }
            schemes.iter_mut().for_each(|scheme| scheme.algorithm = algorithm);
        }
        if let Some(header) = &self.header {
            let [scheme] = &mut schemes[..] else {
                return Err("header: name one scheme by `schemes`, whose header it is".to_owned());
            };
            if !scheme.signature.set_header(header) {
                return Err(format!("header: provider `{provider}` does not sign in a header"));
            }
        }
        Ok(schemes)
    }

    fn select(&self, provider: &str, schemes: Vec<Scheme>) -> Result<Vec<Scheme>, String> {
        let Some(names) = &self.schemes else { return Ok(schemes) };
        let known = |name: &&String| schemes.iter().any(|scheme| scheme.name == **name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            return Err(format!("schemes: provider `{provider}` has no scheme `{unknown}`"));
        }
        if names.is_empty() {
            return Err("schemes: is empty, so no request would be accepted".to_owned());
        }
        Ok(schemes.into_iter().filter(|scheme| names.contains(&scheme.name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(provider: &str, settings: &SchemeSettings) -> Result<Vec<Scheme>, String> {
        settings.apply(provider, super::super::find(provider).unwrap().schemes)
    }

    #[test]
    fn schemes_are_selected_by_name() {
        let only = |name: &str| SchemeSettings {
            schemes: Some(vec![name.to_owned()]),
            ..SchemeSettings::default()
        };
        let v3 = apply("hubspot", &only("v3")).unwrap();
        assert_eq!(v3.iter().map(|scheme| &scheme.name[..]).collect::<Vec<_>>(), ["v3", "v3"]);
        assert!(apply("hubspot", &only("v4")).unwrap_err().contains("no scheme `v4`"));
        let none = SchemeSettings { schemes: Some(Vec::new()), ..SchemeSettings::default() };
        assert!(apply("hubspot", &none).is_err());
    }

    #[test]
    fn a_tolerance_is_set_or_turned_on() {
        let settings = SchemeSettings { tolerance: Some(60), ..SchemeSettings::default() };
        for provider in [
            "stripe",
            "discord",
            "zoom",
            "sendgrid",
            "zendesk",
            "paypal",
            "aws-sns",
            "dropbox-sign",
        ] {
            let schemes = apply(provider, &settings).unwrap();
            let rules = schemes.iter().filter_map(|scheme| scheme.timestamp.as_ref());
            assert!(rules.map(|rule| rule.tolerance).all(|it| it == Some(60)), "{provider}");
        }
        assert!(apply("github", &settings).unwrap_err().contains("signs no time"));
    }

    #[test]
    fn only_an_hmac_replaces_an_hmac() {
        let with = |algorithm| SchemeSettings { algorithm: Some(algorithm), ..Default::default() };
        let vercel = apply("vercel", &with(Algorithm::HmacSha256)).unwrap();
        assert_eq!(vercel[0].algorithm, Algorithm::HmacSha256);
        assert!(apply("vercel", &with(Algorithm::Token)).is_err());
        assert!(apply("discord", &with(Algorithm::HmacSha256)).is_err());
        assert!(apply("vonage", &with(Algorithm::HmacSha512)).is_err(), "a JWT's is fixed");
    }

    #[test]
    fn the_header_of_one_scheme_is_replaced() {
        let header = Some("X-Mirrored-Signature".to_owned());
        let settings = SchemeSettings { header, ..SchemeSettings::default() };
        let github = apply("github", &settings).unwrap();
        assert_eq!(github[0].signature.describe(), "header x-mirrored-signature");
        assert!(apply("hubspot", &settings).unwrap_err().contains("name one scheme"));
        assert!(apply("pandadoc", &settings).unwrap_err().contains("not sign in a header"));
    }
}
