//! The policies of both Lambdas, judged by every call that they made in the tests here.

use std::env;

use catchment_tests::judge;

use crate::deployment::{others_have_ended, test};

/// Tests start in the order of their paths, and this is the last. What is granted beyond the calls is judged only if every
/// test runs: without a filter.
#[test]
fn policies_allow_each_call_of_both_lambdas_and_nothing_else() {
    test(async |deployment| {
        let complete = !env::args().skip(1).any(|argument| leaves_tests_out(&argument));
        if complete {
            others_have_ended().await;
        }
        let found = judge::grants(&deployment.stack.emulator, complete).await.unwrap();
        let all = [&found.refused, &found.beyond, &found.unused];
        assert!(all.iter().all(|list| list.is_empty()), "{found:#?}");
        for role in ["test-ingest", "test-worker"] {
            assert!(found.needed.keys().any(|key| key.starts_with(role)), "{:#?}", found.needed);
        }
    });
}

/// Whether an argument of the test binary is a filter.
fn leaves_tests_out(argument: &str) -> bool {
    !argument.starts_with("--") || argument.starts_with("--skip") || argument == "--ignored"
}

#[test]
fn the_verdict_is_the_last_test_to_start() {
    let list = std::process::Command::new(env::current_exe().unwrap()).arg("--list").output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    let tests = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let after: Vec<_> = tests.skip_while(|path| !path.starts_with("verdict::")).collect();
    assert!(after.iter().all(|path| path.starts_with("verdict::")), "{after:?}");
}
