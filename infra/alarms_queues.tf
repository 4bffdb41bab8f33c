# What there is to watch of each queue.
locals {
  queue_alarms = merge([for name, queue in aws_sqs_queue.queue : {
    # Not NumberOfMessagesSent, which leaves out what the redrive policy moves.
    "${name}-dead-letters" = {
      description = "Events that could not be delivered wait in the dead-letter queue of ${name}: see why, then redrive them."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letter[name].name }
      statistic   = "Maximum"
      period      = 60
      threshold   = var.alarm_thresholds.dead_letters
    }
    # It leaves out messages received three times or more, hence also the next one and the alarm on
    # the worker's errors.
    "${name}-oldest-message" = {
      description = "The queue ${name} is not keeping up, or nothing takes from it."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = queue.name }
      statistic   = "Maximum"
      period      = 300
      threshold   = var.alarm_thresholds.oldest_message_age
    }
    "${name}-not-visible" = {
      description = "So many messages of the queue ${name} are hidden, between attempts, that SQS will soon hand out no more."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesNotVisible"
      dimensions  = { QueueName = queue.name }
      statistic   = "Maximum"
      period      = 300
      threshold   = var.alarm_thresholds.not_visible
    }
    "${name}-half-retention" = {
      description = "A message of the queue ${name} is half as old as SQS lets it become (${local.queue_retention / local.day} days): find out what holds it up."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = queue.name }
      statistic   = "Maximum"
      period      = 300
      threshold   = local.queue_retention / 2
    }
  }]...)

  # What tells that nothing takes from a queue, as metrics by the names that they have in the expression.
  # Behind a record of a FIFO queue that waits, those of its group are visible and cannot be taken: there
  # none may be hidden either.
  stopped = { for name, queue in local.queues : name => {
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
  for_each = local.stopped

  alarm_name          = "${var.name}-${each.key}-stopped"
  alarm_description   = "Messages wait in the queue ${each.key}, and for 15 minutes nothing has taken one: see whether its event source mapping is enabled, and the worker Lambda's errors and throttles."
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = setunion([aws_sns_topic.alarms.arn], var.alarm_actions)

  metric_query {
    id          = "stopped"
    expression  = each.value.expression
    label       = "Nothing takes from the queue"
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
