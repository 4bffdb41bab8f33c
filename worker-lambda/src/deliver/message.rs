//! What a destination in AWS is sent: the event itself where it fits, and else where to find it.

use shared::ports::store::{PresignError, PresignedUrls};

use super::{Delivery, envelope};

/// The CloudEvent of a delivery, in at most `most` bytes where it has its body in it. By reference it
/// has what it takes: some 700 bytes and the URL, which has up to 2,000 with a role's credentials.
pub(super) async fn message(
    delivery: &Delivery,
    most: usize,
    link: &impl PresignedUrls,
) -> Result<String, PresignError> {
    if let Some(whole) = envelope::inline(delivery, most) {
        return Ok(whole);
    }
    let url = link.presign(&delivery.s3_key).await?;
    Ok(envelope::by_reference(delivery, link.bucket(), &url))
}
