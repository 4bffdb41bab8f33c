# Each refusal on its own: one thing wrong in what otherwise plans.

# Plans only, with the real provider and no AWS: Terraform cannot mock a provider once a module has
# an ephemeral resource, as the signing secrets' password is.

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

variables {
  name       = "test"
  ingest_zip = "versions.tf" # Any file that exists: nothing is uploaded.
  worker_zip = "versions.tf"
  sources    = { shop = { provider = "stripe" } }
}

run "nothing_wrong" {
  command = plan
}

# At the limits, still right.
run "nearly_wrong" {
  command = plan
  variables {
    name = "a12345678901234567890123456789"
    sources = {
      a12345678901234567890123456789012345678901234567 = { provider = "hmac", queue = "slow", scheme = { query = "signature" } }
      by_item                                          = { provider = "hmac", queue = "slow", scheme = { header = "x-signature" }, split = true, list = { items = "body", type = ["kind"] }, queue_by_type = { paid = "once" } }
      in_order                                         = { provider = "stripe", queue = "a1234567890123456789012345678901", queue_by_type = { (format("%0256d", 0)) = "once" } }
    }
    queues = {
      slow                             = { max_attempts = 8, max_receives = 8, backoff = { base = 39600, cap = 39600 } }
      once                             = { max_attempts = 1, max_receives = 1, maximum_concurrency = 1000 }
      a1234567890123456789012345678901 = { fifo = true, ordering_key = "body.id", max_attempts = 100, maximum_concurrency = 2 }
    }
    destinations = {
      slowest = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:slowest" }, rate = 1.125, circuit = { failures = 1, probe_after = 1 } }
      fastest = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:fastest" }, rate = 100000, circuit = { failures = 1000, probe_after = 900 } }
    }
    routes               = [{ source = "in_order", destinations = ["slowest"] }]
    reply_within         = 25
    worker_timeout       = 900
    event_retention_days = 31
    event_transition     = { days = 30, storage_class = "GLACIER_IR" }
  }
}

# The design's example as it stands there: nothing but the time that crm may take is refused. A wrong type
# would be an error of another sort, and fail the run. What it becomes is in stack.tftest.hcl.
run "the_design_example_type_checks" {
  command = plan
  variables {
    name           = "catchment"
    worker_timeout = 15 # Too little for crm, or AWS would be asked for the password of its secret.
    sources = {
      docusign = { provider = "docusign", queue = "critical", allow_cidrs = ["203.0.113.0/24"] }
      billing  = { provider = "stripe", rotation_overlap = 86400 }
      shop     = { provider = "square", public_url = "https://hooks.example.com/shop" }
      pay      = { provider = "paypal", params = { webhook_id = "4JH8…" } }
      in_house = { provider = "hmac", scheme = { header = "x-signature", encoding = "hex" } }
    }
    queues = {
      default  = {}
      critical = { max_attempts = 8, backoff = { base = 2, factor = 2, cap = 900 }, maximum_concurrency = 20, max_receives = 100 }
      ordered  = { fifo = true, ordering_key = "body.data.envelopeId" }
    }
    destinations = {
      crm  = { http = { url = "https://crm.example.com/hooks", timeout = 10 } }
      erp  = { lambda = { arn = "arn:aws:lambda:…" } }
      lake = { sqs = { arn = "arn:aws:sqs:…" } }
      bus  = { eventbridge = { bus = "events" } }
      here = { handler = { name = "envelope_status" } }
    }
    routes = [
      { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "bus"] },
      { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] }, # discarded, counted
      { source = "docusign", otherwise = true, destinations = ["lake"] },                     # if no other of its routes matched
      { source = "*", destinations = ["bus"] },
    ]
  }
  expect_failures = [var.destinations]
}

# What does not depend on each other goes wrong at once: each of these must be refused.
run "too_small_or_unknown" {
  command = plan
  variables {
    name                 = "Bad_Name"
    architecture         = "amd64"
    ingest_memory        = 64
    worker_memory        = 64
    worker_timeout       = 14
    reply_within         = 0.4
    body_limit           = 1023
    throttling           = { rate = 0 }
    event_retention_days = 21
    event_recovery_days  = 0
    log_retention_days   = 10
    log_level            = "warn"
    alarm_emails         = ["nobody"]
    alarm_actions        = ["nothing"]
    alarm_thresholds     = { api_4xx = -1 }
    environment          = { AWS_REGION = "eu-west-1" }
  }
  expect_failures = [
    var.name, var.architecture, var.ingest_memory, var.worker_memory, var.worker_timeout, var.reply_within, var.body_limit,
    var.throttling, var.event_retention_days, var.event_recovery_days, var.log_retention_days,
    var.log_level, var.alarm_emails, var.alarm_actions, var.alarm_thresholds, var.environment,
  ]
}

run "too_large" {
  command = plan
  variables {
    name                 = "a123456789012345678901234567890"
    ingest_memory        = 10241
    worker_memory        = 10241
    worker_timeout       = 901
    reply_within         = 26
    body_limit           = 6291457
    throttling           = { burst = 0 }
    event_retention_days = 400.5
    environment          = { CATCHMENT_BUCKET = "x" }
  }
  expect_failures = [
    var.name, var.ingest_memory, var.worker_memory, var.worker_timeout, var.reply_within, var.body_limit, var.throttling,
    var.event_retention_days, var.environment,
  ]
}

run "event_transition_to_what_takes_hours_to_read" {
  command = plan
  variables {
    event_transition = { days = 30, storage_class = "DEEP_ARCHIVE" }
  }
  expect_failures = [var.event_transition]
}

run "event_transition_too_early" {
  command = plan
  variables {
    event_transition = { days = 29, storage_class = "GLACIER_IR" }
  }
  expect_failures = [var.event_transition]
}

run "event_transition_after_the_end" {
  command = plan
  variables {
    event_retention_days = 60
    event_transition     = { days = 60, storage_class = "GLACIER_IR" }
  }
  expect_failures = [var.event_transition]
}

run "no_sources" {
  command = plan
  variables {
    sources = {}
  }
  expect_failures = [var.sources]
}

run "source_name" {
  command = plan
  variables {
    sources = { "Bad Name" = { provider = "stripe" } }
  }
  expect_failures = [var.sources]
}

run "source_name_too_long" {
  command = plan
  variables {
    sources = { a123456789012345678901234567890123456789012345678 = { provider = "stripe" } }
  }
  expect_failures = [var.sources]
}

run "unknown_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "acme" } }
  }
  expect_failures = [var.sources]
}

run "vectors_are_no_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe.vectors" } }
  }
  expect_failures = [var.sources]
}

run "unknown_queue" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue = "nope" } }
  }
  expect_failures = [var.sources]
}

run "unknown_queue_by_type" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "invoice.paid" = "nope" } } }
  }
  expect_failures = [var.sources]
}

run "no_queue_by_type" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "invoice.paid" = null } } }
  }
  expect_failures = [var.sources]
}

run "queue_by_a_type_that_cannot_be" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { (format("%0257d", 0)) = "default" } } }
  }
  expect_failures = [var.sources]
}

run "queue_by_type_without_types" {
  command = plan
  variables {
    sources = { shop = { provider = "hmac", scheme = { header = "x-signature" }, queue_by_type = { paid = "default" } } }
  }
  expect_failures = [var.sources]
}

run "rotation_overlap_negative" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", rotation_overlap = -1 } }
  }
  expect_failures = [var.sources]
}

run "dedupe_window_not_whole" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", dedupe_window = 0.5 } }
  }
  expect_failures = [var.sources]
}

run "hmac_without_scheme" {
  command = plan
  variables {
    sources = { shop = { provider = "hmac" } }
  }
  expect_failures = [var.sources]
}

run "scheme_of_another_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", scheme = { header = "x" } } }
  }
  expect_failures = [var.sources]
}

run "custom_without_scheme" {
  command = plan
  variables {
    sources = { shop = { provider = "custom" } }
  }
  expect_failures = [var.sources]
}

run "methods_of_another_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", methods = ["GET"] } }
  }
  expect_failures = [var.sources]
}

run "reply_of_another_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", reply = { status = 204 } } }
  }
  expect_failures = [var.sources]
}

run "handshakes_of_another_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", handshakes = [{ title = "it", when = [{ header = "x" }], reply = { empty = true } }] } }
  }
  expect_failures = [var.sources]
}

run "param_unknown" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", params = { webhook_id = "4JH8" } } }
  }
  expect_failures = [var.sources]
}

run "param_of_another_name" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = "4JH8", webhook = "4JH8" } } }
  }
  expect_failures = [var.sources]
}

run "param_missing" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal" } }
  }
  expect_failures = [var.sources]
}

run "param_empty" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = "" } } }
  }
  expect_failures = [var.sources]
}

run "param_too_long" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = format("%02049d", 1) } } }
  }
  expect_failures = [var.sources]
}

run "public_url_of_another_scheme" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "ftp://hooks.example.com/shop" } }
  }
  expect_failures = [var.sources]
}

run "public_url_with_a_query" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "https://hooks.example.com/shop?a=b" } }
  }
  expect_failures = [var.sources]
}

run "public_url_with_a_fragment" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "https://hooks.example.com/shop#a" } }
  }
  expect_failures = [var.sources]
}

run "public_url_with_a_user" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "https://user@hooks.example.com/shop" } }
  }
  expect_failures = [var.sources]
}

run "allow_cidrs_empty" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = [] } }
  }
  expect_failures = [var.sources]
}

run "allow_cidrs_no_network" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["203.0.113.0/24", "203.0.113.0/33"] } }
  }
  expect_failures = [var.sources]
}

run "allow_cidrs_no_address" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["hooks.example.com"] } }
  }
  expect_failures = [var.sources]
}

run "allow_cidrs_octal" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["203.0.113.010"] } }
  }
  expect_failures = [var.sources]
}

run "allow_cidrs_ipv4_as_ipv6" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["::ffff:203.0.113.10"] } }
  }
  expect_failures = [var.sources]
}

run "enroll_of_another_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", enroll = true } }
  }
  expect_failures = [var.sources]
}

run "no_queues" {
  command = plan
  variables {
    queues = {}
  }
  expect_failures = [var.queues]
}

run "queue_name" {
  command = plan
  variables {
    queues = { default = {}, "Bad Name" = {} }
  }
  expect_failures = [var.queues]
}

run "queue_name_of_a_dead_letter_queue" {
  command = plan
  variables {
    queues = { default = {}, default-dead = {} }
  }
  expect_failures = [var.queues]
}

run "max_attempts" {
  command = plan
  variables {
    queues = { default = { max_attempts = 0 } }
  }
  expect_failures = [var.queues]
}

run "maximum_concurrency_below_2" {
  command = plan
  variables {
    queues = { default = { maximum_concurrency = 1 } }
  }
  expect_failures = [var.queues]
}

run "maximum_concurrency_above_1000" {
  command = plan
  variables {
    queues = { default = { maximum_concurrency = 1001 } }
  }
  expect_failures = [var.queues]
}

run "max_receives_above_1000" {
  command = plan
  variables {
    queues = { default = { max_receives = 1001 } }
  }
  expect_failures = [var.queues]
}

run "max_receives_below_max_attempts" {
  command = plan
  variables {
    queues = { default = { max_attempts = 8, max_receives = 7 } }
  }
  expect_failures = [var.queues]
}

run "batch_size" {
  command = plan
  variables {
    queues = { default = { batch_size = 11 } }
  }
  expect_failures = [var.queues]
}

run "queue_fifo_without_ordering_key" {
  command = plan
  variables {
    queues = { default = { fifo = true } }
  }
  expect_failures = [var.queues]
}

run "queue_ordering_key_without_fifo" {
  command = plan
  variables {
    queues = { default = { ordering_key = "body.id" } }
  }
  expect_failures = [var.queues]
}

run "backoff_base" {
  command = plan
  variables {
    queues = { default = { backoff = { base = 0 } } }
  }
  expect_failures = [var.queues]
}

run "backoff_factor" {
  command = plan
  variables {
    queues = { default = { backoff = { factor = 0.5 } } }
  }
  expect_failures = [var.queues]
}

run "backoff_cap_below_base" {
  command = plan
  variables {
    queues = { default = { backoff = { base = 10, cap = 5 } } }
  }
  expect_failures = [var.queues]
}

run "backoff_cap_beyond_11_hours" {
  command = plan
  variables {
    queues = { default = { max_attempts = 2, backoff = { cap = 39601 } } }
  }
  expect_failures = [var.queues]
}

run "backoffs_beyond_half_of_the_retention" {
  command = plan
  variables {
    queues = { default = { max_attempts = 10, backoff = { base = 39600, cap = 39600 } } }
  }
  expect_failures = [var.queues]
}

run "destination_name" {
  command = plan
  variables {
    destinations = { "Bad Name" = { http = { url = "https://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "destination_of_no_kind" {
  command = plan
  variables {
    destinations = { crm = {} }
  }
  expect_failures = [var.destinations]
}

run "destination_of_two_kinds" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example" }, sqs = { arn = "arn:aws:sqs:x" } } }
  }
  expect_failures = [var.destinations]
}

# All of destinations.tf, each on its own, beside what is right at its limits.
run "destinations_of_a_wrong_form" {
  command = plan
  variables {
    worker_timeout = 60
    destinations = {
      arn_function  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:layer:erp" } }
      arn_partial   = { lambda = { arn = "arn:aws:lambda:…" } }
      arn_null      = { lambda = { arn = null } }
      arn_name      = { lambda = { arn = "erp" } }
      arn_topic     = { sqs = { arn = "arn:aws:sns:eu-west-1:123456789012:lake" } }
      arn_url       = { sqs = { arn = "https://sqs.eu-west-1.amazonaws.com/123456789012/lake" } }
      key_alias     = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:alias/lake" } }
      bus_name      = { eventbridge = { bus = "the bus" } }
      bus_rule      = { eventbridge = { bus = "arn:aws:events:eu-west-1:123456789012:rule/events" } }
      limit_small   = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp:$LATEST", inline_limit = 1023 } }
      limit_large   = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", inline_limit = 1048577 } }
      limit_half    = { eventbridge = { bus = "events", inline_limit = 1024.5 } }
      not_ordered   = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", ordering_key = "body.id" } }
      nobody        = { handler = { name = "mod" } }
      unset         = { handler = { name = "envelope_status", settings = { table = null } } }
      nothing       = { handler = { name = "envelope_status", permissions = [{ actions = [], resources = [] }] } }
      anything      = { handler = { name = "envelope_status", permissions = [{ actions = ["s3:GetObject"], resources = ["*"] }, { actions = ["*", "s3:*", "s3"], resources = ["bucket"] }] } }
      rate_low      = { eventbridge = { bus = "events" }, rate = 0.0009 }
      rate_high     = { eventbridge = { bus = "events" }, rate = 100001 }
      circuits_high = { eventbridge = { bus = "events" }, circuit = { failures = 1001, probe_after = 901 } }
      circuits_low  = { eventbridge = { bus = "events" }, circuit = { failures = -1, probe_after = 0 } }
      circuits_half = { eventbridge = { bus = "events" }, circuit = { failures = 1.5, probe_after = 1.5 } }
      right_version = { lambda = { arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:erp:7" } }
      right_limit   = { eventbridge = { bus = "default", inline_limit = 1048576 } }
      right_timeout = { handler = { name = "envelope_status", timeout = 51, permissions = [{ actions = ["s3:Get*"], resources = ["arn:aws:s3:::bucket/*"] }] } }
    }
  }
  expect_failures = [aws_s3_object.config, aws_iam_role_policy.worker] # The latter for the partition.

  assert {
    condition = toset(local.destination_mistakes) == toset([
      "destinations.arn_function: lambda.arn is \"arn:aws:lambda:eu-west-1:123456789012:layer:erp\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS behind it or without.",
      "destinations.arn_partial: lambda.arn is \"arn:aws:lambda:…\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS behind it or without.",
      "destinations.arn_name: lambda.arn is \"erp\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS behind it or without.",
      "destinations.arn_null: lambda.arn is null, but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS behind it or without.",
      "destinations.arn_topic: sqs.arn is \"arn:aws:sns:eu-west-1:123456789012:lake\", but must be a queue's ARN, arn:aws:sqs:REGION:ACCOUNT:NAME.",
      "destinations.arn_url: sqs.arn is \"https://sqs.eu-west-1.amazonaws.com/123456789012/lake\", but must be a queue's ARN, arn:aws:sqs:REGION:ACCOUNT:NAME.",
      "destinations.key_alias: sqs.kms_key_arn is \"arn:aws:kms:eu-west-1:123456789012:alias/lake\", but must be a key's ARN (an alias grants nothing), arn:aws:kms:REGION:ACCOUNT:key/ID.",
      "destinations.bus_name: eventbridge.bus is \"the bus\", but must be a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME.",
      "destinations.bus_rule: eventbridge.bus is \"arn:aws:events:eu-west-1:123456789012:rule/events\", but must be a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME.",
      "destinations.limit_small: lambda.inline_limit is 1023, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.limit_large: sqs.inline_limit is 1048577, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.limit_half: eventbridge.inline_limit is 1024.5, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.not_ordered: sqs.ordering_key is for a FIFO queue, whose name ends in .fifo: take it away, or name such a queue in sqs.arn.",
      "destinations.rate_low: rate is 0.0009, but must be from 0.001 to 100000 deliveries per second: leave it out to set no pace.",
      "destinations.rate_high: rate is 100001, but must be from 0.001 to 100000 deliveries per second: leave it out to set no pace.",
      "destinations.circuits_high: circuit.failures is 1001, but must be a whole number from 0 to 1000.",
      "destinations.circuits_high: circuit.probe_after is 901, but must be a whole number from 1 to 900.",
      "destinations.circuits_low: circuit.failures is -1, but must be a whole number from 0 to 1000.",
      "destinations.circuits_low: circuit.probe_after is 0, but must be a whole number from 1 to 900.",
      "destinations.circuits_half: circuit.failures is 1.5, but must be a whole number from 0 to 1000.",
      "destinations.circuits_half: circuit.probe_after is 1.5, but must be a whole number from 1 to 900.",
      "destinations.nobody: handler.name is \"mod\", but must be one of those in worker-lambda/src/handlers: ${join(", ", local.handlers)}.",
      "destinations.unset: handler.settings.table has no value: give it one, or take it away.",
      "destinations.nothing: handler.permissions[0].actions is empty, and would grant nothing: name some, or take the permission away.",
      "destinations.nothing: handler.permissions[0].resources is empty, and would grant nothing: name some, or take the permission away.",
      "destinations.anything: handler.permissions[1].actions has \"*\", but an action is written service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and never all of a service.",
      "destinations.anything: handler.permissions[1].actions has \"s3:*\", but an action is written service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and never all of a service.",
      "destinations.anything: handler.permissions[1].actions has \"s3\", but an action is written service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and never all of a service.",
      "destinations.anything: handler.permissions[1].resources has \"bucket\", but a resource is an ARN, or \"*\" for actions that know no resource.",
    ])
    error_message = "What is said is: ${join("\n", local.destination_mistakes)}"
  }
}

# What is told only once the partition and the account are known.
run "destinations_that_cannot_be_granted" {
  command = plan
  variables {
    destinations = {
      far_function = { lambda = { arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:erp" } }
      far_queue    = { sqs = { arn = "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:lake" } }
      far_key      = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", kms_key_arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/1a" } }
      far_bus      = { eventbridge = { bus = "arn:aws-cn:events:cn-north-1:123456789012:event-bus/events" } }
      own_function = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-ingest" } }
      own_version  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-worker:1" } }
      own_queue    = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:test-default" } }
      own_dead     = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:test-default-dead" } }
      other_queue  = { sqs = { arn = "arn:aws:sqs:eu-west-1:210987654321:test-default" } }
      other_stack  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-ingest-2" } }
      named_bus    = { eventbridge = { bus = "events" } }
    }
  }
  expect_failures = [aws_iam_role_policy.worker]

  assert {
    condition = toset(local.grant_mistakes) == toset([
      "destinations.far_function: lambda.arn is in the partition aws-cn, but this stack is in aws, and nothing reaches from one into another: name one in aws.",
      "destinations.far_queue: sqs.arn is in the partition aws-us-gov, but this stack is in aws, and nothing reaches from one into another: name one in aws.",
      "destinations.far_key: sqs.kms_key_arn is in the partition aws-cn, but this stack is in aws, and nothing reaches from one into another: name one in aws.",
      "destinations.far_bus: eventbridge.bus is in the partition aws-cn, but this stack is in aws, and nothing reaches from one into another: name one in aws.",
      "destinations.own_function: lambda.arn is part of this stack itself: name what the events are for.",
      "destinations.own_version: lambda.arn is part of this stack itself: name what the events are for.",
      "destinations.own_queue: sqs.arn is part of this stack itself: name what the events are for.",
      "destinations.own_dead: sqs.arn is part of this stack itself: name what the events are for.",
    ])
    error_message = "What is said is: ${join("\n", local.grant_mistakes)}"
  }
}

# One event of `shop` has two destinations, by a route of its own and by one of all; `mail` has one, and
# waits behind four others of its group.
run "too_few_receives_for_the_destinations" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "invoice.paid" = "urgent" } }, mail = { provider = "sendgrid", queue = "ordered" } }
    queues = {
      default = { max_attempts = 8, max_receives = 15 }
      urgent  = { max_attempts = 2, max_receives = 3 }
      ordered = { fifo = true, ordering_key = "body.id", max_attempts = 2, batch_size = 5, max_receives = 9 }
      unused  = { max_attempts = 2, max_receives = 2 }
    }
    destinations = {
      erp  = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" } }
      lake = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" } }
    }
    routes = [
      { source = "shop", destinations = ["erp"] },
      { source = "*", destinations = ["lake"] },
    ]
  }
  expect_failures = [aws_s3_object.config]

  assert {
    condition = toset(local.receive_mistakes) == toset([
      "queues.default: max_receives is 15, but must be at least 16: an event that waits there may be tried 16 times (max_attempts for each destination, at times of its own), and SQS would make a dead letter of what the worker is still trying. Raise it, to 1000 at most, or lower max_attempts.",
      "queues.urgent: max_receives is 3, but must be at least 4: an event that waits there may be tried 4 times (max_attempts for each destination, at times of its own), and SQS would make a dead letter of what the worker is still trying. Raise it, to 1000 at most, or lower max_attempts.",
      "queues.ordered: max_receives is 9, but must be at least 10: an event that waits there may be tried 2 times (max_attempts for each destination, at times of its own), and so may each of the 4 of its group that are received with it and come before it, and SQS would make a dead letter of what the worker is still trying. Raise it, to 1000 at most, or lower max_attempts or batch_size.",
    ])
    error_message = "What is said is: ${join("\n", local.receive_mistakes)}"
  }
}

# Where no route goes, everything still takes a receive: the one queue is at its limit, the other not.
run "too_few_receives_in_order_without_a_destination" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe" }, mail = { provider = "sendgrid", queue = "right" } }
    queues = {
      default = { fifo = true, ordering_key = "body.id", max_attempts = 3, max_receives = 29 }
      right   = { fifo = true, ordering_key = "body.id", max_attempts = 3, max_receives = 30 }
    }
  }
  expect_failures = [aws_s3_object.config]

  assert {
    condition     = length(local.receive_mistakes) == 1 && startswith(local.receive_mistakes[0], "queues.default: max_receives is 29, but must be at least 30: ")
    error_message = "What is said is: ${join("\n", local.receive_mistakes)}"
  }
}

# By a route of its own, by one of all, and by the type of an event.
run "rate_of_which_no_environment_can_keep_its_share" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "charge.failed" = "urgent" } } }
    queues  = { default = { maximum_concurrency = 10 }, urgent = { maximum_concurrency = 5 } }
    destinations = {
      slow   = { eventbridge = { bus = "slow" }, rate = 0.29 }
      kept   = { eventbridge = { bus = "kept" }, rate = 0.3 }
      nobody = { eventbridge = { bus = "nobody" }, rate = 0.001 }
    }
    routes = [{ source = "*", destinations = ["slow", "kept"] }]
  }
  assert {
    condition     = local.rate_mistakes == ["destinations.slow: rate is 0.29 deliveries per second, which is one in 52 seconds for each of the 15 worker environments that may deliver there (maximum_concurrency of its events' queues), but must be one in at most 51: less often than an invocation is long (worker_timeout is 60), no environment can keep it. Lower maximum_concurrency, or raise rate or worker_timeout."]
    error_message = "What is said is: ${join("\n", local.rate_mistakes)}"
  }
  expect_failures = [aws_s3_object.config]
}

run "rate_without_maximum_concurrency" {
  command = plan
  variables {
    sources = {
      shop = { provider = "stripe", queue = "said", queue_by_type = { "invoice.paid" = "urgent" } }
      mail = { provider = "sendgrid", queue = "slow" }
      note = { provider = "github", queue = "note" }
    }
    queues = { said = { maximum_concurrency = 10 }, urgent = {}, slow = {}, note = {}, unused = {} }
    destinations = {
      erp    = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" }, rate = 15 }
      lake   = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" }, rate = 2 }
      bus    = { eventbridge = { bus = "events" } }
      nobody = { eventbridge = { bus = "nobody" }, rate = 1 }
    }
    routes = [
      { source = "shop", filter = "body.id", destinations = ["erp"] },
      { source = "shop", otherwise = true, destinations = ["bus", "erp"] },
      { source = "mail", destinations = ["lake"] },
      { source = "*", destinations = ["lake"] },
    ]
  }
  expect_failures = [aws_s3_object.config]

  assert {
    condition = toset(local.rate_mistakes) == toset([for it in [["erp", "15", "urgent"], ["lake", "2", "note"], ["lake", "2", "slow"], ["lake", "2", "urgent"]] :
      "destinations.${it[0]}: rate is ${it[1]} deliveries per second, to be parted among the worker environments; events of queues.${it[2]} may go there: say its maximum_concurrency."
    ]) && length(local.rate_mistakes) == 4
    error_message = "What is said is: ${join("\n", local.rate_mistakes)}"
  }
}

# Each ä is two bytes.
run "expressions_empty_or_too_long" {
  command = plan
  variables {
    sources = {
      shop = { provider = "stripe", id = ["body.id", ""], type = [" "] }
      mail = { provider = "sendgrid", split = true, list = { items = "", id = [""], type = [""] } }
    }
    queues       = { default = {}, ordered = { fifo = true, ordering_key = " " } }
    destinations = { lake = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake.fifo", ordering_key = "" } } }
    routes = [
      { source = "shop", filter = "", destinations = [] },
      { source = "shop", filter = replace(format("%02048d", 0), "0", "ä"), destinations = [] },
      { source = "shop", filter = "${replace(format("%02048d", 0), "0", "ä")}a", destinations = [] },
      { source = "shop", filter = format("%04097d", 0), destinations = [] },
      { source = "shop", filter = format("%04098d", 0), destinations = [] },
    ]
  }
  expect_failures = [aws_s3_object.config]

  assert {
    condition = toset(local.expression_mistakes) == toset([
      "sources.shop: id[1] is empty: write an expression, or take it away.",
      "sources.shop: type[0] is empty: write an expression, or take it away.",
      "sources.mail: list.items is empty: write an expression, or take it away.",
      "sources.mail: list.id[0] is empty: write an expression, or take it away.",
      "sources.mail: list.type[0] is empty: write an expression, or take it away.",
      "queues.ordered: ordering_key is empty: write an expression, or take it away.",
      "destinations.lake: sqs.ordering_key is empty: write an expression, or take it away.",
      "routes[0] (source \"shop\"): filter is empty: write an expression, or take it away.",
      "routes[2] (source \"shop\"): filter has more than 4096 bytes: write it shorter.",
      "routes[3] (source \"shop\"): filter has more than 4096 bytes: write it shorter.",
      "routes[4] (source \"shop\"): filter has more than 4096 bytes: write it shorter.",
    ])
    error_message = "What is said is: ${join("\n", local.expression_mistakes)}"
  }
}

# Sources and destinations are not held against each other: one wrong thing in each.
run "split_without_a_list_and_timeout_of_a_handler" {
  command = plan
  variables {
    sources      = { shop = { provider = "stripe", split = true } }
    destinations = { crm = { handler = { name = "envelope_status", timeout = 52 } } }
  }
  expect_failures = [var.sources, var.destinations]
}

run "list_without_split_and_header_without_value" {
  command = plan
  variables {
    sources      = { mail = { provider = "sendgrid", list = { items = "body" } } }
    destinations = { crm = { http = { url = "https://a.example", headers = { X-Tenant = null } } } }
  }
  expect_failures = [var.sources, var.destinations]
}

run "method_without_a_body" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", method = "GET" } } }
  }
  expect_failures = [var.destinations]
}

run "otherwise_with_a_filter" {
  command = plan
  variables {
    routes = [{ source = "*", otherwise = true, filter = "body.id", destinations = [] }]
  }
  expect_failures = [var.routes]
}

run "url_of_another_scheme" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "ftp://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "url_with_a_password" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://user:password@a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "plain_http" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "http://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "timeout_of_the_worker" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", timeout = 52 } } }
  }
  expect_failures = [var.destinations]
}

run "timeout_zero" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", timeout = 0 } } }
  }
  expect_failures = [var.destinations]
}

run "header_of_the_worker" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", headers = { Webhook-Id = "x" } } } }
  }
  expect_failures = [var.destinations]
}

run "header_name" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", headers = { "a b" = "x" } } } }
  }
  expect_failures = [var.destinations]
}

run "unknown_route_source" {
  command = plan
  variables {
    routes = [{ source = "nope", destinations = [] }]
  }
  expect_failures = [var.routes]
}

run "unknown_destination" {
  command = plan
  variables {
    routes = [{ source = "*", destinations = ["nope"] }]
  }
  expect_failures = [var.routes]
}

run "zip_missing" {
  command = plan
  variables {
    ingest_zip = "no/such.zip"
  }
  expect_failures = [aws_lambda_function.function["ingest"]]
}
