use shared::event::message_group::FifoAttributes;
use shared::ports::queue::Attributes;

use super::*;

const URL: &str = "https://sqs.example/queue.fifo";
const DEAD_LETTERS: &str = "https://sqs.example/dead.fifo";
const HOUR: Duration = Duration::from_secs(3600);

fn queue() -> MemoryQueue {
    let queue = MemoryQueue::default();
    queue.create(DEAD_LETTERS, Settings { visibility: HOUR, redrive: None });
    let redrive = Some((2, DEAD_LETTERS.to_owned()));
    queue.create(URL, Settings { visibility: HOUR, redrive });
    queue
}

/// Sends messages to groups named by their first letters.
async fn send(queue: &MemoryQueue, bodies: &[&str]) {
    for body in bodies {
        let order =
            FifoAttributes { group: body[..1].to_owned(), deduplication_id: (*body).to_owned() };
        let body = (*body).to_owned();
        let message = Message { body, attributes: Attributes::new(), fifo: Some(order) };
        queue.send(URL, message).await.unwrap();
    }
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|received| &received.body[..]).collect()
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_ten_messages_and_the_rest_of_a_group_waits_for_them() {
    let queue = queue();
    let sent: Vec<_> = (10..24).flat_map(|n| [format!("a{n}"), format!("b{n}")]).collect();
    send(&queue, &sent.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let of = |group: &str, places: std::ops::Range<usize>| -> Vec<String> {
        places.map(|place| format!("{group}{}", place + 10)).collect()
    };
    let first = queue.receive(URL);
    assert_eq!(bodies(&first), of("a", 0..10));
    assert_eq!(bodies(&queue.receive(URL)), of("b", 0..10));
    assert!(queue.receive(URL).is_empty());
    first.iter().for_each(|message| queue.delete(URL, &message.receipt));
    assert_eq!(bodies(&queue.receive(URL)), of("a", 10..14));
    assert!(queue.receive(URL).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_hidden_for_less_time_than_the_first_of_its_group_waits_for_it() {
    let queue = queue();
    send(&queue, &["a1", "a2", "b1"]).await;
    let received = queue.receive(URL);
    queue.change_visibility(URL, &received[0].receipt, HOUR / 2).await.unwrap();
    for message in &received[1..] {
        queue.change_visibility(URL, &message.receipt, Duration::ZERO).await.unwrap();
    }
    assert_eq!(bodies(&queue.receive(URL)), ["b1"]);
    tokio::time::advance(HOUR / 2).await;
    assert_eq!(bodies(&queue.receive(URL)), ["a1", "a2"]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_receipt_neither_hides_nor_deletes() {
    let queue = queue();
    send(&queue, &["a1"]).await;
    let received = queue.receive(URL);
    tokio::time::advance(HOUR).await;
    queue.change_visibility(URL, &received[0].receipt, HOUR).await.unwrap_err();
    queue.delete(URL, &received[0].receipt);
    assert_eq!(bodies(&queue.receive(URL)), ["a1"]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_keeps_its_group_and_leaves_it_to_the_others() {
    let queue = queue();
    send(&queue, &["a1"]).await;
    for _ in 0..2 {
        assert_eq!(queue.receive(URL)[0].group.as_deref(), Some("a"));
        tokio::time::advance(HOUR).await;
    }
    send(&queue, &["a2"]).await;
    assert_eq!(bodies(&queue.receive(URL)), ["a2"]);
    let dead = queue.receive(DEAD_LETTERS);
    assert_eq!((bodies(&dead), dead[0].group.as_deref()), (vec!["a1"], Some("a")));
}

#[tokio::test(start_paused = true)]
async fn an_aged_message_was_sent_so_much_earlier_and_is_hidden_so_much_less() {
    let queue = queue();
    tokio::time::advance(HOUR * 2).await;
    send(&queue, &["a1"]).await;
    let sent_at = queue.receive(URL)[0].sent_at;
    queue.age(URL, HOUR / 2);
    assert!(queue.receive(URL).is_empty());
    queue.age(URL, HOUR / 2);
    assert_eq!(queue.receive(URL)[0].sent_at, sent_at - HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_answer_was_lost_is_received_once_however_often_it_is_sent_again() {
    let queue = queue();
    queue.faults.plan([Fault::AnswerLost, Fault::None]);
    let order = FifoAttributes { group: "a".to_owned(), deduplication_id: "1".to_owned() };
    let body = "one".to_owned();
    let message = Message { body, attributes: Attributes::new(), fifo: Some(order) };
    queue.send(URL, message.clone()).await.unwrap_err();
    queue.send(URL, message).await.unwrap();
    assert_eq!(queue.depth(URL), 1);
}

#[test]
#[should_panic(expected = "a dead-letter queue of another kind")]
fn a_fifo_queue_has_no_standard_dead_letter_queue() {
    let redrive = Some((3, "https://sqs.example/dead".to_owned()));
    let settings = Settings { visibility: HOUR, redrive };
    MemoryQueue::default().create("https://sqs.example/queue.fifo", settings);
}
