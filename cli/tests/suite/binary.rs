//! The binary itself: exit statuses, streams.

use std::io::Write;
use std::process::{Command, Stdio};

use shared::provider;

use crate::tool::{File, run_binary};
use crate::vectors;

#[test]
fn the_exit_status_is_the_verdict() {
    for provider in provider::names() {
        for expect in
            ["valid", "handshake", "mismatch", "missing", "malformed", "stale", "forbidden"]
        {
            let mut vectors = vectors::of(provider).into_iter();
            let Some(vector) = vectors.find(|v| v.expect == expect && !v.is_too_fine()) else {
                continue;
            };
            let said = vector.run(run_binary, &[]);
            assert_eq!(said.status, vector.status(), "{provider}, {expect}: {said:?}");
            assert_eq!(said.err, "", "{provider}, {expect}");
        }
    }
}

#[test]
fn a_request_may_come_by_the_standard_input() {
    let secret = File::of("k3y");
    let arguments =
        ["verify", "--provider", "documenso", "--secret-file", secret.path(), "--request", "-"];
    let mut tool = Command::new(env!("CARGO_BIN_EXE_catchment"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let request = br#"{"headers":{"X-Documenso-Secret":"k3y"},"body":"{}"}"#;
    tool.stdin.take().unwrap().write_all(request).unwrap();
    assert_eq!(tool.wait().unwrap().code(), Some(0));
}

#[test]
fn help_is_no_mistake_and_no_command_is_one() {
    for command in ["", "verify", "send", "providers", "check", "route"] {
        let help: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let said = run_binary(&help);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{help:?}");
        assert!(said.out.contains("Usage: catchment"), "{help:?}");
    }
    let said = run_binary(&[]);
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(said.err.contains("Usage: catchment"));
}
