//! Events that cannot be delivered are dead letters with a reason, and a redrive delivers them.

use catchment_tests::receiver::Behaviour;
use jiff::Timestamp;
use serde_json::json;
use shared::event::EventId;

use crate::deployment::{ATTEMPTS, Deployment, SOON, test};

const QUEUE: &str = "impatient";

async fn enqueue(deployment: &Deployment, bodies: &[&str]) {
    let url = &deployment.stack.outputs.queue_urls[QUEUE];
    let mut send = deployment.stack.clients.sqs.send_message_batch().queue_url(url);
    for (n, body) in bodies.iter().enumerate() {
        let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder();
        let entry = entry.id(n.to_string()).message_body(*body).build().unwrap();
        send = send.entries(entry);
    }
    assert!(send.send().await.unwrap().failed().is_empty());
}

#[test]
fn an_event_that_is_always_refused_is_dead_lettered_and_a_redrive_delivers_it_to_the_remaining_destination()
 {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::always(500).at("/stubborn"));
        let answer = deployment.send("doomed", "doomed-1", b"{}").await;
        let id = answer.id();
        let stack = &deployment.stack;
        let of_it = |body: &str| body.contains(id);
        let dead = stack.dead_letter(QUEUE, SOON, |dead| of_it(&dead.body)).await.unwrap();
        assert_eq!(dead.reason, "stubborn: HTTP status 500");
        assert_eq!(dead.destination, "stubborn");
        assert_eq!(dead.attempts, ATTEMPTS.to_string());
        let refused = deployment.delivered("stubborn", id, ATTEMPTS as usize).await;
        assert_eq!(refused.len(), ATTEMPTS as usize);
        assert_eq!(deployment.delivered("fine", id, 1).await.len(), 1);
        let stored = deployment.stored("doomed", id).await;
        let ledger_key = stored.json["ledger_key"].as_str().unwrap();
        let entry = stack.ledger_says(ledger_key, "dead", SOON).await.unwrap();
        assert_eq!(entry.done, ["fine"]);

        deployment.receiver.behave(Behaviour::always(200).at("/stubborn"));
        enqueue(deployment, &[&dead.body]).await;
        let url = &stack.outputs.dead_letter_queue_urls[QUEUE];
        let delete = stack.clients.sqs.delete_message().queue_url(url);
        delete.receipt_handle(&dead.receipt).send().await.unwrap();
        let entry = stack.ledger_says(ledger_key, "complete", SOON).await.unwrap();
        assert_eq!((entry.attempts, entry.done.len()), (1, 2));
        let all = deployment.delivered("stubborn", id, ATTEMPTS as usize + 1).await;
        assert_eq!(all.len(), ATTEMPTS as usize + 1);
        assert_eq!(all.last().unwrap().header("webhook-id"), refused[0].header("webhook-id"));
        deployment.drained(QUEUE).await;
        assert_eq!(deployment.delivered("fine", id, 1).await.len(), 1, "it had it");
    });
}

/// Invariant 7.
#[test]
fn garbage_in_the_queue_is_dead_and_its_batch_unharmed() {
    test(async |deployment| {
        let stack = &deployment.stack;
        let answer = deployment.send("poisoned", "poisoned-1", b"{}").await;
        deployment.delivered("poisoned", answer.id(), 1).await;
        // Another event, as if it had been received, and a reference to one that is gone.
        let mut stored = deployment.stored("poisoned", answer.id()).await;
        let reference = |stored: &serde_json::Value, s3_key: &str| {
            json!({
                "version": 1, "generation": 0, "event_id": stored["id"], "source": "poisoned",
                "s3_key": s3_key, "size": 500, "event_type": null,
                "ledger_key": stored["ledger_key"], "previous_window": null,
            })
            .to_string()
        };
        let mut another = |n: u8| {
            let id = EventId::new(Timestamp::now()).to_string();
            stored.json["id"] = json!(id);
            stored.json["ledger_key"] = json!(format!("{n:02x}").repeat(32));
            (id, stored.json.clone())
        };
        let (good_id, good) = another(1);
        let (gone_id, gone) = another(2);
        let key = format!("events/source=poisoned/{good_id}.json");
        let put = stack.clients.s3.put_object().bucket(&stack.outputs.bucket).key(&key);
        put.body(serde_json::to_vec(&good).unwrap().into()).send().await.unwrap();
        let good_reference = reference(&good, &key);
        let gone_reference = reference(&gone, &format!("events/source=poisoned/{gone_id}.json"));
        let garbage = format!("garbage {gone_id}");
        enqueue(deployment, &[&garbage, &gone_reference, &good_reference]).await;

        assert_eq!(deployment.delivered("poisoned", &good_id, 1).await.len(), 1);
        let dead = stack.dead_letter(QUEUE, SOON, |dead| dead.body == garbage).await.unwrap();
        assert_eq!(dead.reason, "not a reference (line 1 column 1)");
        assert_eq!((&*dead.destination, &*dead.attempts), ("-", "0"));
        let of_gone = |body: &str| body.contains(&gone_id) && body != garbage;
        let dead = stack.dead_letter(QUEUE, SOON, |dead| of_gone(&dead.body)).await.unwrap();
        assert_eq!(dead.reason, "its stored event is gone");
        deployment.drained(QUEUE).await;
    });
}
