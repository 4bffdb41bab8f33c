//! Signed contents that no template can express: functions that provider files refer to by name.

mod adyen;
mod contentful;
mod sns;
mod twilio;

use std::borrow::Cow;

use serde::Deserialize;

use super::algorithm::Piece;
use super::claim::Fields;
use super::{Proof, Refusal, Scheme};
use crate::webhook::request::Request;

/// The longest URL that is verified, in bytes. Its signed forms take several times its length. API Gateway's
/// limit for the request line and headers together is the same.
const MAX_URL: usize = 10_240;

/// The functions. `canonical` in a provider file names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Canonical {
    /// A batch whose items each have a signature, over eight of the item's values.
    Adyen,
    /// Method, path, the headers that the request lists, and body, a line each.
    Contentful,
    /// The values of a JSON message, sorted by name.
    Sns,
    /// The URL and the form's parameters, sorted by name.
    Twilio,
}

impl Canonical {
    /// The proofs for a request. `written` are its signatures as text. Adds values that the signature covers
    /// to `fields`.
    pub(super) fn read<'a>(
        self,
        scheme: &'a Scheme,
        request: &'a Request,
        written: &[Cow<'a, str>],
        fields: &mut Fields<'a>,
    ) -> Result<Vec<Proof<'a>>, Refusal> {
        if self.signs_url() && request.url.len() > MAX_URL {
            return Err(Refusal::Malformed("URL (too long)".to_owned()));
        }
        match self {
            Self::Adyen => adyen::read(scheme, request),
            Self::Contentful => {
                Ok(vec![Proof::new(scheme, written, contentful::contents(request, fields)?)])
            }
            Self::Sns => sns::read(scheme, request, written),
            Self::Twilio => {
                Ok(vec![Proof::new(scheme, written, single_pieces(twilio::contents(request)?))])
            }
        }
    }

    /// Whether the signature covers the whole body: its bytes, its hash, or all parameters of a form.
    pub fn covers_body(self) -> bool {
        matches!(self, Self::Contentful | Self::Twilio)
    }

    /// Whether the signature covers the public URL.
    pub fn signs_url(self) -> bool {
        matches!(self, Self::Contentful | Self::Twilio)
    }
}

/// Contents of one piece each.
fn single_pieces<'a>(contents: Vec<Vec<u8>>) -> Vec<Vec<Piece<'a>>> {
    contents.into_iter().map(|content| vec![Piece::Bytes(content.into())]).collect()
}
