# Permissions of the worker Lambda: it receives messages, reads events, stores the bodies that it delivers by reference,
# keeps the ledger, sends dead letters and delivers to the destinations.
data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "ReadEvents"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/events/*"]
  }

  # A presigned URL has the permissions of the role that signed it, so the worker must be able to read what it shares.
  statement {
    sid       = "ShareBodies"
    actions   = ["s3:PutObject", "s3:GetObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/bodies/*"]
  }

  # Without ListBucket, S3 answers 403 instead of 404 for a missing object. The worker dead-letters a missing event, but
  # retries after a missing permission.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.bucket.arn]
  }

  # SendMessage is needed for the items of a list, which become messages of their own, and for a message that is sent
  # again before it reaches max_receives.
  statement {
    sid       = "WorkOnQueues"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:SendMessage"]
    resources = [for name in keys(var.queues) : local.queue_arns[name]]
  }

  statement {
    sid       = "SendDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [for name in keys(var.queues) : local.queue_arns["dead-letter/${name}"]]
  }

  statement {
    sid       = "KeepLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = ["arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.name}-ledger"]
  }

  dynamic "statement" {
    for_each = local.secret_grants
    content {
      sid       = statement.key
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["UseVpc"]
    content {
      sid       = statement.value
      actions   = local.interface_actions
      resources = ["*"]
    }
  }

  # Only Lambda itself may use them, and not the code of the worker.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["LeaveVpcToLambda"]
    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = local.interface_actions
      resources = ["*"]
      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}-worker"]
      }
    }
  }
}

resource "aws_iam_role_policy" "worker" {
  name_prefix = "worker-${sha256(data.aws_iam_policy_document.worker.minified_json)}-"
  role        = aws_iam_role.function["worker"].id
  policy      = data.aws_iam_policy_document.worker.minified_json

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(concat(local.grant_errors, local.size_errors.worker)) == 0
      error_message = join("\n", concat(local.grant_errors, local.size_errors.worker))
    }
  }
}

# The permissions for destinations are managed policies, because their ARNs may exceed the size of a role's own policies.
data "aws_iam_policy_document" "deliveries" {
  count = length(local.delivery_policies)

  dynamic "statement" {
    for_each = local.delivery_policies[count.index]
    content {
      sid       = statement.key
      actions   = statement.value[0].actions
      resources = statement.value[*].resource
    }
  }
}

resource "aws_iam_policy" "deliveries" {
  count = length(local.delivery_policies)

  name_prefix = "${var.name}-${substr(sha256(data.aws_iam_policy_document.deliveries[count.index].minified_json), 0, 32)}-"
  path        = var.role_path
  description = "What the worker of the Catchment stack ${var.name} may deliver to."
  policy      = data.aws_iam_policy_document.deliveries[count.index].minified_json
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "deliveries" {
  count = length(local.delivery_policies)

  role       = aws_iam_role.function["worker"].name
  policy_arn = aws_iam_policy.deliveries[count.index].arn

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.queues

  event_source_arn = aws_sqs_queue.queue[each.key].arn
  function_name    = aws_lambda_alias.worker.arn
  tags             = local.tags
  batch_size       = each.value.batch_size

  # Partial batch responses: only the messages that the worker reports as failed are received again.
  function_response_types = ["ReportBatchItemFailures"]

  # Not reserved concurrency, with which Lambda would throttle messages that it has already received. Each such receive
  # counts towards max_receives.
  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }
}
