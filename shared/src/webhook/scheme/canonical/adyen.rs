//! Adyen's standard webhooks: an HMAC for each item of a batch. Source: @adyen/api-library,
//! utils/hmacValidator.js.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::webhook::request::Request;
use crate::webhook::scheme::algorithm::Piece;
use crate::webhook::scheme::claim::MAX_SIGNATURES;
use crate::webhook::scheme::{Proof, Refusal, Scheme};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch<'a> {
    #[serde(borrow)]
    notification_items: Vec<Wrapped<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapped<'a> {
    #[serde(borrow)]
    notification_request_item: Item<'a>,
}

/// The signed values of an item. Each may be a string or a number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    psp_reference: Option<&'a RawValue>,
    #[serde(borrow)]
    original_reference: Option<&'a RawValue>,
    #[serde(borrow)]
    merchant_account_code: Option<&'a RawValue>,
    #[serde(borrow)]
    merchant_reference: Option<&'a RawValue>,
    #[serde(borrow)]
    amount: Option<Amount<'a>>,
    #[serde(borrow)]
    event_code: Option<&'a RawValue>,
    #[serde(borrow)]
    success: Option<&'a RawValue>,
    #[serde(borrow)]
    additional_data: AdditionalData<'a>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    currency: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalData<'a> {
    #[serde(borrow)]
    hmac_signature: Cow<'a, str>,
}

/// A proof for each item. An item without a signature makes the request malformed.
pub(super) fn read<'a>(scheme: &Scheme, request: &'a Request) -> Result<Vec<Proof<'a>>, Refusal> {
    let malformed = || Refusal::Malformed(scheme.signature.describe());
    let batch: Batch<'_> = serde_json::from_slice(&request.body).map_err(|_| malformed())?;
    if batch.notification_items.len() > MAX_SIGNATURES {
        return Err(malformed());
    }
    let items = batch.notification_items.iter().map(|item| &item.notification_request_item);
    items.map(|item| item_proof(scheme, item).ok_or_else(malformed)).collect()
}

fn item_proof<'a>(scheme: &Scheme, item: &Item<'_>) -> Option<Proof<'a>> {
    let signature = scheme.encoding.decode(&item.additional_data.hmac_signature)?;
    let content = Piece::Bytes(signed_content(item).into_bytes().into());
    Some(Proof {
        algorithm: scheme.algorithm,
        signatures: vec![signature],
        contents: vec![vec![content]],
    })
}

/// Eight values joined by colons, without escaping. A missing value is empty.
fn signed_content(item: &Item<'_>) -> String {
    let amount = item.amount.as_ref();
    let values = [
        item.psp_reference,
        item.original_reference,
        item.merchant_account_code,
        item.merchant_reference,
        amount.and_then(|amount| amount.value),
        amount.and_then(|amount| amount.currency),
        item.event_code,
        item.success,
    ];
    values.map(|value| value.map(to_text).unwrap_or_default()).join(":")
}

/// A string without its quotes and escapes, or a number as it is written.
fn to_text(value: &RawValue) -> Cow<'_, str> {
    match serde_json::from_str(value.get()) {
        Ok(text) => text,
        Err(_) => Cow::Borrowed(value.get()),
    }
}
