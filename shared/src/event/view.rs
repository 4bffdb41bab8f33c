//! An event as filters, ordering keys and routes see it.

use std::borrow::Cow;
use std::cell::OnceCell;

use jmespath::Rcvar;

use crate::event::split::Item;
use crate::query::document;
use crate::webhook::body;
use crate::webhook::request::Request;

/// An event as filters, ordering keys and routes see it. The document is built when something first looks into
/// it, because a body's tree takes up to thirty times the body's size.
pub struct EventView<'e> {
    source: &'e str,
    event_type: Option<Cow<'e, str>>,
    request: &'e Request,
    /// The body, where it has been read already: the item that this event is, where it is one of a list.
    body: Option<Rcvar>,
    document: OnceCell<Rcvar>,
}

impl<'e> EventView<'e> {
    /// A whole request.
    pub fn whole(source: &'e str, event_type: Option<&'e str>, request: &'e Request) -> Self {
        let event_type = event_type.map(Cow::Borrowed);
        Self { source, event_type, request, body: None, document: OnceCell::new() }
    }

    /// One item of its list: the `body` and the `type` are the item's.
    pub fn item(&self, item: &Item) -> Self {
        Self {
            source: self.source,
            event_type: item.event_type.clone().map(Cow::Owned),
            request: self.request,
            body: Some(item.value.clone()),
            document: OnceCell::new(),
        }
    }

    /// With the body as another document of the same request has it: it is large, and not read again.
    pub fn with_body_of(self, document: &Rcvar) -> Self {
        let body = document.as_object().and_then(|root| root.get("body")).cloned();
        Self { body, document: OnceCell::new(), ..self }
    }

    /// The source's name.
    pub fn source(&self) -> &'e str {
        self.source
    }

    /// `{source, type, headers, query, body}`: no `body` where it is neither JSON nor a form.
    pub fn document(&self) -> &Rcvar {
        self.document.get_or_init(|| {
            let body = self.body.clone().or_else(|| document::body(self.request));
            document::of_event(self.source, self.event_type.as_deref(), self.request, body)
        })
    }

    /// Whether a filter has looked into the document.
    pub fn is_read(&self) -> bool {
        self.document.get().is_some()
    }

    /// What the content type says that the body is, where it is not: routes then see the rest only.
    pub fn mislabelled(&self) -> Option<&'static str> {
        let content_type = self.request.headers.get("content-type").unwrap_or_default();
        let said = said(content_type).filter(|_| !self.request.body.is_empty())?;
        // Not by reading it once more: the document is there already, and is large.
        let is_read = self.document().as_object().is_some_and(|it| it.contains_key("body"));
        (!is_read).then_some(said)
    }
}

/// What a content type promises that filters could look into.
fn said(content_type: &str) -> Option<&'static str> {
    match &body::essence(content_type)[..] {
        "application/x-www-form-urlencoded" => Some("a form"),
        "multipart/form-data" => Some("multipart"),
        _ if body::says_json(content_type) => Some("JSON"),
        _ => None,
    }
}
