"""Shows that the judges find errors: each test plants one in calls or policies that have none."""

import copy
import json
import unittest

import calls
import grants
import shapes

ACCOUNT = "arn:aws:{}:us-east-1:000000000000:"
ROLE = "arn:aws:iam::000000000000:role/ingest"
OTHER = "arn:aws:iam::000000000000:role/worker"
QUEUE = ACCOUNT.format("sqs") + "stack-default"
SECRET = ACCOUNT.format("secretsmanager") + "secret:stack/source/shop-1"
SIGNING = ACCOUNT.format("secretsmanager") + "secret:stack/destination/crm-1"


def request(service, target, params, role=None):
    """A call of a service with a JSON protocol, as it is recorded."""
    headers = {"host": "localhost", "x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
    call = {"service": service, "region": "us-east-1", "method": "POST", "path": "/", "query": "", "headers": headers}
    return calls.parse(call | {"role": role, "body": json.dumps(params)})


def form(service, params):
    """A call of a service with a query protocol."""
    headers = {"host": "localhost", "content-type": "application/x-www-form-urlencoded"}
    call = {"service": service, "region": "us-east-1", "method": "POST", "path": "/", "query": "", "headers": headers}
    body = "&".join(f"{name}={value}" for name, value in params.items())
    return calls.parse(call | {"role": None, "body": body})


class Shapes(unittest.TestCase):
    def judged(self, call, error):
        errors = shapes.judge([call])
        self.assertEqual(len(errors), bool(error), errors)
        self.assertIn(error, "".join(errors))

    def role(self, name):
        return form(
            "iam", {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": name, "AssumeRolePolicyDocument": "{}"}
        )

    def queue(self, name, **attributes):
        return request("sqs", "AmazonSQS.CreateQueue", {"QueueName": name, "Attributes": attributes})

    def secret(self, **params):
        return request(
            "secretsmanager", "secretsmanager.CreateSecret", {"Name": "a", "ClientRequestToken": "t" * 32} | params
        )

    def test_length_by_the_model(self):
        self.judged(self.role("r" * 64), "")
        self.judged(self.role("r" * 65), "iam.CreateRole.RoleName has 65 characters, outside 1 to 64")
        self.judged(self.secret(Description="d" * 2049), "secretsmanager.CreateSecret.Description has 2049 characters")

    def test_pattern_by_the_model(self):
        self.judged(self.role("a%20b"), "which does not match")

    def test_required_parameter(self):
        self.judged(
            request("secretsmanager", "secretsmanager.CreateSecret", {"ClientRequestToken": "t" * 32}),
            "Name is missing",
        )

    def test_enumeration(self):
        table = {
            "TableName": "ledger",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "BillingMode": "ON_DEMAND",
        }
        self.judged(request("dynamodb", "DynamoDB_20120810.CreateTable", table), "which is none of")
        self.judged(
            request("dynamodb", "DynamoDB_20120810.CreateTable", table | {"BillingMode": "PAY_PER_REQUEST"}), ""
        )

    def test_limits_that_only_the_documentation_has(self):
        self.judged(self.queue("q" * 75 + ".fifo"), "")
        self.judged(self.queue("q" * 76 + ".fifo"), "sqs.CreateQueue.QueueName is")
        self.judged(self.queue("q", VisibilityTimeout="43200"), "")
        self.judged(self.queue("q", VisibilityTimeout="43201"), "is 43201, outside 0 to 43200")

    def test_limit_in_the_name_of_a_shape(self):
        call = {
            "service": "apigateway",
            "region": "us-east-1",
            "method": "POST",
            "path": "/v2/apis",
            "query": "",
            "role": None,
        }
        call["headers"] = {"host": "localhost", "content-type": "application/json"}
        named = lambda name: calls.parse(call | {"body": json.dumps({"name": name, "protocolType": "HTTP"})})
        self.judged(named("n" * 128), "")
        self.judged(named("n" * 129), "Name has 129 characters, outside 1 to 128")

    def test_policies_of_a_role_in_all(self):
        def policy(name, length):
            document = "%22" + "x" * (length - 2) + "%22"
            params = {"RoleName": "r", "PolicyName": name, "PolicyDocument": document}
            return form("iam", {"Action": "PutRolePolicy", "Version": "2010-05-08"} | params)

        self.assertEqual(shapes.judge([policy("a", 5000), policy("b", 5240)]), [])
        self.assertIn("10241 characters, over 10240", shapes.judge([policy("a", 5000), policy("b", 5241)])[0])


class Iam:
    """The part of IAM's client that the judge asks."""

    def __init__(self, policies):
        self.policies = policies

    def list_role_policies(self, RoleName):
        return {"PolicyNames": [RoleName]}

    def get_role_policy(self, RoleName, PolicyName):
        return {"PolicyDocument": {"Statement": self.policies[RoleName]}}

    def list_attached_role_policies(self, RoleName):
        return {"AttachedPolicies": []}


class Grants(unittest.TestCase):
    made = [
        request(
            "sqs",
            "AmazonSQS.SendMessage",
            {"QueueUrl": "http://localhost/000000000000/stack-default", "MessageBody": "m"},
            ROLE,
        ),
        request("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": SECRET}, ROLE),
        request("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": SIGNING}, OTHER),
    ]
    policies = {
        "ingest": [
            {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE},
            {"Sid": "Read", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [SECRET]},
        ],
        "worker": [{"Sid": "Sign", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SIGNING}],
    }

    def judged(self, change):
        policies = copy.deepcopy(self.policies)
        change(policies["ingest"])
        return grants.judge(self.made, Iam(policies), complete=True)

    def found(self, change, kind, *said):
        found = self.judged(change)[kind]
        for part in said:
            self.assertTrue(any(part in it for it in found), found)

    def test_nothing_is_found_where_nothing_is_planted(self):
        found = self.judged(lambda statements: None)
        self.assertEqual([found["refused"], found["beyond"], found["unused"]], [[], [], []])

    def test_call_that_is_not_granted(self):
        self.found(lambda statements: statements.pop(0), "refused", "ingest may not sqs:SendMessage")
        self.found(
            lambda statements: statements[0].update(Resource=QUEUE + "-dead"),
            "refused",
            "ingest may not sqs:SendMessage",
        )
        deny = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
        self.found(lambda statements: statements.append(deny), "refused", "ingest may not sqs:SendMessage")

    def test_action_that_no_call_needs(self):
        more = {"Sid": "More", "Effect": "Allow", "Action": ["sqs:PurgeQueue", "sns:Publish"], "Resource": "*"}
        self.found(
            lambda statements: statements.append(more), "unused", "sqs:PurgeQueue by the statement More", "sns:Publish"
        )
        self.found(lambda statements: statements.append(more), "beyond", "ingest may sqs:PurgeQueue")
        self.found(lambda statements: statements[0].update(Action="sqs:*"), "beyond", "ingest may sqs:DeleteQueue")

    def test_action_that_aws_uses_for_the_other_role_only(self):
        self.found(
            lambda statements: statements[0].update(Action=["sqs:SendMessage", "sqs:ReceiveMessage"]),
            "beyond",
            "ingest may sqs:ReceiveMessage",
        )

    def test_resource_that_no_call_needs(self):
        self.found(
            lambda statements: statements[0].update(Resource="*"), "beyond", ":x-stack-default", ":999999999999:"
        )

    def test_resource_that_the_other_role_needs(self):
        everything = ACCOUNT.format("secretsmanager") + "secret:stack/*"
        self.found(lambda statements: statements[1].update(Resource=everything), "beyond", "destination/crm-1")


if __name__ == "__main__":
    unittest.main()
