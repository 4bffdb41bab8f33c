//! Fake hosts, with responses that a test sets and a list of the calls.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Mutex;
use std::time::Duration;

use url::Url;

use crate::keys::{Fetch, FetchError};

#[derive(Clone)]
pub(in crate::keys) enum Response {
    Body(Vec<u8>),
    Status(u16, &'static str),
    Never,
    After(Duration, Box<Self>),
}

#[derive(Default)]
pub(in crate::keys) struct FakeHosts {
    responses: Mutex<BTreeMap<String, Response>>,
    calls: Mutex<Vec<String>>,
}

impl FakeHosts {
    pub(in crate::keys) fn new<const N: usize>(responses: [(&str, Response); N]) -> Self {
        let hosts = Self::default();
        for (url, response) in responses {
            hosts.set(url, response);
        }
        hosts
    }

    pub(in crate::keys) fn set(&self, url: &str, response: Response) {
        self.responses.lock().unwrap().insert(url.to_owned(), response);
    }

    pub(in crate::keys) fn response_of(&self, url: &str) -> Response {
        self.responses.lock().unwrap()[url].clone()
    }

    /// The URLs that were called, each with the body that was posted.
    pub(in crate::keys) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    async fn respond(&self, url: &Url, call: String) -> Result<Vec<u8>, FetchError> {
        self.calls.lock().unwrap().push(call);
        let mut response = self.responses.lock().unwrap().get(url.as_str()).cloned();
        if let Some(Response::After(time, after)) = response {
            tokio::time::sleep(time).await;
            response = Some(*after);
        }
        match response {
            Some(Response::Body(body)) => Ok(body),
            Some(Response::Status(status, body)) => Err(FetchError::Status(status, body.into())),
            Some(Response::Never | Response::After(..)) => pending().await,
            None => Err(FetchError::Failed("no such host".to_owned())),
        }
    }
}

impl Fetch for FakeHosts {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.respond(url, url.to_string()).await
    }

    async fn post_json(&self, url: &Url, body: String) -> Result<Vec<u8>, FetchError> {
        self.respond(url, format!("{url} {body}")).await
    }
}
