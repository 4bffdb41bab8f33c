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
    resources = values(aws_sqs_queue.queue)[*].arn
  }

  statement {
    sid       = "SendDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = values(aws_sqs_queue.dead_letter)[*].arn
  }

  statement {
    sid       = "KeepLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.ledger.arn]
  }

  dynamic "statement" {
    for_each = local.delivery_grants
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_role_policy" "worker" {
  name   = "worker"
  role   = aws_iam_role.function["worker"].id
  policy = data.aws_iam_policy_document.worker.json

  lifecycle {
    precondition {
      condition     = length(local.grant_errors) == 0
      error_message = join("\n", local.grant_errors)
    }
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.queues

  event_source_arn = aws_sqs_queue.queue[each.key].arn
  function_name    = aws_lambda_function.function["worker"].arn
  batch_size       = each.value.batch_size

  # Partial batch responses: only the messages that the worker reports as failed are received again.
  function_response_types = ["ReportBatchItemFailures"]

  # Not reserved concurrency, with which Lambda would throttle messages that it has already received. Each such receive
  # counts towards max_receives.
  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }
}
