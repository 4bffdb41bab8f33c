"""Judges a folder of Terraform files by checkov, with the reason for each finding that stays.

    python misconfigurations.py FOLDER

Prints a JSON object:

- passed: the number of checks that the folder passes;
- failed: what it fails, and is not in SUPPRESSED;
- unused: entries of SUPPRESSED that suppress nothing, and would hide the next fault of their kind;
- planted: what the faults of planted.tf fail.

Only checkov's rules for Terraform are loaded, which takes half the time of its command line. They need no network.
"""

import json
import logging
import os
import shutil
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

# Checkov's own calls, of which the rules need none.
os.environ |= {"CHECKOV_RUN_SECRETS_MULTILINE": "false", "LOG_LEVEL": "ERROR"}

from checkov.runner_filter import RunnerFilter  # noqa: E402
from checkov.terraform.runner import Runner  # noqa: E402

# Each check, the resources on which it may fail, and why. What an option of the module decides, such as `kms_key_arn` or
# `vpc`, passes without an entry here: checkov knows no value of it, and takes the best.
SUPPRESSED = [
    ("CKV_AWS_18", "aws_s3_bucket.bucket", "Only the two roles access the bucket, and CloudTrail has data events for who needs a record"),
    ("CKV_AWS_116", "aws_lambda_function.function", "It is for asynchronous invocations, and there are none: the API waits, and queues have dead-letter queues"),
    ("CKV_AWS_119", "aws_dynamodb_table.ledger", "DynamoDB encrypts it with a key of its own. A key of the operator's is an option, which is off by default"),
    ("CKV_AWS_272", "aws_lambda_function.function", "The same person would build and sign the packages. Terraform uploads what has the hash that it planned"),
    ("CKV_AWS_300", "aws_s3_bucket_lifecycle_configuration.bucket", "Its first rule does it. Checkov drops that rule, because a dynamic block makes others"),
    ("CKV_AWS_309", "aws_apigatewayv2_route.*", "Webhooks are authenticated by their signature, which ingest verifies"),
    ("CKV_AWS_338", "aws_cloudwatch_log_group.log*", "The operator chooses the retention, because law may forbid a year as well as demand it"),
    ("CKV2_AWS_57", "aws_secretsmanager_secret.*", "A secret is shared with a provider or a receiver, so only its operator can rotate it"),
    ("CKV2_AWS_62", "aws_s3_bucket.bucket", "SQS has the reference of each event, so the bucket has nothing to notify of"),
]


def findings(folder):
    """The number of passed checks, and the failed ones: each a check's number, a resource and the check's name."""
    report = Runner().run(root_folder=str(folder), runner_filter=RunnerFilter(framework=["terraform"]))
    if report.parsing_errors:
        raise SystemExit(f"checkov cannot parse {report.parsing_errors}")
    return len(report.passed_checks), [(it.check_id, it.resource, it.check_name) for it in report.failed_checks]


def suppresses(entry, finding):
    check, resources, _ = entry
    return check == finding[0] and fnmatchcase(finding[1].partition("[")[0], resources)


def main():
    logging.disable(logging.WARNING)
    passed, failed = findings(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(Path(__file__).with_name("planted.tf"), folder)
        _, planted = findings(folder)
    left = [it for it in failed if not any(suppresses(entry, it) for entry in SUPPRESSED)]
    unused = [entry for entry in SUPPRESSED if not any(suppresses(entry, it) for it in failed)]
    print(
        json.dumps(
            {
                "passed": passed,
                "failed": [f"{resource}: {name} ({check})" for check, resource, name in left],
                "unused": [f"{check} on {resources}" for check, resources, _ in unused],
                "planted": [f"{check} {resource}" for check, resource, _ in planted],
            }
        )
    )


main()
