//! Views of events: the input of filters, ordering keys and routes.

use std::borrow::Cow;
use std::cell::OnceCell;

use jmespath::Rcvar;

use crate::event::split::Item;
use crate::query::document;
use crate::webhook::body;
use crate::webhook::request::Request;

/// An event as the input of filters, ordering keys and routes. The document is built on first use, because a
/// parsed body takes up to 30 times the body's size.
pub struct EventView<'e> {
    source: &'e str,
    event_type: Option<Cow<'e, str>>,
    request: &'e Request,
    /// The parsed body, if it is known already, or the item of a list that is this event.
    body: Option<Rcvar>,
    document: OnceCell<Rcvar>,
}

impl<'e> EventView<'e> {
    /// The view of a whole request.
    pub fn whole(source: &'e str, event_type: Option<&'e str>, request: &'e Request) -> Self {
        let event_type = event_type.map(Cow::Borrowed);
        Self { source, event_type, request, body: None, document: OnceCell::new() }
    }

    /// The view of an item of this event's list: `body` and `type` are the item's.
    pub fn item(&self, item: &Item) -> Self {
        Self {
            source: self.source,
            event_type: item.event_type.clone().map(Cow::Owned),
            request: self.request,
            body: Some(item.value.clone()),
            document: OnceCell::new(),
        }
    }

    /// The view with the parsed body of another document of the same request, so that the body is not parsed
    /// again.
    pub fn with_body_of(self, document: &Rcvar) -> Self {
        let body = document.as_object().and_then(|root| root.get("body")).cloned();
        Self { body, document: OnceCell::new(), ..self }
    }

    /// The source's name.
    pub fn source(&self) -> &'e str {
        self.source
    }

    /// The document `{source, type, headers, query, body}`. It has no `body` if that is neither JSON nor a
    /// form.
    pub fn document(&self) -> &Rcvar {
        self.document.get_or_init(|| {
            let body = self.body.clone().or_else(|| document::parse_body(self.request));
            document::of_event(self.source, self.event_type.as_deref(), self.request, body)
        })
    }

    /// Whether the document was built, because a filter needed it.
    pub fn is_read(&self) -> bool {
        self.document.get().is_some()
    }

    /// The format that the content type names, if the body does not have it: `JSON`, `a form` or `multipart`.
    /// Filters then see the document without `body`.
    pub fn mislabelled(&self) -> Option<&'static str> {
        let content_type = self.request.headers.get("content-type").unwrap_or_default();
        let named = named_format(content_type).filter(|_| !self.request.body.is_empty())?;
        // Looks at the document, because parsing the body again would take time.
        let document = self.document().as_object();
        let is_parsed = document.is_some_and(|document| document.contains_key("body"));
        (!is_parsed).then_some(named)
    }
}

/// The format that a content type names, if filters can use bodies of that format.
fn named_format(content_type: &str) -> Option<&'static str> {
    match &body::essence(content_type)[..] {
        "application/x-www-form-urlencoded" => Some("a form"),
        "multipart/form-data" => Some("multipart"),
        _ if body::says_json(content_type) => Some("JSON"),
        _ => None,
    }
}
