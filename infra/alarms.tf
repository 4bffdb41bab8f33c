# Without a key of one's own, the topic is not encrypted: CloudWatch alarms cannot publish to a topic that uses the AWS
# managed key, and an alarm message contains no payload.
resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
  tags              = local.tags
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

# All alarms, whether they are created or not, by their names without the stack's. var.disabled_alarms is checked against
# them; they depend on no other setting, so that a mistake in one does not hide a mistake there.
locals {
  alarms_of_the_stack = [
    "api-4xx", "api-5xx", "circuit-open", "dead-lettered", "filter-failed", "gone", "ingest-errors", "ingest-throttles",
    "ledger-read-throttles", "ledger-write-throttles", "overdue", "resent", "secret-missing", "unrouted", "worker-duration",
    "worker-errors", "worker-throttles",
  ]
  alarms_of_a_queue = ["dead-letters", "half-retention", "not-visible", "oldest-message", "stopped"]

  alarm_names = concat(local.alarms_of_the_stack, flatten([for queue in keys(var.queues) : [for name in local.alarms_of_a_queue : "${queue}-${name}"]]))
}

locals {
  function_alarms = merge([for name in keys(local.functions) : {
    for metric, threshold in { Errors = var.alarm_thresholds.lambda_errors, Throttles = var.alarm_thresholds.lambda_throttles } :
    "${name}-${lower(metric)}" => {
      description = "The ${name} Lambda has ${lower(metric)}. See its log group."
      namespace   = "AWS/Lambda"
      metric      = metric
      dimensions  = { FunctionName = aws_lambda_function.function[name].function_name }
      statistic   = "Sum"
      period      = 300
      threshold   = threshold
    }
  }]...)

  # The metrics of an HTTP API are named 4xx and 5xx; those of a REST API, 4XXError and 5XXError.
  api_alarms = {
    for metric, threshold in { "4xx" = var.alarm_thresholds.api_4xx, "5xx" = var.alarm_thresholds.api_5xx } :
    "api-${metric}" => {
      description = "The API answers many requests with ${metric}. See its access log for the status and the sender."
      namespace   = "AWS/ApiGateway"
      metric      = metric
      dimensions  = { ApiId = aws_apigatewayv2_api.webhooks.id }
      statistic   = "Sum"
      period      = 300
      threshold   = threshold
    }
  }

  # Alarms on the metrics that the functions write in CloudWatch's embedded metric format. Each has the dimension `stack`
  # alone. There is none on Discarded, because a route without destinations is intended.
  application_alarms = {
    dead-lettered = {
      description = "The worker sent a dead letter: an event could not be delivered to a destination. The worker log has its reason. Fix the cause, then redrive it."
      namespace   = "Catchment"
      metric      = "DeadLettered"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = var.alarm_thresholds.dead_lettered
    }
    unrouted = {
      description = "No route matched an event, so it went nowhere. It is stored. The worker log names its source and type. Add a route for it, or one with `otherwise` and no destinations if it is not wanted."
      namespace   = "Catchment"
      metric      = "Unrouted"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = var.alarm_thresholds.unrouted
    }
    # Lambda's own metric RecursiveInvocationsDropped has no data while the worker may invoke itself; see live.tf.
    resent = {
      description = "The worker sent the same message to its own queue again and again, more often than any wait needs: an endless loop, which costs money. The worker log has the event."
      namespace   = "Catchment"
      metric      = "Resent"
      dimensions  = { stack = var.name }
      statistic   = "Maximum"
      period      = 300
      threshold   = var.alarm_thresholds.resends
    }
    secret-missing = {
      description = "The webhooks of a source are answered 503, because its secret has no usable value. The ingest log names the source."
      namespace   = "Catchment"
      metric      = "SecretMissing"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
    filter-failed = {
      description = "The filter of a route failed on an event, which the route therefore did not match. The worker log names both."
      namespace   = "Catchment"
      metric      = "FilterFailed"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = var.alarm_thresholds.filter_failures
    }
    circuit-open = {
      description = "The circuit breaker of a destination opened after consecutive failures. Events for it wait. The worker log has the destination and the reason."
      namespace   = "Catchment"
      metric      = "CircuitOpened"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
    gone = {
      description = "A destination answered 410: its receiver says that it is gone for good. The worker log names the destination. Its events are dead letters."
      namespace   = "Catchment"
      metric      = "Gone"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
    overdue = {
      description = "An event is still undelivered after half of the retention period of its queue. The worker log has the event and the reason."
      namespace   = "Catchment"
      metric      = "Overdue"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
  }
}

# Alarms on AWS's metrics of the worker's time and of the ledger.
locals {
  # In seconds. The worker stops by itself before its timeout. It starts no event later than its longest delivery and 8
  # seconds before that, which S3 and DynamoDB never need in full. Where half of them are used up, something is slow, and
  # the next events are cut off. A worker that waits for the slots of a rate limit uses all of its time by design, but ends
  # half a second before its timeout. If it does not, it could not stop itself.
  has_rates       = anytrue([for destination in var.destinations : destination.rate != null])
  worker_duration = var.alarm_thresholds.worker_duration != null ? var.worker_timeout * var.alarm_thresholds.worker_duration / 100 : var.worker_timeout - (local.has_rates ? 0.25 : 4)

  duration_alarms = {
    worker-duration = {
      description = "An invocation of the worker took almost all of its time. What it does not finish is cut off, and is tried again after ${local.visibility_timeout} seconds. See which deliveries or calls to AWS are slow."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = aws_lambda_function.function["worker"].function_name }
      statistic   = "Maximum"
      period      = 300
      threshold   = local.worker_duration * 1000 # In milliseconds.
    }
  }

  # DynamoDB throttles on-demand tables too: above twice the earlier peak, or above the limit of a partition or of the
  # account. Unlike ThrottledRequests, these metrics need no dimension for the operation.
  ledger_alarms = {
    for operation in ["Read", "Write"] : "ledger-${lower(operation)}-throttles" => {
      description = "DynamoDB throttles ${lower(operation)}s of the ledger. Events are tried again, and arrive late. See the traffic of the table and the quotas of the account."
      namespace   = "AWS/DynamoDB"
      metric      = "${operation}ThrottleEvents"
      dimensions  = { TableName = aws_dynamodb_table.ledger.name }
      statistic   = "Sum"
      period      = 300
      threshold   = var.alarm_thresholds.ledger_throttles
    }
  }
}

locals {
  metric_alarms = merge(local.queue_alarms, local.function_alarms, local.duration_alarms, local.ledger_alarms, local.api_alarms, local.application_alarms)

  # Sources of which an event may match no route: each route for it has a filter, or there is none. A route with
  # `otherwise` has no filter.
  sources_with_gaps = [for name in keys(var.sources) : name
    if !anytrue([for route in var.routes : contains([name, "*"], route.source) && route.filter == null])
  ]
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = { for name, alarm in local.metric_alarms : name => alarm
    if !contains(var.disabled_alarms, name) && (name != "unrouted" || length(local.sources_with_gaps) > 0)
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = setunion([aws_sns_topic.alarms.arn], var.alarm_actions)
  ok_actions          = var.ok_actions
  tags                = local.tags
}
