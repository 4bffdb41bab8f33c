//! The binary: exit statuses and streams.

use std::io::Write;
use std::process::{Command, Stdio};

use shared::provider;

use crate::tool::{File, run_binary};
use crate::vectors;

#[test]
fn the_exit_status_tells_the_outcome() {
    for provider in provider::names() {
        for expect in
            ["valid", "handshake", "mismatch", "missing", "malformed", "stale", "forbidden"]
        {
            let mut vectors = vectors::of(provider).into_iter();
            let Some(vector) = vectors.find(|v| v.expect == expect && !v.has_fraction()) else {
                continue;
            };
            let output = vector.run(run_binary, &[]);
            assert_eq!(output.status, vector.status(), "{provider}, {expect}: {output:?}");
            assert_eq!(output.err, "", "{provider}, {expect}");
        }
    }
}

#[test]
fn a_request_is_read_from_the_standard_input() {
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
fn help_exits_with_0_and_a_missing_command_with_2() {
    for command in ["", "verify", "send", "providers", "check", "route"] {
        let help: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let output = run_binary(&help);
        assert_eq!((output.status, output.err.as_str()), (0, ""), "{help:?}");
        assert!(output.out.contains("Usage: catchment"), "{help:?}");
    }
    let output = run_binary(&[]);
    assert_eq!((output.status, output.out.as_str()), (2, ""));
    assert!(output.err.contains("Usage: catchment"));
}
