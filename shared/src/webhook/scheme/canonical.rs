//! What some providers sign that no template can say: small functions, each named by a provider file.

mod adyen;
mod contentful;
mod plaid;
mod sns;
mod twilio;

use std::borrow::Cow;

use serde::Deserialize;

use super::algorithm::Piece;
use super::claim::Fields;
use super::{Proof, Refusal, Scheme};
use crate::webhook::request::Request;

/// What a URL is signed as takes several times its length. API Gateway takes no more than this of request
/// line and headers together.
const MAX_URL: usize = 10_240;

/// The named functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Canonical {
    /// Each notification item has a signature of its own, over eight of its values.
    Adyen,
    /// The request as one text, with the headers that it lists.
    Contentful,
    /// A JWT that has the body's hash in it.
    Plaid,
    /// The values of a JSON message, sorted by their names.
    Sns,
    /// The URL and the form's parameters, sorted by their names.
    Twilio,
}

impl Canonical {
    /// What must be proven of a request, given its signatures as written. Adds what it read and the
    /// signature covers to `fields`.
    pub(super) fn read<'a>(
        self,
        scheme: &'a Scheme,
        request: &'a Request,
        written: &[Cow<'a, str>],
        fields: &mut Fields<'a>,
    ) -> Result<Vec<Proof<'a>>, Refusal> {
        if self.signs_url() && request.url.len() > MAX_URL {
            return Err(Refusal::Malformed("URL, which is too long".to_owned()));
        }
        match self {
            Self::Adyen => adyen::read(scheme, request),
            Self::Contentful => {
                Ok(vec![Proof::over(scheme, written, contentful::contents(request, fields)?)])
            }
            Self::Plaid => plaid::read(scheme, request, written, fields),
            Self::Sns => sns::read(scheme, request, written),
            Self::Twilio => {
                Ok(vec![Proof::over(scheme, written, whole(twilio::contents(request)?))])
            }
        }
    }

    /// Whether the signature covers the public URL.
    pub fn signs_url(self) -> bool {
        matches!(self, Self::Contentful | Self::Twilio)
    }
}

/// Contents of one piece each.
fn whole<'a>(contents: Vec<Vec<u8>>) -> Vec<Vec<Piece<'a>>> {
    contents.into_iter().map(|content| vec![Piece::Bytes(content.into())]).collect()
}
