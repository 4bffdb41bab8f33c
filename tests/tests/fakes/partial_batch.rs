//! SQS accepts a batch, and not all of its messages.

use catchment_tests::clients::Clients;
use catchment_tests::fakes::message;
use catchment_tests::raw_server::RawServer;
use shared::ports::queue::{MessageQueue, SqsQueue};

/// The call succeeds, but SQS rejects one of its messages: the list that they come from must not count as split. No
/// emulator can be made to do this.
#[tokio::test]
async fn one_of_many_that_is_not_taken_is_an_error() {
    let server = RawServer::start(|_, mut connection| async move {
        loop {
            let call = connection.message().await?;
            let entries = String::from_utf8_lossy(&call.body).matches("MessageBody").count();
            assert_eq!(entries, 2);
            let answer = r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}],
                "Failed":[{"Id":"1","Code":"InternalError","SenderFault":false,"Message":"hunter2"}]}"#;
            let headers = "content-type: application/x-amz-json-1.0\r\n";
            connection.answer("200 OK", headers, answer.as_bytes()).await?;
        }
    });
    let server = server.await.unwrap();
    let queue = SqsQueue::new(Clients::of(&server.url()).sqs);
    let url = format!("{}/000000000000/q", server.url());
    let error = queue.send_all(&url, vec![message("a"), message("b")]).await.unwrap_err();
    assert_eq!(error.to_string(), "queue: not queued: InternalError");
}
