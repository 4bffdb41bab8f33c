# The plan of valid configurations. The runs only plan, with the real provider and without AWS. Terraform cannot mock a
# provider if the module has an ephemeral resource, such as the password of the signing secrets. That password is
# requested from AWS during the plan, so there are no HTTP destinations here. The deployment test in the repository's
# tests/, which applies this module to an emulator, has them.

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

# Values that AWS would return, for the attributes that the assertions read.
override_resource {
  target          = terraform_data.fingerprint_key
  override_during = plan
  values          = { output = "3d1f6c1e-7f0b-4a52-9c64-5b8f0a2e4d11" }
}

override_resource {
  target          = aws_sqs_queue.queue
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:queue"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/queue"
  }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead"
  }
}

override_resource {
  target          = aws_secretsmanager_secret.source
  override_during = plan
  values = {
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:source"
  }
}

override_resource {
  target          = aws_s3_object.config
  override_during = plan
  values          = { version_id = "config-version" }
}

override_resource {
  target          = aws_lambda_alias.ingest
  override_during = plan
  values = {
    arn        = "arn:aws:lambda:eu-west-1:123456789012:function:test-ingest:live"
    invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:test-ingest:live/invocations"
  }
}

override_resource {
  target          = aws_lambda_alias.worker
  override_during = plan
  values = {
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-worker:live"
  }
}

override_resource {
  target          = aws_s3_bucket.bucket
  override_during = plan
  values = {
    arn    = "arn:aws:s3:::test-bucket"
    bucket = "test-bucket"
    id     = "test-bucket"
  }
}

override_resource {
  target          = aws_dynamodb_table.ledger
  override_during = plan
  values = {
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/test-ledger"
  }
}

override_resource {
  target          = aws_cloudwatch_log_group.log
  override_during = plan
  values = {
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:log"
  }
}

override_resource {
  target          = aws_sns_topic.alarms
  override_during = plan
  values = {
    arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
  }
}

override_resource {
  target          = aws_apigatewayv2_stage.default
  override_during = plan
  values = {
    invoke_url = "https://api.execute-api.eu-west-1.amazonaws.com/"
  }
}

variables {
  name       = "test"
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"

  sources = {
    docusign = { provider = "docusign", queue = "critical" }
    billing  = { provider = "stripe", rotation_overlap = 3600 }
    in_house = { provider = "hmac", scheme = { header = "x-signature" }, id = ["body.id"], type = ["body.type"] }
  }
  queues = {
    default  = {}
    critical = { max_attempts = 3, max_receives = 9, maximum_concurrency = 20, batch_size = 1, fifo = false }
  }
  routes = [
    { source = "docusign", destinations = [] },
    { source = "*", destinations = [], otherwise = false },
  ]

  account_concurrency  = 1000
  environment          = { AWS_ENDPOINT_URL = "http://127.0.0.1:4566" }
  event_retention_days = 90
  event_transition     = { days = 30, storage_class = "GLACIER_IR" }
  alarm_emails         = ["oncall@example.com"]
  tags                 = { team = "shop" }
}

run "plans_a_complete_stack" {
  command = plan

  # The configuration object must have exactly the attributes that shared/src/config parses: a missing or unknown one
  # stops the functions at start-up.
  assert {
    condition = keys(jsondecode(aws_s3_object.config.content)) == [
      "body_limit", "destinations", "fingerprint_key", "ledger_table", "name", "object_lock", "queues", "reply_within", "routes", "sources"
    ]
    error_message = "The configuration has unexpected attributes: ${join(", ", keys(jsondecode(aws_s3_object.config.content)))}."
  }

  assert {
    condition = jsondecode(aws_s3_object.config.content).sources.billing == {
      provider         = "stripe"
      queue            = "default"
      queue_by_type    = {}
      secret_arn       = aws_secretsmanager_secret.source["billing"].arn
      rotation_overlap = 3600
      dedupe_window    = 600
      scheme           = null
      id               = null
      type             = null
      params           = {}
      public_url       = null
      schemes          = null
      tolerance        = null
      algorithm        = null
      header           = null
      replay           = null
      allow_cidrs      = null
      enroll           = false
      methods          = null
      reply            = null
      handshakes       = null
      split            = false
      list             = null

      client_certificate = null
    }
    error_message = "A source is written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources.billing)}."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).sources.in_house.scheme) == jsonencode({
      header    = "x-signature", query = null, path = null, body = null, separator = null, entry = null, prefix = null
      algorithm = "hmac-sha256", encoding = "hex", content = "{body}", body_unsigned = false, fields = {}, timestamp = null
      secret    = { encoding = "utf8", strip_prefix = null, unprefixed = null }
    })
    error_message = "A scheme is written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources.in_house.scheme)}."
  }

  assert {
    condition = jsondecode(aws_s3_object.config.content).queues.default == {
      url                 = aws_sqs_queue.queue["default"].url
      arn                 = aws_sqs_queue.queue["default"].arn
      dead_letter_url     = aws_sqs_queue.dead_letter["default"].url
      max_attempts        = 10
      backoff             = { base = 2, factor = 3, cap = 900 }
      max_receives        = 100
      retention           = 604800
      maximum_concurrency = 10
      ordering_key        = null
    }
    error_message = "A queue is written as ${jsonencode(jsondecode(aws_s3_object.config.content).queues.default)}."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).routes) == jsonencode([
      { source = "docusign", filter = null, otherwise = false, destinations = [] },
      { source = "*", filter = null, otherwise = false, destinations = [] },
    ])
    error_message = "Routes are written as ${jsonencode(jsondecode(aws_s3_object.config.content).routes)}."
  }

  # One object, of which each version of a function reads the version that it was published with.
  assert {
    condition     = aws_s3_object.config.key == "config/catchment.json"
    error_message = "The key of the configuration is ${aws_s3_object.config.key}."
  }

  assert {
    condition = alltrue([for function in aws_lambda_function.function : function.environment[0].variables == tomap({
      CATCHMENT_BUCKET         = aws_s3_bucket.bucket.bucket
      CATCHMENT_CONFIG_KEY     = aws_s3_object.config.key
      CATCHMENT_CONFIG_VERSION = "config-version"
      AWS_ENDPOINT_URL         = "http://127.0.0.1:4566"
    })])
    error_message = "The environment of a function is wrong."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.queue : queue.visibility_timeout_seconds >= 6 * aws_lambda_function.function["worker"].timeout])
    error_message = "The visibility timeout of a queue is less than six times the worker's timeout."
  }

  assert {
    condition     = alltrue([for name, queue in aws_sqs_queue.queue : aws_sqs_queue.dead_letter[name].message_retention_seconds > queue.message_retention_seconds])
    error_message = "The retention of a dead-letter queue is not longer than that of its queue."
  }

  assert {
    condition = jsondecode(aws_sqs_queue.queue["critical"].redrive_policy) == {
      deadLetterTargetArn = aws_sqs_queue.dead_letter["critical"].arn
      maxReceiveCount     = 9
    }
    error_message = "The redrive policy of the queue critical is ${aws_sqs_queue.queue["critical"].redrive_policy}."
  }

  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.queue : contains(mapping.function_response_types, "ReportBatchItemFailures")])
    error_message = "An event source mapping does not report partial batch failures."
  }

  assert {
    condition     = alltrue([for queue in concat(values(aws_sqs_queue.queue), values(aws_sqs_queue.dead_letter)) : !queue.fifo_queue && !endswith(queue.name, ".fifo")])
    error_message = "A queue without fifo = true is a FIFO queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.queue["critical"].scaling_config[0].maximum_concurrency == 20 && aws_lambda_event_source_mapping.queue["critical"].batch_size == 1
    error_message = "The event source mapping of the queue critical does not have its settings."
  }

  # Terraform never sets the secret of a source.
  assert {
    condition     = length(aws_secretsmanager_secret.source) == 3 && length(aws_secretsmanager_secret_version.destination) == 0
    error_message = "Terraform sets the secret of a source."
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.alarm)) == toset([
      "api-4xx", "api-5xx",
      "critical-dead-letters", "critical-half-retention", "critical-not-visible", "critical-oldest-message",
      "default-dead-letters", "default-half-retention", "default-not-visible", "default-oldest-message",
      "ingest-errors", "ingest-throttles", "worker-errors", "worker-throttles",
      "circuit-open", "dead-lettered", "filter-failed", "gone", "overdue", "resent", "secret-missing",
      "ledger-read-throttles", "ledger-write-throttles", "worker-duration",
    ]) && keys(aws_cloudwatch_metric_alarm.stopped) == ["critical", "default"]
    error_message = "The alarms are: ${join(", ", keys(aws_cloudwatch_metric_alarm.alarm))}."
  }

  assert {
    condition = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.alarm), values(aws_cloudwatch_metric_alarm.stopped)) :
      alarm.alarm_actions == toset([aws_sns_topic.alarms.arn]) && length(coalesce(alarm.ok_actions, [])) == 0
    ])
    error_message = "An alarm does not notify the topic, or notifies it that all is well."
  }

  # The worker counts under these metric names; one occurrence in a minute is enough.
  assert {
    condition = { for name in ["circuit-open", "dead-lettered", "gone", "overdue", "resent"] : name => [for alarm in [aws_cloudwatch_metric_alarm.alarm[name]] :
      [alarm.alarm_name, alarm.namespace, alarm.metric_name, alarm.dimensions.stack, alarm.statistic, alarm.period, alarm.threshold]
      ] } == {
      circuit-open  = [["test-circuit-open", "Catchment", "CircuitOpened", "test", "Sum", 60, 0]]
      dead-lettered = [["test-dead-lettered", "Catchment", "DeadLettered", "test", "Sum", 60, 0]]
      gone          = [["test-gone", "Catchment", "Gone", "test", "Sum", 60, 0]]
      overdue       = [["test-overdue", "Catchment", "Overdue", "test", "Sum", 60, 0]]
      resent        = [["test-resent", "Catchment", "Resent", "test", "Maximum", 300, 100]]
    }
    error_message = "An alarm on a metric of the worker has other attributes."
  }

  # Durations are in milliseconds.
  assert {
    condition = { for name in ["ledger-read-throttles", "ledger-write-throttles", "worker-duration"] : name => [for alarm in [aws_cloudwatch_metric_alarm.alarm[name]] :
      [alarm.namespace, alarm.metric_name, jsonencode(alarm.dimensions), alarm.statistic, alarm.period, alarm.threshold]
      ] } == {
      ledger-read-throttles  = [["AWS/DynamoDB", "ReadThrottleEvents", jsonencode({ TableName = "test-ledger" }), "Sum", 300, 10]]
      ledger-write-throttles = [["AWS/DynamoDB", "WriteThrottleEvents", jsonencode({ TableName = "test-ledger" }), "Sum", 300, 10]]
      worker-duration        = [["AWS/Lambda", "Duration", jsonencode({ FunctionName = "test-worker" }), "Maximum", 300, 56000]]
    }
    error_message = "An alarm on a metric of AWS has other attributes."
  }

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.alarm["critical-half-retention"]] :
      [alarm.alarm_name, alarm.metric_name, alarm.dimensions.QueueName, alarm.statistic, alarm.threshold]
    ] == [["test-critical-half-retention", "ApproximateAgeOfOldestMessage", "test-critical", "Maximum", aws_sqs_queue.queue["critical"].message_retention_seconds / 2]]
    error_message = "The alarm on half of the retention has other attributes."
  }

  # Three periods of five minutes.
  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.stopped["critical"]] :
      [alarm.alarm_name, alarm.evaluation_periods, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data]
    ] == [["test-critical-stopped", 3, "GreaterThanThreshold", 0, "notBreaching"]]
    error_message = "The alarm on a stopped queue has other attributes."
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.stopped["critical"].metric_query : query.id => try(query.metric[0].dimensions.QueueName == "test-critical" && query.metric[0].period == 300, false) ?
      "${query.metric[0].stat} of ${query.metric[0].metric_name}" : "${query.expression}: ${query.return_data}"
      } == {
      stopped  = "IF(visible > 0 AND FILL(received, 0) == 0, 1, 0): true"
      visible  = "Minimum of ApproximateNumberOfMessagesVisible"
      received = "Sum of NumberOfMessagesReceived"
    }
    error_message = "The metric queries of the alarm on a stopped queue are ${jsonencode(aws_cloudwatch_metric_alarm.stopped["critical"].metric_query)}."
  }

  assert {
    condition     = keys(output.webhook_urls) == ["billing", "docusign", "in_house"] && endswith(output.webhook_urls.billing, "/billing")
    error_message = "The webhook URLs are ${jsonencode(output.webhook_urls)}."
  }

  assert {
    condition     = keys(output.queue_urls) == ["critical", "default"] && keys(output.dead_letter_queue_urls) == ["critical", "default"]
    error_message = "The URLs of the queues are not keyed by their names."
  }

  # A body that was delivered by reference is kept as long as its event.
  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.bucket.rule : one(rule.filter).prefix => [one(rule.transition).storage_class, one(rule.expiration).days, one(rule.noncurrent_version_expiration).noncurrent_days] if contains(["events", "bodies"], rule.id) } == {
      "events/" = ["GLACIER_IR", 90, var.event_recovery_days]
      "bodies/" = ["GLACIER_IR", 90, var.event_recovery_days]
    }
    error_message = "The lifecycle rules are ${jsonencode(aws_s3_bucket_lifecycle_configuration.bucket.rule)}."
  }

  # No statement grants all actions or all resources. The assertions read the statements, because the JSON of the policy
  # documents is unknown during the plan.
  assert {
    condition = alltrue(flatten([
      for document in concat([data.aws_iam_policy_document.ingest, data.aws_iam_policy_document.worker], values(data.aws_iam_policy_document.common)) : [
        for statement in document.statement : [for pattern in setunion(statement.actions, statement.resources) : pattern != "*" && !endswith(pattern, ":*") || startswith(pattern, "arn:aws:logs:")]
      ]
    ]))
    error_message = "A statement has a wildcard action or resource."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.ingest.statement : join(", ", statement.actions) => join(", ", statement.resources) } == {
      "s3:PutObject"                            = "arn:aws:s3:::test-bucket/events/*"
      "sqs:GetQueueAttributes, sqs:SendMessage" = "arn:aws:sqs:eu-west-1:123456789012:test-critical, arn:aws:sqs:eu-west-1:123456789012:test-default"
      "secretsmanager:GetSecretValue"           = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/source/*"
    }
    error_message = "The permissions of the ingest Lambda are: ${jsonencode(data.aws_iam_policy_document.ingest.statement)}."
  }

  # The API and the queues use the alias, which the API is permitted to invoke.
  assert {
    condition = (
      alltrue([for function in aws_lambda_function.function : function.publish]) &&
      endswith(aws_apigatewayv2_integration.ingest.integration_uri, ":function:test-ingest:live/invocations") &&
      aws_lambda_permission.api.qualifier == "live" &&
      alltrue([for mapping in aws_lambda_event_source_mapping.queue : endswith(mapping.function_name, ":function:test-worker:live")])
    )
    error_message = "The API, its permission or a queue does not use the alias."
  }

  # Both functions are asked before an alias moves.
  assert {
    condition     = { for name, health in aws_lambda_invocation.health : name => health.input } == { ingest = "{\"catchment\":\"health\"}", worker = "{\"catchment\":\"health\"}" }
    error_message = "The health events are ${jsonencode(aws_lambda_invocation.health)}."
  }

  assert {
    condition     = aws_lambda_function_recursion_config.worker.function_name == "test-worker" && aws_lambda_function_recursion_config.worker.recursive_loop == "Allow"
    error_message = "Lambda would take messages that the worker sends again for an endless loop."
  }

  # A failed upgrade may leave the alias at an old version for months.
  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.bucket.rule : [one(rule.filter).prefix, one(rule.noncurrent_version_expiration).noncurrent_days, one(rule.noncurrent_version_expiration).newer_noncurrent_versions, length(rule.expiration)] if rule.id == "config"] == [["config/", 90, 20, 0]]
    error_message = "The lifecycle of the configuration is ${jsonencode(aws_s3_bucket_lifecycle_configuration.bucket.rule)}."
  }

  # Without a provider block there are no default tags.
  assert {
    condition = alltrue([for tags in concat(
      [aws_apigatewayv2_api.webhooks.tags, aws_apigatewayv2_stage.default.tags, aws_s3_bucket.bucket.tags, aws_dynamodb_table.ledger.tags, aws_sns_topic.alarms.tags],
      values(aws_cloudwatch_log_group.log)[*].tags, values(aws_lambda_function.function)[*].tags, values(aws_iam_role.function)[*].tags,
      values(aws_sqs_queue.queue)[*].tags, values(aws_sqs_queue.dead_letter)[*].tags, values(aws_secretsmanager_secret.source)[*].tags,
      values(aws_lambda_event_source_mapping.queue)[*].tags, values(aws_cloudwatch_metric_alarm.alarm)[*].tags, values(aws_cloudwatch_metric_alarm.stopped)[*].tags,
    ) : tags == tomap({ application = "catchment", stack = "test", team = "shop" })])
    error_message = "A resource lacks the tags."
  }

  # Without destinations the worker has no permissions for deliveries.
  assert {
    condition     = length(local.delivery_grants) == 0
    error_message = "The worker has permissions for deliveries: ${jsonencode(local.delivery_grants)}."
  }

  assert {
    condition = alltrue([for name, policy in data.aws_iam_policy_document.queue :
      jsondecode(policy.json).Statement[0].Effect == "Deny" && jsondecode(policy.json).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    ])
    error_message = "A queue accepts requests without TLS."
  }

  # If no source reads a value from the path, the API accepts only a source's name as the path, and its log has the
  # path.
  assert {
    condition     = length(aws_apigatewayv2_route.webhook_with_token) == 0 && jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format).path == "$context.path"
    error_message = "The API has a route with a token, or its log lacks the path."
  }

  # Each webhook pays for every field. Lambda's own lines for each invocation would cost more than the event's line.
  assert {
    condition = (
      length(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format)) == 6 &&
      alltrue([for function in aws_lambda_function.function : function.logging_config[0].system_log_level == "WARN"])
    )
    error_message = "The logs say more than they must: ${aws_apigatewayv2_stage.default.access_log_settings[0].format}."
  }

  # The sender chooses how long the user agent is, and API Gateway cannot cut it.
  assert {
    condition     = !strcontains(aws_apigatewayv2_stage.default.access_log_settings[0].format, "userAgent")
    error_message = "The API's log has the user agent."
  }

  assert {
    condition     = aws_apigatewayv2_integration.ingest.payload_format_version == "2.0"
    error_message = "The payload format is ${aws_apigatewayv2_integration.ingest.payload_format_version}."
  }

  assert {
    condition     = length([for alarm in aws_cloudwatch_metric_alarm.alarm : alarm if alarm.treat_missing_data != "notBreaching"]) == 0
    error_message = "An alarm fires without data."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.alarm["critical-dead-letters"].dimensions.QueueName == "test-critical-dead" && aws_cloudwatch_metric_alarm.alarm["critical-not-visible"].dimensions.QueueName == "test-critical"
    error_message = "An alarm watches another queue."
  }
}

run "applies_the_architecture_and_the_timeouts" {
  command = plan

  variables {
    architecture   = "x86_64"
    reply_within   = 20
    worker_timeout = 100
  }

  assert {
    condition     = alltrue([for function in aws_lambda_function.function : function.architectures == tolist(["x86_64"]) && function.runtime == "provided.al2023"])
    error_message = "A function does not have the configured architecture."
  }

  assert {
    condition     = aws_lambda_function.function["ingest"].timeout == 30 && aws_lambda_function.function["worker"].timeout == 100 && aws_sqs_queue.queue["default"].visibility_timeout_seconds == 600
    error_message = "The timeouts do not follow the variables."
  }
}

run "writes_all_attributes_of_a_source" {
  command = plan

  variables {
    sources = {
      pay = { provider = "paypal", params = { webhook_id = "4JH8" }, public_url = "http://hooks.example.com:8080/pay", allow_cidrs = ["203.0.113.0/24", "203.0.113.7", "2001:db8::/32", "2001:db8::1"] }
      own = {
        provider = "custom"
        params   = { token = "t" }
        methods  = ["POST", "PUT"]
        scheme   = { path = true, algorithm = "token", encoding = "utf8" }
        reply    = { status = 202, text = "ok" }
        handshakes = [{
          title  = "Challenge"
          method = "GET"
          when   = [{ query = "challenge" }, { query = "mode", is = "subscribe" }]
          token  = { query = "token", equals_param = "token" }
          fields = { challenge = { query = "challenge" } }
          mac    = { of = "challenge" }
          reply  = { json = { response = "{mac}" } }
        }]
      }
    }
    routes = []
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).sources.pay) == jsonencode({
      provider         = "paypal"
      queue            = "default"
      queue_by_type    = {}
      secret_arn       = null
      rotation_overlap = 86400
      dedupe_window    = 600
      scheme           = null
      id               = null
      type             = null
      params           = { webhook_id = "4JH8" }
      public_url       = "http://hooks.example.com:8080/pay"
      schemes          = null
      tolerance        = null
      algorithm        = null
      header           = null
      replay           = null
      allow_cidrs      = ["203.0.113.0/24", "203.0.113.7", "2001:db8::/32", "2001:db8::1"]
      enroll           = false
      methods          = null
      reply            = null
      handshakes       = null
      split            = false
      list             = null

      client_certificate = null
    })
    error_message = "A source is written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources.pay)}."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).sources.own.handshakes) == jsonencode([{
      title  = "Challenge"
      method = "GET"
      when = [
        { header = null, query = "challenge", body = null, is = null, absent = false },
        { header = null, query = "mode", body = null, is = "subscribe", absent = false },
      ]
      verified = true
      token    = { header = null, query = "token", body = null, equals_param = "token" }
      fields   = { challenge = { header = null, query = "challenge", path = null, body = null, param = null, separator = null, entry = null, prefix = null, forbid = null } }
      mac      = { of = "challenge", algorithm = "hmac-sha256", encoding = "hex" }
      reply    = { status = 200, headers = {}, text = null, json = { response = "{mac}" }, empty = false }
      then     = null
    }])
    error_message = "A handshake is written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources.own.handshakes)}."
  }

  assert {
    condition = jsonencode([jsondecode(aws_s3_object.config.content).sources.own.methods, jsondecode(aws_s3_object.config.content).sources.own.reply]) == jsonencode([
      ["POST", "PUT"], { status = 202, headers = {}, text = "ok", json = null, empty = false, fields = {} },
    ])
    error_message = "Methods and reply are written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources.own)}."
  }

  # The path may contain a secret, so the log does not have it.
  assert {
    condition = (
      !strcontains(aws_apigatewayv2_stage.default.access_log_settings[0].format, "$context.path") &&
      jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format).routeKey == "$context.routeKey"
    )
    error_message = "The API's log is ${aws_apigatewayv2_stage.default.access_log_settings[0].format}."
  }

  assert {
    condition     = endswith(output.webhook_urls.own, "/own/TOKEN") && endswith(output.webhook_urls.pay, "/pay")
    error_message = "The webhook URLs are ${jsonencode(output.webhook_urls)}."
  }
}

# Providers that sign with certificates or publish a JWK set have no secret. Plaid has one: the credentials for fetching its keys.
run "creates_secrets_only_for_sources_that_have_one" {
  command = plan

  variables {
    sources = {
      notes = { provider = "aws-sns", params = { topic_arns = "arn:aws:sns:eu-west-1:123456789012:notes" } }
      pay   = { provider = "paypal", params = { webhook_id = "4JH8" } }
      topic = { provider = "google-pubsub", params = { audience = "https://a.example/topic", service_account = "push@project.iam.gserviceaccount.com" } }
      bank  = { provider = "plaid" }
    }
    routes = []
  }

  assert {
    condition     = keys(aws_secretsmanager_secret.source) == ["bank"] && keys(output.source_secret_arns) == ["bank"]
    error_message = "There are secrets for ${join(", ", keys(aws_secretsmanager_secret.source))}."
  }

  assert {
    condition = { for name, source in jsondecode(aws_s3_object.config.content).sources : name => source.secret_arn } == {
      bank = aws_secretsmanager_secret.source["bank"].arn, notes = null, pay = null, topic = null
    }
    error_message = "The configuration has other secret ARNs."
  }
}

run "grants_no_access_to_secrets_without_a_secret" {
  command = plan

  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = "4JH8" } } }
    routes  = []
  }

  assert {
    condition     = toset(flatten(data.aws_iam_policy_document.ingest.statement[*].actions)) == toset(["s3:PutObject", "sqs:GetQueueAttributes", "sqs:SendMessage"])
    error_message = "The permissions of the ingest Lambda are: ${jsonencode(data.aws_iam_policy_document.ingest.statement)}."
  }
}

# The window of the source, or else that of the provider's file, or else 10 minutes.
run "chooses_the_dedupe_window" {
  command = plan

  variables {
    sources = {
      files = { provider = "dropbox" }
      other = { provider = "dropbox", dedupe_window = 30 }
      shop  = { provider = "stripe" }
    }
    routes = []
  }

  assert {
    condition     = { for name, source in jsondecode(aws_s3_object.config.content).sources : name => source.dedupe_window } == { files = 1, other = 30, shop = 600 }
    error_message = "The configuration is ${aws_s3_object.config.content}."
  }
}

# Only sources with `enroll = true` let the ingest Lambda write their secret.
run "grants_writing_a_secret_only_during_enrollment" {
  command = plan

  variables {
    sources = {
      tasks = { provider = "asana", enroll = true }
      other = { provider = "asana" }
    }
    routes = []
  }

  override_resource {
    target          = aws_secretsmanager_secret.source["tasks"]
    override_during = plan
    values = {
      arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tasks"
    }
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.ingest.statement : join(", ", statement.actions) => sort(statement.resources) if startswith(statement.sid, "Enroll") || startswith(statement.sid, "Read") } == {
      "secretsmanager:GetSecretValue" = tolist(["arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/source/*"])
      "secretsmanager:PutSecretValue" = tolist(["arn:aws:secretsmanager:eu-west-1:123456789012:secret:tasks"])
    }
    error_message = "The permissions of the ingest Lambda are: ${jsonencode(data.aws_iam_policy_document.ingest.statement)}."
  }

  assert {
    condition     = { for name, source in jsondecode(aws_s3_object.config.content).sources : name => source.enroll } == { other = false, tasks = true }
    error_message = "The configuration has other values of enroll."
  }
}

# Every kind of destination except HTTP, lists, and routes of every kind.
run "writes_and_grants_destinations_and_routes" {
  command = plan

  variables {
    sources = {
      docusign = { provider = "docusign", queue = "critical", allow_cidrs = ["203.0.113.0/24"] }
      mail     = { provider = "sendgrid", split = true }
      in_house = { provider = "hmac", scheme = { header = "x-signature" }, split = true, list = { items = "body.events", id = ["id"] } }
    }
    destinations = {
      erp      = { lambda = { arn = "arn:aws:lambda:us-east-1:210987654321:function:erp:live", inline_limit = 1048576 } }
      lake     = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" } }
      in_order = { sqs = { arn = "arn:aws:sqs:us-east-1:210987654321:in-order.fifo", ordering_key = "body.data.envelopeId", kms_key_arn = "arn:aws:kms:us-east-1:210987654321:key/1a-2b", inline_limit = 1024 } }
      bus      = { eventbridge = { bus = "events" } }
      partner  = { eventbridge = { bus = "arn:aws:events:us-east-1:210987654321:event-bus/aws.partner/example.com/a" } }
      here = { handler = {
        name        = "envelope_status"
        settings    = { table = "envelopes" }
        permissions = [{ actions = ["dynamodb:UpdateItem"], resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/envelopes"] }]
      } }
      there = { handler = {
        name    = "create_contact"
        timeout = 20
        permissions = [
          { actions = ["secretsmanager:GetSecretValue"], resources = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:crm-*"] },
          { actions = ["textract:AnalyzeDocument"], resources = ["*"] },
        ]
      } }
    }
    routes = [
      { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["erp", "bus", "erp"] },
      { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] },
      { source = "docusign", otherwise = true, destinations = ["lake"] },
      { source = "*", destinations = ["bus"] },
    ]
  }

  assert {
    condition = jsonencode({ for name, it in jsondecode(aws_s3_object.config.content).destinations : name => { for attribute, value in it : attribute => value if !contains(["rate", "circuit"], attribute) } }) == jsonencode({
      erp      = { lambda = { arn = "arn:aws:lambda:us-east-1:210987654321:function:erp:live", inline_limit = 1048576 } }
      lake     = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/lake", ordering_key = null, inline_limit = 262144 } }
      in_order = { sqs = { arn = "arn:aws:sqs:us-east-1:210987654321:in-order.fifo", url = "https://sqs.us-east-1.amazonaws.com/210987654321/in-order.fifo", ordering_key = "body.data.envelopeId", inline_limit = 1024 } }
      bus      = { eventbridge = { bus = "events", inline_limit = 262144 } }
      partner  = { eventbridge = { bus = "arn:aws:events:us-east-1:210987654321:event-bus/aws.partner/example.com/a", inline_limit = 262144 } }
      here     = { handler = { name = "envelope_status", timeout = 10, settings = { table = "envelopes" } } }
      there    = { handler = { name = "create_contact", timeout = 20, settings = {} } }
    })
    error_message = "Destinations are written as ${jsonencode(jsondecode(aws_s3_object.config.content).destinations)}."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).routes) == jsonencode([
      { source = "docusign", filter = "body.event == 'envelope-completed'", otherwise = false, destinations = ["erp", "bus"] },
      { source = "docusign", filter = "body.event == 'envelope-voided'", otherwise = false, destinations = [] },
      { source = "docusign", filter = null, otherwise = true, destinations = ["lake"] },
      { source = "*", filter = null, otherwise = false, destinations = ["bus"] },
    ])
    error_message = "Routes are written as ${jsonencode(jsondecode(aws_s3_object.config.content).routes)}."
  }

  assert {
    condition = jsonencode({ for name, source in jsondecode(aws_s3_object.config.content).sources : name => [source.split, source.list] }) == jsonencode({
      docusign = [false, null]
      mail     = [true, null]
      in_house = [true, { items = "body.events", id = ["id"], type = [] }]
    })
    error_message = "Lists are written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources)}."
  }

  # The permissions of the worker are exactly these.
  assert {
    condition = { for statement in data.aws_iam_policy_document.worker.statement : statement.sid => "${join(", ", statement.actions)} on ${join(", ", statement.resources)}" } == {
      ReadEvents               = "s3:GetObject on arn:aws:s3:::test-bucket/events/*"
      ShareBodies              = "s3:GetObject, s3:PutObject on arn:aws:s3:::test-bucket/bodies/*"
      TellMissingFromForbidden = "s3:ListBucket on arn:aws:s3:::test-bucket"
      WorkOnQueues             = "sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:test-critical, arn:aws:sqs:eu-west-1:123456789012:test-default"
      SendDeadLetters          = "sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:test-critical-dead, arn:aws:sqs:eu-west-1:123456789012:test-default-dead"
      KeepLedger               = "dynamodb:GetItem, dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:123456789012:table/test-ledger"
    }
    error_message = "The permissions of the worker Lambda are: ${jsonencode(data.aws_iam_policy_document.worker.statement)}."
  }

  assert {
    condition = { for statement in flatten(data.aws_iam_policy_document.deliveries[*].statement) : statement.sid => "${join(", ", statement.actions)} on ${join(", ", sort(statement.resources))}" } == {
      InvokeFunctions  = "lambda:InvokeFunction on arn:aws:lambda:us-east-1:210987654321:function:erp:live"
      SendToQueues     = "sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:lake, arn:aws:sqs:us-east-1:210987654321:in-order.fifo"
      EncryptForQueues = "kms:Decrypt, kms:GenerateDataKey on arn:aws:kms:us-east-1:210987654321:key/1a-2b"
      PutOnBuses       = "events:DescribeEventBus, events:PutEvents on arn:aws:events:eu-west-1:123456789012:event-bus/events, arn:aws:events:us-east-1:210987654321:event-bus/aws.partner/example.com/a"
      Handler0         = "dynamodb:UpdateItem on arn:aws:dynamodb:eu-west-1:123456789012:table/envelopes"
      Handler1         = "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:crm-*"
      Handler2         = "textract:AnalyzeDocument on *"
    }
    error_message = "The permissions for deliveries are: ${jsonencode(data.aws_iam_policy_document.deliveries)}"
  }

  # Every file in handlers/ is a handler, except mod.rs.
  assert {
    condition     = length(setsubtract(["create_contact", "envelope_status"], local.handlers)) == 0 && !contains(local.handlers, "mod")
    error_message = "The handlers are ${join(", ", local.handlers)}."
  }
}

# Two queues for one source, one of them FIFO; a third queue that no source uses; rates; circuit breakers with custom
# values, with defaults, and disabled.
run "writes_fifo_queues_rates_and_circuit_breakers" {
  command = plan

  variables {
    sources = {
      docusign = { provider = "docusign", queue = "ordered", queue_by_type = { "envelope-completed" = "urgent", "re: \"a\"" = "ordered" } }
      in_house = { provider = "hmac", scheme = { header = "x-signature" }, queue = "ordered", type = ["body.type"], queue_by_type = { now = "urgent" } }
    }
    queues = {
      ordered = { fifo = true, ordering_key = "body.data.envelopeId", maximum_concurrency = 2, batch_size = 5, max_attempts = 4 }
      urgent  = { maximum_concurrency = 30 }
      idle    = {}
    }
    destinations = {
      erp  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" }, rate = 15, circuit = { failures = 0 } }
      bus  = { eventbridge = { bus = "events" }, circuit = { failures = 20, probe_after = 60 } }
      here = { handler = { name = "envelope_status" }, rate = 0.75, circuit = null }
    }
    routes = [
      { source = "docusign", destinations = ["erp", "here"] },
      { source = "*", destinations = ["bus"] },
    ]
  }

  override_resource {
    target          = aws_sqs_queue.queue["ordered"]
    override_during = plan
    values = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:ordered"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/ordered"
    }
  }

  override_resource {
    target          = aws_sqs_queue.queue["urgent"]
    override_during = plan
    values = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:urgent"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/urgent"
    }
  }

  assert {
    condition = { for name, source in jsondecode(aws_s3_object.config.content).sources : name => [source.queue, source.queue_by_type] } == {
      docusign = ["ordered", { "envelope-completed" = "urgent", "re: \"a\"" = "ordered" }]
      in_house = ["ordered", { now = "urgent" }]
    }
    error_message = "Sources are written as ${jsonencode(jsondecode(aws_s3_object.config.content).sources)}."
  }

  assert {
    condition = jsondecode(aws_s3_object.config.content).queues.ordered == {
      url                 = aws_sqs_queue.queue["ordered"].url
      arn                 = aws_sqs_queue.queue["ordered"].arn
      dead_letter_url     = aws_sqs_queue.dead_letter["ordered"].url
      max_attempts        = 4
      backoff             = { base = 2, factor = 3, cap = 900 }
      max_receives        = 1000
      retention           = 604800
      maximum_concurrency = 2
      ordering_key        = "body.data.envelopeId"
    }
    error_message = "A queue is written as ${jsonencode(jsondecode(aws_s3_object.config.content).queues.ordered)}."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.config.content).destinations) == jsonencode({
      erp  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp", inline_limit = 262144 }, rate = 15, circuit = null }
      bus  = { eventbridge = { bus = "events", inline_limit = 262144 }, rate = null, circuit = { failures = 20, probe_after = 60 } }
      here = { handler = { name = "envelope_status", timeout = 10, settings = {} }, rate = 0.75, circuit = { failures = 5, probe_after = 30 } }
    })
    error_message = "Destinations are written as ${jsonencode(jsondecode(aws_s3_object.config.content).destinations)}."
  }

  # The dead-letter queue of a FIFO queue is a FIFO queue, and both treat each message group separately.
  assert {
    condition = [for queue in [aws_sqs_queue.queue["ordered"], aws_sqs_queue.dead_letter["ordered"]] :
      [queue.name, queue.fifo_queue, queue.deduplication_scope, queue.fifo_throughput_limit, coalesce(queue.content_based_deduplication, false)]
      ] == [
      ["test-ordered.fifo", true, "messageGroup", "perMessageGroupId", false],
      ["test-ordered-dead.fifo", true, "messageGroup", "perMessageGroupId", false],
    ]
    error_message = "The queue ordered is ${jsonencode(aws_sqs_queue.queue["ordered"])}."
  }

  assert {
    condition     = { for name, queue in aws_sqs_queue.queue : queue.name => jsondecode(queue.redrive_policy).maxReceiveCount } == { "test-idle" = 100, "test-ordered.fifo" = 1000, "test-urgent" = 100 }
    error_message = "A queue has another maxReceiveCount."
  }

  assert {
    condition     = { for name, policy in data.aws_iam_policy_document.queue : name => jsondecode(policy.json).Statement[0].Resource if strcontains(name, "ordered") } == { "ordered" = "arn:aws:sqs:eu-west-1:123456789012:test-ordered.fifo", "dead-letter/ordered" = "arn:aws:sqs:eu-west-1:123456789012:test-ordered-dead.fifo" }
    error_message = "The policy of a FIFO queue names another queue."
  }

  assert {
    condition = { for name, mapping in aws_lambda_event_source_mapping.queue : name => [mapping.batch_size, mapping.scaling_config[0].maximum_concurrency] } == {
      idle = [10, 10], ordered = [5, 2], urgent = [10, 30]
    }
    error_message = "An event source mapping does not have the settings of its queue."
  }

  # Ingest may send to the queues of its sources, and the worker to every queue from which it receives.
  assert {
    condition = {
      for statement in concat(data.aws_iam_policy_document.ingest.statement, data.aws_iam_policy_document.worker.statement) : statement.sid => sort(statement.resources) if contains(["Enqueue", "WorkOnQueues"], statement.sid)
      } == {
      Enqueue      = tolist(["arn:aws:sqs:eu-west-1:123456789012:test-ordered.fifo", "arn:aws:sqs:eu-west-1:123456789012:test-urgent"])
      WorkOnQueues = tolist(["arn:aws:sqs:eu-west-1:123456789012:test-idle", "arn:aws:sqs:eu-west-1:123456789012:test-ordered.fifo", "arn:aws:sqs:eu-west-1:123456789012:test-urgent"])
    }
    error_message = "The permissions to send are: ${jsonencode([data.aws_iam_policy_document.ingest.statement, data.aws_iam_policy_document.worker.statement])}."
  }

  # Messages behind a hidden one of their group are visible but cannot be received.
  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.stopped["ordered"].metric_query : query.id => try("${query.metric[0].stat} of ${query.metric[0].metric_name}", query.expression) if contains(["stopped", "hidden"], query.id) } == {
      stopped = "IF(visible > 0 AND FILL(received, 0) == 0 AND FILL(hidden, 0) == 0, 1, 0)"
      hidden  = "Maximum of ApproximateNumberOfMessagesNotVisible"
    }
    error_message = "The metric queries of the alarm on a stopped FIFO queue are ${jsonencode(aws_cloudwatch_metric_alarm.stopped["ordered"].metric_query)}."
  }
}

# A role's own policies have at most 10,240 characters, and a managed policy 6,144. During an upgrade, old and new ones
# exist side by side. All names have the greatest length, and the sources need as many routes as an API may have.
run "permissions_of_300_sources_and_100_destinations_fit" {
  command = plan

  variables {
    name = "a12345678901234567890123456789"
    sources = merge(
      { for number in range(295) : format("s%047d", number) => { provider = "stripe" } },
      { for number in range(5) : format("e%047d", number) => { provider = "asana", enroll = true } },
    )
    destinations = { for number in range(100) : format("d%047d", number) => {
      lambda = { arn = "arn:aws:lambda:ap-southeast-2:123456789012:function:${format("%064d", number)}:${format("%0128d", number)}" }
    } }
    queues = merge({ default = {} }, { for number in range(10) : format("q%031d", number) => {} })
    routes = []
  }

  override_resource {
    target          = aws_s3_bucket.bucket
    override_during = plan
    values = {
      arn    = "arn:aws:s3:::a12345678901234567890123456789-01234567890123456789012345"
      bucket = "a12345678901234567890123456789-01234567890123456789012345"
      id     = "a12345678901234567890123456789-01234567890123456789012345"
    }
  }

  override_resource {
    target          = aws_secretsmanager_secret.source
    override_during = plan
    values = {
      arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a12345678901234567890123456789/source/e00000000000000000000000000000000000000000000000-01234567890123456789012345-AbCdEf"
    }
  }

  assert {
    condition     = length(aws_apigatewayv2_route.webhook) == local.max_routes
    error_message = "There are ${length(aws_apigatewayv2_route.webhook)} routes."
  }

  # As the provider renders them without white space. Their JSON itself is unknown during this plan.
  assert {
    condition = alltrue([for name, statements in {
      ingest = concat(data.aws_iam_policy_document.common["ingest"].statement, data.aws_iam_policy_document.ingest.statement)
      worker = concat(data.aws_iam_policy_document.common["worker"].statement, data.aws_iam_policy_document.worker.statement)
      } : alltrue([for size in [100 + length(jsonencode([for it in statements : { Sid = it.sid, Effect = "Allow", Action = it.actions, Resource = it.resources }]))] :
        size <= 5120 && size <= local.policy_sizes[name] && size > 1000
    ])])
    error_message = "The permissions are larger than ${jsonencode(local.policy_sizes)} or 5120: ${jsonencode(data.aws_iam_policy_document.worker.statement)}."
  }

  assert {
    condition = length(data.aws_iam_policy_document.deliveries) == 5 && alltrue([for document in data.aws_iam_policy_document.deliveries :
      100 + length(jsonencode([for it in document.statement : { Sid = it.sid, Effect = "Allow", Action = it.actions, Resource = it.resources }])) <= 6144
    ])
    error_message = "There are ${length(data.aws_iam_policy_document.deliveries)} policies for destinations, or one is larger than 6144."
  }

  # PutSecretValue is granted for the sources that enroll, one by one.
  assert {
    condition     = [for statement in data.aws_iam_policy_document.ingest.statement : length(statement.resources) if statement.sid == "EnrollSourceSecrets"] == [1]
    error_message = "The permissions are ${jsonencode(data.aws_iam_policy_document.ingest.statement)}."
  }
}

run "refuses_permissions_that_aws_would_refuse" {
  command = plan

  variables {
    name         = "a12345678901234567890123456789"
    sources      = { for number in range(50) : "enrolling-source-with-a-long-name-${number}" => { provider = "asana", enroll = true } }
    queues       = merge({ default = {} }, { for number in range(40) : "a-queue-with-a-long-name-${number}" => { maximum_concurrency = 2 } })
    destinations = { for number in range(101) : "d-${number}" => { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:f${number}" } } }
    routes       = []
  }

  expect_failures = [aws_iam_role_policy.ingest, aws_iam_role_policy.worker]

  assert {
    condition     = length(local.size_errors.ingest) == 1 && length(local.size_errors.worker) == 2
    error_message = "The messages are: ${jsonencode(local.size_errors)}"
  }
}
