# Each destination of an event is tried at times of its own, and where those differ, each try takes a
# receive. SQS must not make a dead letter of what the worker is still trying.
locals {
  # By source: how many destinations one of its events may have.
  most_destinations = { for name in keys(var.sources) : name => length(distinct(flatten([
    for route in var.routes : route.destinations if contains([name, "*"], route.source)
  ]))) }

  receive_mistakes = flatten([for name, source in var.sources : [for queue in try([var.queues[source.queue]], []) :
    "queues.${source.queue}: max_receives is ${queue.max_receives}, but must be at least ${queue.max_attempts * local.most_destinations[name]}: an event of sources.${name} may have ${local.most_destinations[name]} destinations, each is tried ${queue.max_attempts} times at times of its own, and SQS would make a dead letter of what the worker is still trying."
    if queue.max_receives < queue.max_attempts * local.most_destinations[name]
  ]])
}

locals {
  # A policy can be written before its queue exists only if the queue's ARN is put together here; as
  # resources of their own the policies would add half a minute to an apply.
  queue_names = merge([for name in keys(var.queues) : {
    (name)                = "${var.name}-${name}"
    "dead-letter/${name}" = "${var.name}-${name}-dead"
  }]...)
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queue_names

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account_id}:${each.value}"]
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
}

resource "aws_sqs_queue" "queue" {
  for_each = var.queues

  name                       = local.queue_names[each.key]
  message_retention_seconds  = local.queue_retention
  visibility_timeout_seconds = local.visibility_timeout
  sqs_managed_sse_enabled    = true
  policy                     = data.aws_iam_policy_document.queue[each.key].json

  # The backstop for what the worker never finishes; it sends all other dead letters itself.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = each.value.max_receives
  })
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = var.queues

  name                      = local.queue_names["dead-letter/${each.key}"]
  message_retention_seconds = local.dead_letter_retention
  sqs_managed_sse_enabled   = true
  policy                    = data.aws_iam_policy_document.queue["dead-letter/${each.key}"].json
}

# On its own, because the two queues would otherwise each need the other first.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  for_each = var.queues

  queue_url = aws_sqs_queue.dead_letter[each.key].url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.queue[each.key].arn]
  })
}
