//! One event that its destination keeps refusing: tried again, then a dead letter with its reason.

use std::time::{Duration, Instant};

use catchment_tests::Result;
use catchment_tests::receiver::{Behaviour, Received};
use catchment_tests::stack::Source;
use jiff::Timestamp;

use crate::built_in::{IMPATIENT, IMPATIENT_ATTEMPTS};
use crate::sample::{Stage, signed};
use crate::screen::{millis, seconds};

const DEAD_WITHIN: Duration = Duration::from_secs(60);

/// Has the receiver refuse a source's deliveries, sends one, and shows how it ends; the error names
/// the step that did not happen. Afterwards the receiver takes deliveries again.
pub(crate) async fn letter(stage: &Stage<'_>, source: &Source) -> Result<()> {
    let path = format!("/{}", source.name);
    stage.receiver.behave(Behaviour::always(500).at(&path));
    let shown = show(stage, source, &path).await;
    stage.receiver.behave(Behaviour::always(200).at(&path));
    shown
}

async fn show(stage: &Stage<'_>, source: &Source, path: &str) -> Result<()> {
    let (screen, stack, start) = (stage.screen, stage.stack, Instant::now());
    let number = Timestamp::now().as_millisecond();
    let body = format!(r#"{{"kind":"order.refused","order":{{"number":{number}}}}}"#);
    let answer = stage.post(source, signed(source, &source.secret, body.as_bytes())?).await?;
    let id = answer.accepted().map_err(|error| format!("not accepted: {error}"))?;
    screen.happened("accepted", &millis(answer.took), &format!("answered 200, event {id}"));

    let is_it = |letter: &catchment_tests::stack::DeadLetter| letter.body.contains(&id);
    let letter = stack.dead_letter(IMPATIENT, DEAD_WITHIN, is_it).await;
    let letter = letter.map_err(|error| format!("not in the dead-letter queue: {error}"))?;
    let dead_after = start.elapsed();

    let received = stage.receiver.received();
    let tries: Vec<&Received> =
        received.iter().filter(|got| got.header("ce-eventid") == Some(&id)).collect();
    let same_id =
        tries.windows(2).all(|two| two[0].header("webhook-id") == two[1].header("webhook-id"));
    if tries.len() != IMPATIENT_ATTEMPTS as usize || !same_id {
        let times = tries.len();
        return Err(format!("not tried {IMPATIENT_ATTEMPTS} times with one id, but {times}").into());
    }
    let times: Vec<_> = tries.iter().filter_map(|got| got.at.get(11..23)).collect();
    let tried = format!("{path} answered 500 at {}, one webhook-id", times.join(", "));
    screen.happened("tried", &format!("{}×", tries.len()), &tried);

    let stored = stack.stored(&source.name, &id).await?.ok_or("its event is not stored")?;
    let ledger_key = stored.json["ledger_key"].as_str().unwrap_or_default();
    stack.ledger_says(ledger_key, "dead", DEAD_WITHIN).await?;
    let queue = stack.outputs.dead_letter_queue_urls.get(IMPATIENT);
    let queue = queue.and_then(|url| url.rsplit('/').next()).unwrap_or_default();
    let (reason, destination, attempts) = (&letter.reason, &letter.destination, &letter.attempts);
    if *destination != source.name || *attempts != IMPATIENT_ATTEMPTS.to_string() {
        return Err(format!("the dead letter says {destination}, {attempts}").into());
    }
    let dead =
        format!("in {queue}: reason \"{reason}\", destination {destination}, attempts {attempts}");
    screen.happened("dead", &seconds(dead_after), &dead);
    Ok(())
}
