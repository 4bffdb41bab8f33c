//! What is counted at the gates: there is an alarm on circuits that open.

use std::collections::BTreeMap;

use catchment_tests::counted::{self, counts};

use super::deferred::{later, open};

/// Three events open the circuit, and are due at once.
#[tokio::test(start_paused = true)]
#[ignore = "the other test here runs it, with each case"]
async fn case() {
    let mut test = open().await;
    match &counted::case().unwrap()[..] {
        "opened" => return,
        "held" => {}
        "probed" => later(&mut test).await,
        other => panic!("no case {other}"),
    }
    test.batch().await.unwrap();
}

#[test]
fn a_circuit_that_opens_is_counted_once_and_each_event_that_it_holds() {
    let counted = |case| -> BTreeMap<_, _> { counted::counted("counts::case", case).unwrap() };
    assert_eq!(counted("opened"), counts([("CircuitOpened", 1), ("Retried", 3)]));
    assert_eq!(counted("held"), counts([("CircuitOpened", 1), ("Deferred", 3), ("Retried", 3)]));
    let probed = counts([("CircuitOpened", 1), ("Deferred", 2), ("Retried", 4)]);
    assert_eq!(counted("probed"), probed, "the probe fails, and the two others wait");
}
