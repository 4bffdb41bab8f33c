"""Judges the roles' policies by the calls of the Lambda functions, with moto's evaluator of policies.

    python grants.py RECORD ENDPOINT [--complete]

Reads the policies of every role in the record from the emulator at ENDPOINT, as Terraform attached them. Prints a JSON
object with lists that should be empty:

- refused: calls that the policies do not allow;
- beyond: what a policy allows beyond them, on the same resources, on resources beside them, or on the other role's;
- unused: granted actions that no call needed.

The last two are judged with --complete only: when the record has every call that the policies are for.

Resource policies are left out: they refuse plain HTTP, by which an emulator is called.
"""

import json
import sys
from collections import Counter

import botocore.session
from moto.iam.access_control import IAMPolicy, PermissionResult

import calls
import resources

# Granted actions that no recorded call needs: what uses them, on AWS only.
OF_BOTH = {
    "logs:CreateLogStream": "Lambda writes the log",
    "logs:PutLogEvents": "Lambda writes the log",
}
OF_WORKER = OF_BOTH | {
    "sqs:ReceiveMessage": "the event source mapping polls the queue",
    "sqs:DeleteMessage": "the event source mapping deletes what the worker has processed",
    "sqs:GetQueueAttributes": "the event source mapping looks at the queue",
    "s3:ListBucket": "S3 then answers 404 for an object that is missing, and not 403",
    "kms:Decrypt": "SQS encrypts for a queue with the permissions of the sender",
    "kms:GenerateDataKey": "SQS encrypts for a queue with the permissions of the sender",
}


class Role:
    """A role's policies, and the calls that it made."""

    def __init__(self, arn, iam):
        self.arn, self.name = arn, arn.rsplit("/", 1)[-1]
        inline = iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"] for name in inline]
        for attached in iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]:
            policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
            documents.append(version["PolicyVersion"]["Document"])
        self.statements = [it for document in documents for it in as_list(document["Statement"])]
        self.policies = [IAMPolicy(json.dumps(document)) for document in documents]
        self.needs = set()
        self.used_by_aws = OF_WORKER if "worker" in self.name else OF_BOTH

    def allows(self, action, resource):
        results = {policy.is_action_permitted(action, resource) for policy in self.policies}
        return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results

    def refused(self):
        return [
            f"{self.name} may not {action} on {on}" for action, on in sorted(self.needs) if not self.allows(action, on)
        ]

    def beyond(self, all_resources):
        """What is allowed and not needed."""
        needed = {action for action, _ in self.needs}
        found = set()
        for service in {resource.split(":")[2] for resource in all_resources}:
            for action in resources.actions(service) - needed - self.used_by_aws.keys():
                on = [it for it in all_resources if it.split(":")[2] == service]
                found |= {(action, it) for it in on if self.allows(action, it)}
        for action, resource in self.needs:
            found |= {(action, it) for it in resources.beside(resource) if self.allows(action, it)}
        return found

    def unused(self):
        found = []
        for statement in self.statements:
            for action in as_list(statement.get("Action", [])):
                # One action of one statement alone, so that no other that grants the same answers for it.
                policy = IAMPolicy(json.dumps({"Statement": [statement | {"Action": action}]}))
                used = any(policy.is_action_permitted(*it) is PermissionResult.PERMITTED for it in self.needs)
                if statement["Effect"] == "Allow" and not used and action not in self.used_by_aws:
                    found.append(f"{self.name} has {action} by the statement {statement.get('Sid')} and never needs it")
        return found


def crossed(roles):
    """What a role may do with what only another role needs, by action."""
    found = set()
    for role in roles:
        for other in roles:
            foreign = {resources.kind(on) for _, on in other.needs} - {resources.kind(on) for _, on in role.needs}
            for action, on in other.needs:
                if resources.kind(on) in foreign and role.allows(action, on):
                    found.add((role.name, action, on))
    return found


def as_list(value):
    return value if isinstance(value, list) else [value]


def judge(made, iam, complete):
    """Judges the policies that IAM has for the roles in calls."""
    made = [call for call in made if call.role]
    roles = {arn: Role(arn, iam) for arn in sorted({call.role for call in made})}
    counted = Counter()
    for call in made:
        needed = resources.needs(call)
        roles[call.role].needs |= needed
        counted.update({f"{roles[call.role].name} {action}" for action, _ in needed})
    found = {
        "needed": dict(sorted(counted.items())),
        "refused": [it for role in roles.values() for it in role.refused()],
        "beyond": [],
        "unused": [],
    }
    if complete:
        everything = {on for role in roles.values() for _, on in role.needs}
        beyond = {(role.name, *it) for role in roles.values() for it in role.beyond(everything)} | crossed(
            roles.values()
        )
        found["beyond"] = sorted(f"{name} may {action} on {on}, and need not" for name, action, on in beyond)
        found["unused"] = [it for role in roles.values() for it in role.unused()]
    return found


if __name__ == "__main__":
    record, endpoint = sys.argv[1:3]
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    iam = botocore.session.get_session().create_client(
        "iam", region_name="us-east-1", endpoint_url=endpoint, **credentials
    )
    print(json.dumps(judge(calls.read(record), iam, "--complete" in sys.argv), indent=1))
