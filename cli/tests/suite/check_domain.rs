//! `catchment check` on custom domain names and on the client certificates of sources.

use serde_json::Value;

use crate::tool::{File, run};

/// A certificate of the region in which `catchment check` supposes no stack to be.
const ARN: &str =
    "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
const TRUSTSTORE: &str = r#"truststore_uri = "s3://example-trust/truststore.pem""#;

/// The mistakes in a configuration with these variables and this source.
fn mistakes(source: &str, more: &str) -> Vec<String> {
    let sources = format!("sources = {{ code = {{ provider = \"github\"{source} }} }}");
    let file = format!("name = \"it\"\n{sources}\n{more}\nroutes = []\n");
    let file = File::with_suffix(".tfvars", file);
    let found = run(&["check", "--json", file.path()]).json();
    let text = |it: &Value| {
        let part = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{}: {}", part("path"), part("text"))
    };
    found["mistakes"].as_array().unwrap().iter().map(text).collect()
}

fn domain(name: &str, certificate_arn: &str, more: &str) -> String {
    format!("domain = {{ name = {name}, certificate_arn = {certificate_arn}{more} }}")
}

/// The mistakes in a domain.
fn in_domain(name: &str, certificate_arn: &str, more: &str) -> Vec<String> {
    mistakes("", &domain(name, certificate_arn, more))
}

/// The mistakes in the second name of an otherwise valid domain.
fn in_mutual_tls(attributes: &str) -> Vec<String> {
    let more = format!(", mutual_tls = {{ {attributes} }}");
    in_domain("\"hooks.example.com\"", &format!("{ARN:?}"), &more)
}

#[test]
fn domains_that_are_valid_are_not_reported() {
    let mtls = |more: &str| {
        in_mutual_tls(&format!(
            "name = \"mtls.example.com\", certificate_arn = \"{ARN}\", {TRUSTSTORE}{more}"
        ))
    };
    assert_eq!(mtls(""), [""; 0]);
    assert_eq!(
        mtls(&format!(", truststore_version = \"v.1\", ownership_certificate_arn = \"{ARN}\"")),
        [""; 0]
    );
    for (name, arn) in [
        ("a.bc", ARN),
        ("xn--bcher-kva.example", "arn:aws-cn:acm:cn-north-1:123456789012:certificate/a1"),
        ("1.2.example.com", "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/a1"),
    ] {
        let found =
            in_domain(&format!("{name:?}"), &format!("{arn:?}"), ", hosted_zone_id = \"Z1\"");
        assert_eq!(found, [""; 0], "{name}");
    }
}

#[test]
fn a_name_that_is_not_a_domain_name_is_reported() {
    for name in [
        "\"Hooks.example.com\"",
        "\"hooks\"",
        "\"*.example.com\"",
        "\"https://hooks.example.com\"",
        "\"hooks.example.com/\"",
        "\"hooks.example.com.\"",
        "\"-a.example.com\"",
        "\"192.0.2.1\"",
        "\"\"",
    ] {
        let found = in_domain(name, &format!("{ARN:?}"), "");
        let expected = format!(
            "domain.name: is {name}, but must be a domain name in lower case, such as hooks.example.com."
        );
        assert_eq!(found, [expected]);
        let found =
            in_mutual_tls(&format!("name = {name}, certificate_arn = \"{ARN}\", {TRUSTSTORE}"));
        let expected = format!(
            "domain.mutual_tls.name: is {name}, but must be a domain name in lower case, such as mtls.hooks.example.com."
        );
        assert_eq!(found, [expected]);
    }
}

/// Terraform itself takes null for an attribute that is required.
#[test]
fn null_is_no_value_of_what_is_required() {
    let found = in_domain("null", "null", "");
    let null = |path: &str| format!("{path}: must be a text, but is null");
    assert_eq!(found, [null("domain.certificate_arn"), null("domain.name")]);
    let found = in_mutual_tls("name = null, certificate_arn = null, truststore_uri = null");
    let paths = ["certificate_arn", "name", "truststore_uri"];
    assert_eq!(found, paths.map(|name| null(&format!("domain.mutual_tls.{name}"))));
}

#[test]
fn both_names_must_differ() {
    let found = in_mutual_tls(&format!(
        "name = \"hooks.example.com\", certificate_arn = \"{ARN}\", {TRUSTSTORE}"
    ));
    assert_eq!(
        found,
        [
            "domain.mutual_tls.name: is the same as domain.name, but must be another name: API Gateway would demand a client certificate of every sender."
        ]
    );
}

#[test]
fn a_domain_without_a_certificate_of_aws_certificate_manager_is_reported() {
    let must = "but must be the ARN of a certificate in AWS Certificate Manager: arn:aws:acm:REGION:ACCOUNT:certificate/ID.";
    for arn in [
        "\"\"",
        "\"hooks.example.com\"",
        "\"arn:aws:iam::123456789012:server-certificate/hooks\"",
        "\"arn:aws:acm:eu-west-1:123456789012:certificate/\"",
        "\"arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/a1\"",
        "\"arn:aws:acm::123456789012:certificate/a1\"",
    ] {
        let found = in_domain("\"hooks.example.com\"", arn, "");
        assert_eq!(found, [format!("domain.certificate_arn: is {arn}, {must}")]);
        let found = in_mutual_tls(&format!(
            "name = \"mtls.example.com\", certificate_arn = {arn}, {TRUSTSTORE}"
        ));
        assert_eq!(found, [format!("domain.mutual_tls.certificate_arn: is {arn}, {must}")]);
    }
    let found = mistakes("", "domain = { name = \"hooks.example.com\" }");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("certificate_arn"), "{found:?}");
    let found = in_mutual_tls(&format!(
        "name = \"mtls.example.com\", certificate_arn = \"{ARN}\", {TRUSTSTORE}, ownership_certificate_arn = \"it\""
    ));
    assert_eq!(found, [format!("domain.mutual_tls.ownership_certificate_arn: is \"it\", {must}")]);
}

#[test]
fn a_zone_and_a_truststore_that_aws_would_refuse_are_reported() {
    for zone in ["\"example.com\"", "\"/hostedzone/Z123\"", "\"\""] {
        let found = in_domain(
            "\"hooks.example.com\"",
            &format!("{ARN:?}"),
            &format!(", hosted_zone_id = {zone}"),
        );
        assert_eq!(
            found,
            [format!(
                "domain.hosted_zone_id: is {zone}, but must be the ID of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ."
            )]
        );
    }
    let mtls = |more: &str| {
        in_mutual_tls(&format!("name = \"mtls.example.com\", certificate_arn = \"{ARN}\", {more}"))
    };
    for uri in [
        "\"\"",
        "\"s3://bucket\"",
        "\"s3://bucket/\"",
        "\"https://bucket.s3.amazonaws.com/a.pem\"",
        "\"truststore.pem\"",
    ] {
        let found = mtls(&format!("truststore_uri = {uri}"));
        assert_eq!(
            found,
            [format!(
                "domain.mutual_tls.truststore_uri: is {uri}, but must be the S3 URI of a PEM file, such as s3://bucket/truststore.pem."
            )]
        );
    }
    let found = mtls(&format!("{TRUSTSTORE}, truststore_version = \"\""));
    assert_eq!(
        found,
        [
            "domain.mutual_tls.truststore_version: is \"\", but must be the version of an S3 object, of at most 64 characters, or omitted."
        ]
    );
}

#[test]
fn what_needs_a_domain_is_reported_without_one() {
    let one_name = domain("\"hooks.example.com\"", &format!("{ARN:?}"), "");
    let source = ", client_certificate = { subject = \"CN=sender.example.com\" }";
    for more in ["", &one_name] {
        assert_eq!(
            mistakes(source, more),
            [
                "sources.code: client_certificate needs a domain name on which API Gateway demands client certificates: set domain.mutual_tls."
            ],
            "{more}"
        );
    }
    assert_eq!(
        mistakes("", "disable_execute_api_endpoint = true"),
        [
            "disable_execute_api_endpoint: must be false without domain: no webhook could be received."
        ]
    );
    assert_eq!(mistakes("", &format!("disable_execute_api_endpoint = true\n{one_name}")), [""; 0]);
}

#[test]
fn a_subject_that_no_certificate_has_is_reported() {
    let mtls = format!(
        ", mutual_tls = {{ name = \"mtls.example.com\", certificate_arn = \"{ARN}\", {TRUSTSTORE} }}"
    );
    let domain = domain("\"hooks.example.com\"", &format!("{ARN:?}"), &mtls);
    let with = |subject: &str| {
        mistakes(&format!(", client_certificate = {{ subject = {subject} }}"), &domain)
    };
    for subject in [
        "\"CN=sender.example.com\"",
        "\"C=US,O=Example\\\\, Inc.,CN=a\"",
        "\"1.2.840.113549.1.9.1=a@example.com,CN=ä\"",
    ] {
        assert_eq!(with(subject), [""; 0], "{subject}");
    }
    for subject in [
        "\"\"",
        "\"sender.example.com\"",
        "\"CN=\"",
        "\" CN=a\"",
        "\"CN=a \"",
        "\"CN=a\\n\"",
        "\"/C=US/CN=a\"",
    ] {
        let expected = format!(
            "sources.code.client_certificate.subject: is {subject}, but must be the certificate's subject as API Gateway writes it, such as C=US,O=Example Inc.,CN=sender.example.com."
        );
        assert_eq!(with(subject), [expected]);
    }
}
