locals {
  # The queues with their defaults. SQS counts a receive for every message of a group that is received with the first
  # one, tried or not. The default of a FIFO queue is therefore the most receives that SQS allows.
  queues = { for name, queue in var.queues : name => merge(queue, {
    maximum_concurrency = coalesce(queue.maximum_concurrency, local.default_maximum_concurrency)
    max_receives        = coalesce(queue.max_receives, queue.fifo ? local.queue_ranges.max_receives[1] : 100)
  }) }

  # Names of all queues. A policy that is an attribute of its queue needs the queue's ARN before the queue exists, so
  # the ARN is composed from the name. Policies as separate resources would add half a minute to an apply.
  queue_names = merge([for name, queue in var.queues : {
    (name)                = "${var.name}-${name}${queue.fifo ? ".fifo" : ""}"
    "dead-letter/${name}" = "${var.name}-${name}-dead${queue.fifo ? ".fifo" : ""}"
  }]...)

  # ARNs of the queues by the same keys. They are composed, so that policies are known during a plan.
  queue_arns = { for key, name in local.queue_names : key => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${name}" }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queue_names

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.queue_arns[each.key]]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # SQS has no protection from deletion of its own. This holds for everyone, Terraform and the root user included, until
  # the policy is changed.
  dynamic "statement" {
    for_each = var.deletion_protection ? ["KeepQueue"] : []
    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["sqs:DeleteQueue"]
      resources = [local.queue_arns[each.key]]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_sqs_queue" "queue" {
  for_each = local.queues

  name                       = local.queue_names[each.key]
  message_retention_seconds  = local.queue_retention
  visibility_timeout_seconds = local.visibility_timeout
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  policy                     = data.aws_iam_policy_document.queue[each.key].json
  tags                       = local.tags

  # High-throughput mode: throughput limit and deduplication apply to each message group separately. Every message has
  # an explicit deduplication id, because a redrive sends the same body again.
  fifo_queue            = each.value.fifo
  deduplication_scope   = each.value.fifo ? "messageGroup" : null
  fifo_throughput_limit = each.value.fifo ? "perMessageGroupId" : null

  # A safety net for messages that the worker never finishes. It sends all other dead letters itself.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = each.value.max_receives
  })

  # Removed only after the alias has moved away from the version that uses it.
  lifecycle {
    create_before_destroy = true
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}

# The dead-letter queue of a FIFO queue must be a FIFO queue, too.
resource "aws_sqs_queue" "dead_letter" {
  for_each = local.queues

  name                      = local.queue_names["dead-letter/${each.key}"]
  message_retention_seconds = local.dead_letter_retention
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  policy                    = data.aws_iam_policy_document.queue["dead-letter/${each.key}"].json
  tags                      = local.tags

  fifo_queue            = each.value.fifo
  deduplication_scope   = each.value.fifo ? "messageGroup" : null
  fifo_throughput_limit = each.value.fifo ? "perMessageGroupId" : null

  # Removed only after the alias has moved away from the version that uses it.
  lifecycle {
    create_before_destroy = true
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}

# A separate resource, because each of the two queues would otherwise depend on the other.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  for_each = var.queues

  queue_url = aws_sqs_queue.dead_letter[each.key].url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.queue[each.key].arn]
  })
}
