//! Terraform's plan and state after the deployment.

use std::fs;

use crate::deployment::test;

#[test]
fn another_plan_changes_nothing_and_no_secret_is_in_the_state() {
    test(async |deployment| {
        let terraform = &deployment.stack.terraform;
        let mut drift = terraform.drift(&deployment.stack.variables).await.unwrap();
        // MiniStack forgets a part of them.
        drift.retain(|address| !address.starts_with("aws_cloudwatch_metric_alarm."));
        assert_eq!(drift, [""; 0]);

        let state = fs::read_to_string(terraform.dir().join("terraform.tfstate")).unwrap();
        assert!(state.contains("aws_secretsmanager_secret_version"), "it is the state");
        assert!(!state.contains("whsec_"), "a signing secret is in the state");
        for source in &deployment.stack.sources {
            assert!(!state.contains(&source.secret), "{}'s secret is in the state", source.name);
        }
    });
}
