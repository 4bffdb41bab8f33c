# Permissions of the ingest Lambda: it stores events, enqueues their references and reads the sources' secrets. It can
# write the secret of a source only if the source has `enroll = true`.
data "aws_iam_policy_document" "ingest" {
  statement {
    sid       = "StoreEvents"
    actions   = concat(["s3:PutObject"], var.object_lock == null ? [] : ["s3:PutObjectRetention"])
    resources = ["${aws_s3_bucket.bucket.arn}/events/*"]
  }

  # GetQueueAttributes is the call by which ingest opens its connection to SQS before the first webhook arrives.
  statement {
    sid       = "Enqueue"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = [for name in distinct(flatten(values(local.source_queues))) : local.queue_arns[name]]
  }

  # All by their prefix, because a list of 52 to 83 secrets would exceed the size of a role's policies.
  dynamic "statement" {
    for_each = length(local.secret_sources) > 0 ? [["${local.secret_arns}/source/*"]] : []
    content {
      sid       = "ReadSourceSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  # Only for sources whose provider currently sends its secret.
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
  name_prefix = "ingest-${sha256(data.aws_iam_policy_document.ingest.minified_json)}-"
  role        = aws_iam_role.function["ingest"].id
  policy      = data.aws_iam_policy_document.ingest.minified_json

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(local.size_errors.ingest) == 0
      error_message = join("\n", local.size_errors.ingest)
    }
  }
}
