"""What a call needs of IAM: actions and the ARNs of the resources that they are on.

An action has the name of its operation but for those listed here, as the Service Authorization Reference says.
"""

import re
from urllib.parse import urlsplit

from moto.core.utils import get_service_model

# Operations with an action of another name.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "lambda:Invoke": "lambda:InvokeFunction",
}

# Parameters that need an action of their own.
MORE_ACTIONS = {
    "Tagging": "s3:PutObjectTagging",
    "ObjectLockMode": "s3:PutObjectRetention",
    "ObjectLockLegalHoldStatus": "s3:PutObjectLegalHold",
}


# Actions of which no operation has the name.
OTHER_ACTIONS = {"s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:ListBucket", "lambda:InvokeFunction"}


def actions(service):
    """The actions of a service."""
    named = {f"{service}:{name}" for name in get_service_model(service).operation_names}
    return named | {it for it in OTHER_ACTIONS if it.startswith(f"{service}:")}


def needs(call):
    """The actions of a call, each with the ARN of a resource."""
    action = f"{call.service}:{call.operation}"
    action = ACTIONS.get(action, action)
    needed = {action}
    if call.service == "s3":
        if action == "s3:GetObject" and call.params.get("VersionId"):
            needed = {"s3:GetObjectVersion"}
        needed |= {more for name, more in MORE_ACTIONS.items() if call.params.get(name)}
    return {(it, arn) for it in needed for arn in arns(call)}


def arns(call):
    """The resources of a call. A call of which this does not know them is an error: nothing goes unjudged."""
    params, account = call.params, call.role.split(":")[4]

    def named(service, resource, name):
        return [name if name.startswith("arn:") else f"arn:aws:{service}:{call.region}:{account}:{resource}{name}"]

    match call.service:
        case "s3":
            key = params.get("Key")
            return [f"arn:aws:s3:::{params['Bucket']}" + (f"/{key}" if key else "")]
        case "sqs":
            owner, name = urlsplit(params["QueueUrl"]).path.strip("/").split("/")[-2:]
            return [f"arn:aws:sqs:{call.region}:{owner}:{name}"]
        case "secretsmanager":
            return named("secretsmanager", "secret:", params["SecretId"])
        case "dynamodb":
            return named("dynamodb", "table/", params["TableName"])
        case "lambda":
            return named("lambda", "function:", params["FunctionName"])
        case "events" if "Entries" in params:
            return [
                arn
                for it in params["Entries"]
                for arn in named("events", "event-bus/", it.get("EventBusName", "default"))
            ]
        case "events":
            return named("events", "event-bus/", params.get("Name", "default"))
    raise NotImplementedError(f"the resources of {call.service}:{call.operation}")


def beside(arn):
    """Resources that are not the one of a call and have nearly its ARN: of another account, with another name, and for
    an object in S3 the same key in other folders."""
    partition, service, region, account, name = arn.split(":", 5)[1:]
    first, rest = re.fullmatch(r"((?:secret:|function:|table/|event-bus/)?)(.*)", name).groups()
    found = [f"arn:{partition}:{service}:{region}:{account}:{first}x-{rest}"]
    if account:
        found.append(f"arn:{partition}:{service}:{region}:999999999999:{name}")
    if service == "s3" and "/" in rest:
        bucket, folder, key = rest.split("/", 2)
        found.append(f"arn:{partition}:s3:::{bucket}/x-{folder}/{key}")
    return found


def kind(arn):
    """What a resource is for: the service, and the folder or the part of the name that tells purposes apart."""
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "s3":
        return service, name.split("/")[1] if "/" in name else ""
    if service == "secretsmanager":
        # secret:{stack}/source/{name}; one of a handler's own has no such parts.
        return service, name.split("/")[1] if name.count("/") == 2 else name
    return service, name if service == "dynamodb" else ""
