"""Limits that botocore's models leave out, as AWS documents them.

A key is a service's operation and the path of a parameter, as judge_shapes.py writes it.
"""

import re

# Name, pattern of the whole value.
PATTERNS = {
    # SQS, CreateQueue: up to 80 characters, with .fifo.
    "sqs.CreateQueue.QueueName": r"(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?",
    # S3, bucket naming rules.
    "s3.CreateBucket.Bucket": r"(?!xn--|sthree-)(?!.*(\.\.|-s3alias$|--ol-s3$))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    # Lambda, CreateFunction: a name alone has at most 64 characters.
    "lambda.CreateFunction.FunctionName": r"[A-Za-z0-9_-]{1,64}",
    # SNS, CreateTopic.
    "sns.CreateTopic.Name": r"(?=.{1,256}$)[A-Za-z0-9_-]+(\.fifo)?",
    # DynamoDB, naming rules.
    "dynamodb.CreateTable.TableName": r"[A-Za-z0-9_.-]{3,255}",
    # Secrets Manager, CreateSecret.
    "secretsmanager.CreateSecret.Name": r"[A-Za-z0-9/_+=.@-]{1,512}",
    # CloudWatch, PutDashboard.
    "cloudwatch.PutDashboard.DashboardName": r"[A-Za-z0-9_-]{1,255}",
}

# Range of a number, which may be in a string.
RANGES = {
    # SQS, SetQueueAttributes. Its model has them as strings.
    "sqs.*.Attributes[DelaySeconds]": (0, 900),
    "sqs.*.Attributes[MaximumMessageSize]": (1024, 1024 * 1024),
    "sqs.*.Attributes[MessageRetentionPeriod]": (60, 14 * 86400),
    "sqs.*.Attributes[ReceiveMessageWaitTimeSeconds]": (0, 20),
    "sqs.*.Attributes[VisibilityTimeout]": (0, 12 * 3600),
    # Lambda, quotas: 15 minutes.
    "lambda.CreateFunction.Timeout": (1, 900),
    "lambda.CreateFunction.MemorySize": (128, 10240),
    # Lambda, ScalingConfig and the batch of a FIFO queue.
    "lambda.CreateEventSourceMapping.ScalingConfig.MaximumConcurrency": (2, 1000),
}

# The number of characters of IAM documents, without white space (IAM quotas).
ROLE_INLINE_POLICIES = 10_240
MANAGED_POLICY = 6_144
TRUST_POLICY = 2_048


def characters(document):
    """What IAM counts of a policy."""
    return len(re.sub(r"\s", "", document))
