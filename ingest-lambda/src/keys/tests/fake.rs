//! Hosts that answer what a test says, and remember what they were asked.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Mutex;

use url::Url;

use crate::keys::{Fetch, FetchError};

#[derive(Clone)]
pub(in crate::keys) enum Answer {
    Body(Vec<u8>),
    Status(u16, &'static str),
    Never,
}

#[derive(Default)]
pub(in crate::keys) struct Fake {
    answers: Mutex<BTreeMap<String, Answer>>,
    calls: Mutex<Vec<String>>,
}

impl Fake {
    pub(in crate::keys) fn new<const N: usize>(answers: [(&str, Answer); N]) -> Self {
        let fake = Self::default();
        for (url, answer) in answers {
            fake.set(url, answer);
        }
        fake
    }

    pub(in crate::keys) fn set(&self, url: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    pub(in crate::keys) fn taken(&self, url: &str) -> Answer {
        self.answers.lock().unwrap()[url].clone()
    }

    /// What was asked, posted bodies behind their address.
    pub(in crate::keys) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    async fn answer(&self, url: &Url, call: String) -> Result<Vec<u8>, FetchError> {
        self.calls.lock().unwrap().push(call);
        let answer = self.answers.lock().unwrap().get(url.as_str()).cloned();
        match answer {
            Some(Answer::Body(body)) => Ok(body),
            Some(Answer::Status(status, body)) => Err(FetchError::Status(status, body.into())),
            Some(Answer::Never) => pending().await,
            None => Err(FetchError::Failed("no such host".to_owned())),
        }
    }
}

impl Fetch for Fake {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.answer(url, url.to_string()).await
    }

    async fn post_json(&self, url: &Url, body: String) -> Result<Vec<u8>, FetchError> {
        self.answer(url, format!("{url} {body}")).await
    }
}
