# Which alarms there are, whom they notify, and which settings are refused. The attributes of the usual alarms are in
# stack.tftest.hcl. No run calls AWS.

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = aws_sns_topic.alarms
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:alarms" }
}

variables {
  name       = "test"
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"

  sources = { shop = { provider = "stripe" }, code = { provider = "github" } }
  destinations = {
    crm = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:crm" } }
  }
}

run "watches_for_events_that_match_no_route_where_a_route_is_missing" {
  command = plan
  variables {
    routes = [
      { source = "shop", filter = "type == 'a'", destinations = ["crm"] },
      { source = "code", otherwise = true, destinations = [] },
    ]
    alarm_thresholds = { unrouted = 5, worker_duration = 50, resends = 20, dead_lettered = 3, ledger_throttles = 0 }
    alarm_actions    = ["arn:aws:sns:eu-west-1:123456789012:pager"]
    ok_actions       = ["arn:aws:sns:eu-west-1:123456789012:well"]
    disabled_alarms  = ["api-4xx", "default-stopped", "default-oldest-message"]
  }

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.alarm["unrouted"]] :
      [alarm.alarm_name, alarm.namespace, alarm.metric_name, jsonencode(alarm.dimensions), alarm.statistic, alarm.period, alarm.threshold]
    ] == [["test-unrouted", "Catchment", "Unrouted", jsonencode({ stack = "test" }), "Sum", 60, 5]]
    error_message = "The alarm on unrouted events has other attributes."
  }

  assert {
    condition = { for name in ["dead-lettered", "resent", "worker-duration", "ledger-read-throttles", "ledger-write-throttles"] : name => aws_cloudwatch_metric_alarm.alarm[name].threshold } == {
      dead-lettered = 3, resent = 20, worker-duration = 30000, ledger-read-throttles = 0, ledger-write-throttles = 0
    }
    error_message = "An alarm has another threshold than the configured one."
  }

  assert {
    condition     = length(setintersection(keys(aws_cloudwatch_metric_alarm.alarm), var.disabled_alarms)) == 0 && length(aws_cloudwatch_metric_alarm.stopped) == 0
    error_message = "An alarm exists that is disabled."
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.alarm), "api-5xx") && contains(keys(aws_cloudwatch_metric_alarm.alarm), "default-half-retention")
    error_message = "An alarm is missing that is not disabled."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.alarm : alarm.ok_actions == toset(["arn:aws:sns:eu-west-1:123456789012:well"])])
    error_message = "An alarm does not say when all is well."
  }

  # Each alarm can be disabled.
  assert {
    condition     = toset(concat(keys(local.metric_alarms), [for queue in keys(local.stopped_queues) : "${queue}-stopped"])) == toset(local.alarm_names)
    error_message = "The alarms are: ${join(", ", keys(local.metric_alarms))}."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.alarm : length(alarm.alarm_description) > 40 && length(alarm.alarm_description) <= 1024])
    error_message = "An alarm has no description, or one that CloudWatch refuses."
  }
}

# A route for all sources, a route with `otherwise`, and one without a filter each take what the others leave.
run "has_no_alarm_on_unrouted_events_where_each_event_matches_a_route" {
  command = plan
  variables {
    routes = [
      { source = "shop", filter = "type == 'a'", destinations = ["crm"] },
      { source = "code", destinations = ["crm"] },
      { source = "*", otherwise = true, destinations = ["crm"] },
    ]
    destinations = {
      crm = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:crm" }, rate = 15 }
    }
    queues = { default = { maximum_concurrency = 5 } }
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.alarm), "unrouted")
    error_message = "There is an alarm on unrouted events, which there cannot be."
  }

  # A worker that waits for a slot takes all of its time.
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarm["worker-duration"].threshold == 59750
    error_message = "The threshold of the worker's duration is ${aws_cloudwatch_metric_alarm.alarm["worker-duration"].threshold}."
  }
}

# Routes of another source, or with a filter for all, leave gaps; a source without routes does, too.
run "watches_for_unrouted_events_unless_it_is_disabled" {
  command = plan
  variables {
    routes          = [{ source = "shop", destinations = ["crm"] }, { source = "*", filter = "type == 'a'", destinations = ["crm"] }]
    disabled_alarms = ["unrouted"]
  }

  assert {
    condition     = local.sources_with_gaps == ["code"] && !contains(keys(aws_cloudwatch_metric_alarm.alarm), "unrouted")
    error_message = "The sources with gaps are: ${join(", ", local.sources_with_gaps)}."
  }
}

run "refuses_alarms_and_actions_that_there_are_not" {
  command = plan
  variables {
    disabled_alarms  = ["test-unrouted"]
    ok_actions       = ["not-an-arn"]
    alarm_actions    = ["arn:aws:sns:eu-west-1:123456789012:a", "arn:aws:sns:eu-west-1:123456789012:b", "arn:aws:sns:eu-west-1:123456789012:c", "arn:aws:sns:eu-west-1:123456789012:d", "arn:aws:sns:eu-west-1:123456789012:e"]
    alarm_thresholds = { worker_duration = 100 }
  }
  expect_failures = [var.disabled_alarms, var.ok_actions, var.alarm_actions, var.alarm_thresholds]
}

run "refuses_more_actions_than_cloudwatch_accepts" {
  command = plan
  variables {
    ok_actions       = ["arn:aws:sns:eu-west-1:123456789012:a", "arn:aws:sns:eu-west-1:123456789012:b", "arn:aws:sns:eu-west-1:123456789012:c", "arn:aws:sns:eu-west-1:123456789012:d", "arn:aws:sns:eu-west-1:123456789012:e", "arn:aws:sns:eu-west-1:123456789012:f"]
    alarm_thresholds = { resends = -1 }
  }
  expect_failures = [var.ok_actions, var.alarm_thresholds]
}
