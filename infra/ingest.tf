# The ingest Lambda stores events, enqueues their references and reads the sources' secrets; it writes
# one only while its source says `enroll`.
data "aws_iam_policy_document" "ingest" {
  statement {
    sid       = "StoreEvents"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/events/*"]
  }

  # Reading a queue's attributes is how the connection is opened before the first webhook comes.
  statement {
    sid       = "Enqueue"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = [for name in flatten(values(local.source_queues)) : aws_sqs_queue.queue[name].arn]
  }

  # A statement must name a resource, and some sources have no secret.
  dynamic "statement" {
    for_each = length(local.secret_sources) > 0 ? [values(aws_secretsmanager_secret.source)[*].arn] : []
    content {
      sid       = "ReadSourceSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  # Of those sources only whose provider is just handing its secret over.
  dynamic "statement" {
    for_each = length(local.enrolling_sources) > 0 ? [[for name in local.enrolling_sources : aws_secretsmanager_secret.source[name].arn]] : []
    content {
      sid       = "EnrollSourceSecrets"
      actions   = ["secretsmanager:PutSecretValue"]
      resources = statement.value
    }
  }
}

locals {
  enrolling_sources = [for name, source in local.secret_sources : name if source.enroll]
}

resource "aws_iam_role_policy" "ingest" {
  name   = "ingest"
  role   = aws_iam_role.function["ingest"].id
  policy = data.aws_iam_policy_document.ingest.json
}
