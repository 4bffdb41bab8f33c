//! A request that is being put together.

use std::collections::BTreeMap;

use shared::webhook::request::Request;
use url::Url;

use super::body::Body;

/// A request of which every part can still be changed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Body,
}

impl Draft {
    /// The request as it is now. Its URL is the one that goes out, as the receiver will see it.
    pub(super) fn request(&self) -> Request {
        let content_type = ("content-type", self.body.content_type());
        let has_body = self.method != "GET" && !self.headers.contains_key("content-type");
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        Request {
            method: self.method.clone(),
            path: self.url.path().to_owned(),
            query: self.url.query().unwrap_or_default().to_owned(),
            url: self.url.as_str().to_owned(),
            headers: headers.chain(has_body.then_some(content_type)).collect(),
            body: self.body.bytes(),
            ..Request::default()
        }
    }
}
