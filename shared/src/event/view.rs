//! Views of events: the input of filters, ordering keys and routes.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::event::split::Item;
use crate::query::document::{self, Document};
use crate::webhook::body::{self, Format};
use crate::webhook::request::Request;

/// An event as the input of filters, ordering keys and routes. The document is built on first use, because a
/// parsed body takes up to 30 times the body's size.
pub struct EventView<'e> {
    source: &'e str,
    event_type: Option<Cow<'e, str>>,
    request: &'e Request,
    /// The form field that has the event as JSON, if the source's provider can send JSON in a form.
    form_json: Option<&'e str>,
    /// The parsed body, if it is known already, or the item of a list that is this event.
    body: Option<Document>,
    document: OnceCell<Document>,
}

impl<'e> EventView<'e> {
    /// The view of a whole request.
    pub fn whole(source: &'e str, event_type: Option<&'e str>, request: &'e Request) -> Self {
        let event_type = event_type.map(Cow::Borrowed);
        Self { source, event_type, request, form_json: None, body: None, document: OnceCell::new() }
    }

    /// The view of a source whose provider can send JSON in this form field.
    pub fn with_form_json(self, form_json: Option<&'e str>) -> Self {
        Self { form_json, ..self }
    }

    /// The view of an item of this event's list: `body` and `type` are the item's.
    pub fn item(&self, item: &Item) -> Self {
        Self {
            source: self.source,
            event_type: item.event_type.clone().map(Cow::Owned),
            request: self.request,
            form_json: self.form_json,
            body: Some(item.value.clone()),
            document: OnceCell::new(),
        }
    }

    /// The view with the parsed body of another document of the same request, so that the body is not parsed
    /// again.
    pub fn with_body_of(self, document: &Document) -> Self {
        Self { body: document.body(), document: OnceCell::new(), ..self }
    }

    /// The source's name.
    pub fn source(&self) -> &'e str {
        self.source
    }

    /// The document `{source, type, headers, query, body}`. It has no `body` if that is neither JSON, XML nor a
    /// form.
    pub fn document(&self) -> &Document {
        self.document.get_or_init(|| {
            let body =
                self.body.clone().or_else(|| document::parse_body(self.request, self.form_json));
            document::of_event(self.source, self.event_type.as_deref(), self.request, body)
        })
    }

    /// Whether the document was built, because a filter needed it.
    pub fn is_read(&self) -> bool {
        self.document.get().is_some()
    }

    /// The format or coding that the headers name, if the body does not have it: `JSON`, `XML`, `a form`,
    /// `multipart` or `its content coding`. Filters then see the document without `body`.
    pub fn mislabelled(&self) -> Option<&'static str> {
        let content_type = self.request.headers.get("content-type").unwrap_or_default();
        // Looks at the document, because parsing the body again would take time.
        let document = self.document().root().as_object();
        let is_parsed = document.is_some_and(|document| document.contains_key("body"));
        if is_parsed || self.request.body.is_empty() {
            return None;
        }
        match self.request.content().format() {
            Format::NotDecoded => Some("its content coding"),
            _ => named_format(content_type),
        }
    }
}

/// The format that a content type names, if filters can use bodies of that format.
fn named_format(content_type: &str) -> Option<&'static str> {
    match &body::essence(content_type)[..] {
        "application/x-www-form-urlencoded" => Some("a form"),
        "multipart/form-data" => Some("multipart"),
        _ if body::says_json(content_type) => Some("JSON"),
        _ if body::says_xml(content_type) => Some("XML"),
        _ => None,
    }
}
