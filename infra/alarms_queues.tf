# Alarms for each queue.
locals {
  queue_alarms = merge([for name in keys(var.queues) : {
    # Not NumberOfMessagesSent, which does not count messages that the redrive policy moves. SQS publishes this metric up
    # to 15 minutes late for a queue that nobody used for six hours, which is the rule for a dead-letter queue. The alarm
    # dead-lettered does not wait for that, but the worker does not see the messages that SQS itself moves.
    "${name}-dead-letters" = {
      description = "There are dead letters in the dead-letter queue of ${name}. See their reasons, fix the cause, then redrive them."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letter[name].name }
      statistic   = "Maximum"
      period      = 60
      threshold   = var.alarm_thresholds.dead_letters
    }
    # The metric ignores messages that were received three times or more. The alarm on hidden messages and the one on
    # the worker's errors cover these.
    "${name}-oldest-message" = {
      description = "The worker does not keep up with the queue ${name}, or does not receive from it."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.queue[name].name }
      statistic   = "Maximum"
      period      = 300
      threshold   = var.alarm_thresholds.oldest_message_age
    }
    "${name}-not-visible" = {
      description = "The queue ${name} has so many messages in flight (hidden between attempts) that SQS will soon deliver no more."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesNotVisible"
      dimensions  = { QueueName = aws_sqs_queue.queue[name].name }
      statistic   = "Maximum"
      period      = 300
      threshold   = var.alarm_thresholds.not_visible
    }
    "${name}-half-retention" = {
      description = "A message of the queue ${name} has reached half of the retention period (${local.queue_retention / local.day} days). Find out what holds it up."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.queue[name].name }
      statistic   = "Maximum"
      period      = 300
      threshold   = local.queue_retention / 2
    }
  }]...)

  # For each queue: `expression` is 1 if messages wait and none is received. `metrics` has the metrics that it reads. In a
  # FIFO queue, messages behind a hidden one of their group are visible but cannot be received. So there, no message may
  # be hidden either.
  stopped_queues = { for name, queue in local.queues : name => {
    metrics = merge(
      {
        visible  = { metric = "ApproximateNumberOfMessagesVisible", statistic = "Minimum" }
        received = { metric = "NumberOfMessagesReceived", statistic = "Sum" }
      },
      queue.fifo ? { hidden = { metric = "ApproximateNumberOfMessagesNotVisible", statistic = "Maximum" } } : {},
    )
    expression = "IF(visible > 0 AND FILL(received, 0) == 0${queue.fifo ? " AND FILL(hidden, 0) == 0" : ""}, 1, 0)"
  } }
}

resource "aws_cloudwatch_metric_alarm" "stopped" {
  for_each = { for name, queue in local.stopped_queues : name => queue if !contains(var.disabled_alarms, "${name}-stopped") }

  alarm_name          = "${var.name}-${each.key}-stopped"
  alarm_description   = "Messages wait in the queue ${each.key}, and none has been received for 15 minutes. See whether its event source mapping is enabled, and the worker Lambda's errors and throttles."
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = setunion([aws_sns_topic.alarms.arn], var.alarm_actions)
  ok_actions          = var.ok_actions
  tags                = local.tags

  metric_query {
    id          = "stopped"
    expression  = each.value.expression
    label       = "No message is received from the queue"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value.metric
        dimensions  = { QueueName = aws_sqs_queue.queue[each.key].name }
        stat        = metric_query.value.statistic
        period      = 300
      }
    }
  }
}
