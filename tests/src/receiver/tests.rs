use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::clients;

const SOON: Duration = Duration::from_secs(5);

async fn status(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn records_what_arrives_byte_for_byte_and_lists_it() {
    let receiver = Receiver::start().await.unwrap();
    let http = clients::http().unwrap();
    let body: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    let post = http
        .post(format!("{}/crm/hooks?a=%20b", receiver.url()))
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .body(body.clone());
    assert_eq!(status(post).await, 200);

    let [received] = <[Received; 1]>::try_from(receiver.received()).unwrap();
    assert_eq!(received.path, "/crm/hooks?a=%20b");
    assert!(received.body == body, "the body differs");
    assert_eq!(received.header("x-twice"), Some("one"));

    for (accept, content_type) in [("text/html,*/*", "text/html"), ("text/plain", "text/plain")] {
        let get = http.get(format!("{}/received", receiver.url())).header("accept", accept);
        let readable = get.send().await.unwrap();
        assert!(readable.headers()["content-type"].to_str().unwrap().starts_with(content_type));
        assert!(readable.text().await.unwrap().contains("POST /crm/hooks?a=%20b"));
    }
    let listed = http.get(format!("{}/received", receiver.url())).send().await.unwrap();
    let listed: Value = serde_json::from_slice(&listed.bytes().await.unwrap()).unwrap();
    let [listed] = listed.as_array().unwrap().as_slice() else { panic!("one is listed") };
    assert_eq!(listed["at"], received.at);
    assert_eq!((&listed["method"], &listed["path"]), (&json!("POST"), &json!("/crm/hooks?a=%20b")));
    assert_eq!(listed["headers"]["x-twice"], "one, two");
    assert_eq!(listed["answered"], 200);
    assert!(STANDARD.decode(listed["body_base64"].as_str().unwrap()).unwrap() == body);
}

#[tokio::test]
async fn fails_as_often_and_at_the_path_that_it_is_configured_to() {
    let receiver = Receiver::start().await.unwrap();
    let http = clients::http().unwrap();
    let tell = |behaviour: Value| {
        http.post(format!("{}/behave", receiver.url())).body(behaviour.to_string())
    };
    let post = |path: &str| http.post(format!("{}{path}", receiver.url())).body("x");

    assert_eq!(status(tell(json!({ "status": 410, "path": "/b" }))).await, 204);
    let twice = json!({ "status": 503, "times": 2, "path": "/a", "retry_after": "7" });
    assert_eq!(status(tell(twice)).await, 204);
    let first = post("/a?x").send().await.unwrap();
    assert_eq!(first.status(), 503);
    assert_eq!(first.headers()["retry-after"], "7");
    assert_eq!(status(post("/b")).await, 410);
    assert_eq!(status(post("/a")).await, 503);
    assert_eq!(status(post("/a")).await, 200);
    assert_eq!(status(post("/b")).await, 410);
    receiver.behave(Behaviour::always(200));
    assert_eq!(status(post("/b")).await, 200);

    let answered: Vec<u16> = receiver.received().iter().map(|got| got.answered).collect();
    assert_eq!(answered, [503, 410, 503, 200, 410, 200]);
}

#[tokio::test]
async fn refuses_a_behaviour_that_it_cannot_follow() {
    let receiver = Receiver::start().await.unwrap();
    let http = clients::http().unwrap();
    for wrong in ["{", "{}", r#"{"status":99}"#, r#"{"status":600}"#, r#"{"status":500,"time":1}"#]
    {
        let told = http.post(format!("{}/behave", receiver.url())).body(wrong);
        assert_eq!(status(told).await, 400, "{wrong}");
    }
    assert_eq!(status(http.post(receiver.url()).body("x")).await, 200);
}

#[tokio::test]
async fn wakes_who_waits_and_gives_up_at_the_deadline() {
    let receiver = Receiver::start().await.unwrap();
    let http = clients::http().unwrap();
    let short = Duration::from_millis(50);
    let error = receiver.wait_for("two", short, |all| all.len() == 2).await.unwrap_err();
    assert!(error.to_string().contains("for two; the receiver has got 0 requests"), "{error}");

    receiver.behave(Behaviour { delay_ms: 100, ..Behaviour::always(202) });
    let two = receiver.wait_for("two", SOON, |all| all.len() == 2);
    let posts = async {
        assert_eq!(status(http.post(receiver.url()).body("1")).await, 202);
        assert_eq!(status(http.put(receiver.url()).body("2")).await, 202);
    };
    let (two, ()) = tokio::join!(two, posts);
    assert_eq!(
        two.unwrap().iter().map(|got| got.body.as_slice()).collect::<Vec<_>>(),
        [b"1", b"2"]
    );
}

#[tokio::test]
async fn is_gone_when_dropped() {
    let receiver = Receiver::start().await.unwrap();
    let url = receiver.url().to_owned();
    drop(receiver);
    let http = clients::http().unwrap();
    let refused = crate::wait::until("the port to close", SOON, async || {
        http.get(&url).send().await.is_err().then_some(())
    });
    refused.await.unwrap();
}
