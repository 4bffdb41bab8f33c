# The worker Lambda reads events, keeps the ledger, hides, deletes and sends messages, sends dead letters
# and delivers to the destinations.
data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "ReadEvents"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/events/*"]
  }

  # Without it S3 answers 403 for an object that is gone, and the worker could not tell that from a
  # permission that is missing: one is a dead letter, the other worth a retry.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.bucket.arn]
  }

  # It sends as well: the items of a list become messages of their own, and what SQS would forget soon
  # is sent anew.
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
      condition     = length(local.grant_mistakes) == 0
      error_message = join("\n", local.grant_mistakes)
    }
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.queues

  event_source_arn = aws_sqs_queue.queue[each.key].arn
  function_name    = aws_lambda_function.function["worker"].arn
  batch_size       = each.value.batch_size

  # Only the records that the worker names come back; the others are deleted.
  function_response_types = ["ReportBatchItemFailures"]

  # Rather than reserved concurrency, which makes Lambda throttle what it has already received, and
  # each such receive counts towards max_receives.
  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }
}
