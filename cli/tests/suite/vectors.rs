//! Every test vector of every provider, through the command line.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use catchment::arguments::SourceArguments;
use catchment::source::Source;
use catchment::verify::{Outcome, ReceivedAt, Report, SavedRequest, judge};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::provider;

use crate::tool::{File, Output, run};

/// A test vector, as in `shared/providers/{provider}.vectors.json`.
#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) provider: String,
    pub(crate) scheme: String,
    pub(crate) secret: String,
    pub(crate) headers: Value,
    pub(crate) body_base64: String,
    timestamp: Option<Value>,
    pub(crate) expect: String,
    expected_response: Option<Value>,
    inline: Option<Value>,
    query: Option<String>,
    url: Option<String>,
    method: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    webhook_id: Option<String>,
}

/// All vectors of a provider.
pub(crate) fn of(provider: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/providers");
    let json = std::fs::read(folder.join(format!("{provider}.vectors.json"))).unwrap();
    serde_json::from_slice(&json).unwrap()
}

impl Vector {
    /// The time of receipt.
    fn at(&self) -> Timestamp {
        match &self.timestamp {
            None | Some(Value::Null) => Timestamp::from_second(1_700_000_000).unwrap(),
            Some(Value::String(text)) => text.parse().unwrap(),
            Some(number) => match number.as_i64().unwrap() {
                millis @ 100_000_000_000.. => Timestamp::from_millisecond(millis).unwrap(),
                seconds => Timestamp::from_second(seconds).unwrap(),
            },
        }
    }

    /// Runs it by a function such as [`run`].
    pub(crate) fn run(&self, run: impl Fn(&[&str]) -> Output, more: &[&str]) -> Output {
        let request = json!({
            "method": self.method,
            "headers": self.headers,
            "body_base64": self.body_base64,
        });
        // With a newline at its end, as editors write it.
        let secret = File::of(format!("{}\n", self.secret));
        let (request, scheme) =
            (File::of(request.to_string()), File::of(json!(self.inline).to_string()));
        let at = self.at().as_second().to_string();
        let mut arguments = vec!["verify", "--provider", &self.provider];
        arguments.extend([
            "--secret-file",
            secret.path(),
            "--request",
            request.path(),
            "--at",
            &at,
        ]);
        let by_query =
            self.query.as_ref().map(|query| format!("https://hooks.example/source?{query}"));
        let url =
            self.url.clone().or(by_query).unwrap_or("https://hooks.example/source".to_owned());
        arguments.extend(["--url", &url]);
        if self.inline.is_some() {
            arguments.extend(["--scheme", scheme.path()]);
        }
        let webhook_id = self.webhook_id.iter().map(|id| format!("webhook_id={id}"));
        let params: Vec<_> =
            self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let params: Vec<_> = params.into_iter().chain(webhook_id).collect();
        params.iter().for_each(|param| arguments.extend(["--param", param]));
        arguments.extend(more);
        run(&arguments)
    }

    /// Verifies it by the library, at its exact time.
    fn judge(&self) -> Report {
        let request =
            json!({ "headers": self.headers, "body_base64": self.body_base64, "url": self.url });
        let (secret, request) = (File::of(&self.secret), File::of(request.to_string()));
        let arguments =
            SourceArguments { provider: self.provider.clone(), params: Vec::new(), scheme: None };
        let source = Source::read(&arguments, Some(Path::new(secret.path()))).unwrap();
        let saved = SavedRequest::read(Path::new(request.path()), &mut std::io::empty()).unwrap();
        judge(&source, &saved, ReceivedAt::Known(self.at())).unwrap()
    }

    /// The expected exit status.
    pub(crate) fn status(&self) -> i32 {
        match &self.expect[..] {
            "valid" | "handshake" => 0,
            _ => 1,
        }
    }

    /// Whether its time has a fraction of a second, which `--at` cannot express.
    pub(crate) fn has_fraction(&self) -> bool {
        self.at().subsec_nanosecond() != 0
    }
}

/// All vectors of all providers, each with the tool's output as text and as JSON.
pub(crate) static ALL: LazyLock<Vec<(Vector, Output, Output)>> = LazyLock::new(|| {
    let vectors = provider::names().into_iter().flat_map(of);
    vectors
        .map(|v| (v.run(run, &[]), v.run(run, &["--json"]), v))
        .map(|(w, j, v)| (v, w, j))
        .collect()
});

#[test]
fn every_vector_has_its_expected_outcome() {
    for (vector, text, output) in ALL.iter().filter(|(vector, ..)| !vector.has_fraction()) {
        let case = format!("{}: {}: {output:?}", vector.provider, vector.scheme);
        assert_eq!((text.status, output.status), (vector.status(), vector.status()), "{case}");
        let json = output.json();
        match (&vector.expect[..], json["outcome"].as_str().unwrap()) {
            // A handshake that is signed is a good signature too.
            ("valid", "verified" | "handshake") | ("handshake", "handshake") => {
                replies_as_expected(vector, &json["reply"], &case);
            }
            (class, "refused") => {
                assert_eq!(json["refusal"]["class"], class, "{case}");
                let status = if class == "forbidden" { 403 } else { 401 };
                assert_eq!(json["reply"], json!({ "status": status }), "{case}");
            }
            _ => panic!("{case}"),
        }
    }
}

#[test]
fn vectors_with_fractions_of_a_second_have_their_expected_outcome() {
    for (vector, ..) in ALL.iter().filter(|(vector, ..)| vector.has_fraction()) {
        let report = vector.judge();
        let Outcome::Refused(refused) = report.outcome else { panic!("{}", vector.scheme) };
        assert_eq!(refused.class, vector.expect, "{}", vector.scheme);
    }
}

#[test]
fn what_a_good_signature_does_not_prove_is_noted() {
    for (vector, text, _) in ALL.iter().filter(|(vector, ..)| vector.expect == "valid") {
        let file: Value = serde_json::from_str(provider::file(&vector.provider).unwrap()).unwrap();
        let of_file = file["schemes"].as_array().into_iter().flatten();
        let schemes: Vec<_> = vector.inline.iter().chain(of_file).collect();
        let leaves_out = |s: &&&Value| {
            let only_token = s["jwt"].is_object() && s["jwt"]["body_hash"].is_null();
            s["algorithm"] == "token" || s["body_unsigned"] == true || only_token
        };
        let leaving_out = schemes.iter().filter(leaves_out).count();
        let signs_nothing = text.out.contains("signs nothing:");
        let noted = signs_nothing || text.out.contains("does not cover the body");
        // Of Adyen's and GitLab's schemes, some sign the body and some do not.
        if leaving_out == 0 || leaving_out == schemes.len() {
            assert_eq!(noted, leaving_out > 0, "{}: {}", vector.provider, vector.scheme);
        }
    }
}

fn replies_as_expected(vector: &Vector, reply: &Value, case: &str) {
    let Some(Value::Object(expected)) = &vector.expected_response else { return };
    for (name, value) in expected {
        if name != "headers" {
            assert_eq!(reply[name], *value, "{case}");
            continue;
        }
        for (header, value) in value.as_object().unwrap() {
            assert_eq!(reply["headers"][header.to_ascii_lowercase()], *value, "{case}");
        }
    }
}

#[test]
fn the_text_agrees_with_the_json() {
    for (_, text, output) in ALL.iter() {
        let json = output.json();
        let heading = match json["outcome"].as_str().unwrap() {
            "verified" => "VERIFIED:".to_owned(),
            "handshake" => "HANDSHAKE:".to_owned(),
            _ => format!("REFUSED, {}:", json["refusal"]["class"].as_str().unwrap()),
        };
        assert!(text.out.starts_with(&heading), "{text:?}");
        let keys = json["secret"].as_object().map(|secret| secret.keys().collect::<Vec<_>>());
        assert!(keys.is_none_or(|keys| keys == ["position"]), "{json}");
        assert!(!text.out.contains("fingerprint"), "{text:?}");
        if let Some(hash) = json["content"]["sha256"].as_str() {
            assert!(text.out.contains(hash), "{text:?}");
        }
    }
}
