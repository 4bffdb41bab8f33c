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

locals {
  function_alarms = merge([for name, function in aws_lambda_function.function : {
    for metric, threshold in { Errors = var.alarm_thresholds.lambda_errors, Throttles = var.alarm_thresholds.lambda_throttles } :
    "${name}-${lower(metric)}" => {
      description = "The ${name} Lambda has ${lower(metric)}. See its log group."
      namespace   = "AWS/Lambda"
      metric      = metric
      dimensions  = { FunctionName = function.function_name }
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

  # Alarms on the metrics that the functions write in CloudWatch's embedded metric format. There is none on Discarded
  # and Unrouted, because both may be intended.
  application_alarms = {
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

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = merge(local.queue_alarms, local.function_alarms, local.api_alarms, local.application_alarms)

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
  tags                = local.tags
}
