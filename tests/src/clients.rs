//! The AWS SDK's clients, and an HTTP client, for the local stack.

use std::sync::Once;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;

use crate::Result;

/// The region of everything local.
pub const REGION: &str = "us-east-1";

/// The credentials that both emulators take: key id, secret.
pub const CREDENTIALS: (&str, &str) = ("test", "test");

/// A client for each service that the suites look into.
#[derive(Debug, Clone)]
pub struct Clients {
    /// S3, with path-style addresses: an emulator's buckets have no host names.
    pub s3: aws_sdk_s3::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// EventBridge.
    pub eventbridge: aws_sdk_eventbridge::Client,
}

impl Clients {
    /// The clients for the services at `endpoint`.
    #[must_use]
    pub fn of(endpoint: &str) -> Self {
        let config = sdk_config(endpoint);
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
        }
    }
}

/// Configuration for any client of the services at `endpoint`, with the test credentials.
#[must_use]
pub fn sdk_config(endpoint: &str) -> SdkConfig {
    let (id, secret) = CREDENTIALS;
    let credentials = Credentials::new(id, secret, None, None, "local stack");
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .build()
}

/// The product's queue port on SQS.
#[must_use]
pub fn sqs_queue(aws: &SdkConfig) -> SqsQueue {
    SqsQueue::new(aws_sdk_sqs::Client::new(aws))
}

/// The product's secrets port on Secrets Manager.
#[must_use]
pub fn secrets_manager(aws: &SdkConfig) -> SecretsManager {
    SecretsManager::new(aws_sdk_secretsmanager::Client::new(aws))
}

/// An HTTP client that takes no proxy, follows no redirect, and waits at most 30 s.
pub fn http() -> Result<reqwest::Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails where one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Ok(reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()?)
}
