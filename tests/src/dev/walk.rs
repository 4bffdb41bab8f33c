//! The way of one sample, each step seen in what is stored and in what arrived.

use std::time::Duration;

use catchment_tests::stack::Source;
use catchment_tests::{Result, deliveries, samples};
use jiff::Timestamp;

use crate::sample::{Stage, signed, took};
use crate::screen::millis;

const DELIVERED_WITHIN: Duration = Duration::from_secs(30);

/// Sends a source's sample and shows its way; the error names the step that did not happen.
pub(crate) async fn walk(stage: &mut Stage<'_>, source: &Source) -> Result<()> {
    let (name, screen, stack) = (&source.name, stage.screen, stage.stack);
    let body = samples::body(&source.provider).ok_or("there is no sample of its provider")?;
    screen.line(&format!("\n  {name}: {} bytes", body.len()));

    let answer = stage.post(source, signed(source, &source.secret, body)?).await?;
    let id = answer.accepted().map_err(|error| format!("not verified: {error}"))?;
    let accepted = stage.logged("accepted", &id).await;
    let took_ms = |field: &str| took(accepted.as_ref(), field);
    let kind = accepted.as_ref().and_then(|line| line.text("event_type")).unwrap_or("no type");
    let verified = format!("{}, {kind}; answered 200 in {}", source.provider, millis(answer.took));
    screen.happened("verified", &took_ms("verify_ms"), &verified);

    let stored = stack.stored(name, &id).await?;
    let stored = stored.ok_or_else(|| format!("not stored: no object for the event {id}"))?;
    if stored.body != body {
        return Err(format!("not stored as it was sent: {}", stored.s3_key).into());
    }
    screen.happened("stored", &took_ms("store_ms"), &stored.s3_key);

    // Nobody but the worker writes to the ledger, and only about what it got from the queue.
    let ledger_key = stored.json["ledger_key"].as_str().unwrap_or_default();
    let entry = stack.ledger_says(ledger_key, "complete", DELIVERED_WITHIN).await;
    let queued = stack.ledger(ledger_key).await?;
    queued.ok_or("not queued: the worker never got it")?;
    screen.happened(
        "queued",
        &took_ms("enqueue_ms"),
        &format!("on {}, the event's reference", source.queue),
    );

    let is_it = |got: &catchment_tests::receiver::Received| got.header("ce-eventid") == Some(&id);
    let arrived = |got: &[_]| got.iter().any(is_it);
    let received = stage.receiver.wait_for("the delivery", DELIVERED_WITHIN, arrived).await;
    let received = received.map_err(|error| format!("not delivered: {error}"))?;
    let delivery = received.iter().find(|got| is_it(got)).ok_or("not delivered")?;
    let destination = stack.destination(name).ok_or("there is no such destination")?;
    deliveries::verify(delivery, &destination.secret)?;
    if delivery.body != body {
        return Err("not delivered as it was sent".into());
    }
    let entry = entry.map_err(|error| format!("delivered, but not complete: {error}"))?;
    if entry.done != [name.clone()] {
        return Err(format!("the ledger has it delivered to {:?}", entry.done).into());
    }
    let logged = stage.logged("delivered", &id).await;
    let at: Timestamp = delivery.at.parse()?;
    let after = at.duration_since(answer.sent).as_millis();
    let url = &destination.url;
    let what = format!("{url}, {after} ms after it was sent; the same bytes, signature valid");
    let delivery = logged.and_then(|line| line.deliveries().next());
    screen.happened("delivered", &took(delivery.as_ref(), "took_ms"), &what);
    Ok(())
}
