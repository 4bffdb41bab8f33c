# Not encrypted with a key: CloudWatch may not publish to a topic under AWS's own, and an alarm says
# nothing but that it sounds.
resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
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
      description = "The ${name} Lambda has ${lower(metric)}: see its log group."
      namespace   = "AWS/Lambda"
      metric      = metric
      dimensions  = { FunctionName = function.function_name }
      statistic   = "Sum"
      period      = 300
      threshold   = threshold
    }
  }]...)

  # An HTTP API names these metrics in lower case, a REST API 4XXError and 5XXError.
  api_alarms = {
    for metric, threshold in { "4xx" = var.alarm_thresholds.api_4xx, "5xx" = var.alarm_thresholds.api_5xx } :
    "api-${metric}" => {
      description = "The API answers many requests with ${metric}: see its access log for the status and the sender."
      namespace   = "AWS/ApiGateway"
      metric      = metric
      dimensions  = { ApiId = aws_apigatewayv2_api.webhooks.id }
      statistic   = "Sum"
      period      = 300
      threshold   = threshold
    }
  }

  # Counted by the functions themselves, in CloudWatch's embedded metric format. That they counted an
  # event as discarded or unrouted is no alarm: both may be meant.
  own_alarms = {
    secret-missing = {
      description = "A source's webhooks are turned away with 503, because its secret has no usable value: the ingest log names it."
      namespace   = "Catchment"
      metric      = "SecretMissing"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
    filter-failed = {
      description = "A route's filter came to nothing on an event, which therefore may have gone nowhere: the worker log names both."
      namespace   = "Catchment"
      metric      = "FilterFailed"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = var.alarm_thresholds.filter_failures
    }
    circuit-open = {
      description = "A destination failed so often in a row that its circuit opened; its events wait: the worker log names it and says why."
      namespace   = "Catchment"
      metric      = "CircuitOpened"
      dimensions  = { stack = var.name }
      statistic   = "Sum"
      period      = 60
      threshold   = 0
    }
    overdue = {
      description = "An event is still owed after half of the time for which its queue keeps a message: the worker log names it and says what holds it up."
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
  for_each = merge(local.queue_alarms, local.function_alarms, local.api_alarms, local.own_alarms)

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
}
