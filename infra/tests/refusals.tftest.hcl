# Each run breaks one rule in a configuration that is valid otherwise, and expects the refusal.

# The runs only plan, with the real provider and without AWS. Terraform cannot mock a provider if the module has an
# ephemeral resource, such as the password of the signing secrets.

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
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"
  sources    = { shop = { provider = "stripe" } }

  account_concurrency = 10000 # Enough for all queues; limits.tftest.hcl has the rules on it.
}

run "accepts_the_smallest_configuration" {
  command = plan
}

# Each value is at a limit, and valid.
run "accepts_values_at_their_limits" {
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

# Only the timeout of crm is refused. A type error would fail the run, because it is not an expected failure.
# stack.tftest.hcl checks the result of a similar configuration.
run "accepts_the_types_of_a_complete_example" {
  command = plan
  variables {
    name           = "catchment"
    worker_timeout = 15 # Too short for crm. With a valid configuration, the plan would request the signing secret's password from AWS.
    sources = {
      docusign = { provider = "docusign", queue = "critical", allow_cidrs = ["203.0.113.0/24"] }
      billing  = { provider = "stripe", rotation_overlap = 86400 }
      shop     = { provider = "square", public_url = "https://hooks.example.com/shop" }
      calls    = { provider = "twilio", public_url = "https://hooks.example.com/calls?b=2&a=1" }
      crm_app  = { provider = "hubspot", schemes = ["v3"], tolerance = 60, replay = "strict" }
      mirrored = { provider = "github", header = "x-mirrored-signature", algorithm = "hmac-sha512", reply = { status = 204, empty = true } }
      signed   = { provider = "adobe-acrobat-sign", allow_cidrs = ["203.0.113.0/24"] }
      own_app  = { provider = "adobe-acrobat-sign", params = { own_application = "true" } }
      pay      = { provider = "paypal", params = { webhook_id = "4JH8…" } }
      events   = { provider = "google-pubsub", params = { audience = "https://hooks.example.com/events", service_account = "push@project.iam.gserviceaccount.com" } }
      boards   = { provider = "monday", params = { audience = "https://hooks.example.com/boards" } }
      mail     = { provider = "mandrill", split = true }
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
      { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] }, # discarded and counted
      { source = "docusign", otherwise = true, destinations = ["lake"] },                     # if no other route of docusign matches
      { source = "*", destinations = ["bus"] },
    ]
  }
  expect_failures = [var.destinations]
}

# These variables do not depend on each other, so one run checks them all.
run "refuses_values_that_are_too_small_or_unknown" {
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
    alarm_emails         = ["not-an-address"]
    alarm_actions        = ["not-an-arn"]
    alarm_thresholds     = { api_4xx = -1 }
    environment          = { AWS_REGION = "eu-west-1" }
    kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:alias/mine"
  }
  expect_failures = [
    var.name, var.architecture, var.ingest_memory, var.worker_memory, var.worker_timeout, var.reply_within, var.body_limit,
    var.throttling, var.event_retention_days, var.event_recovery_days, var.log_retention_days,
    var.log_level, var.alarm_emails, var.alarm_actions, var.alarm_thresholds, var.environment,
    var.kms_key_arn,
  ]
}

run "refuses_values_that_are_too_large" {
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

run "refuses_a_transition_to_a_class_without_immediate_access" {
  command = plan
  variables {
    event_transition = { days = 30, storage_class = "DEEP_ARCHIVE" }
  }
  expect_failures = [var.event_transition]
}

run "refuses_a_transition_before_30_days" {
  command = plan
  variables {
    event_transition = { days = 29, storage_class = "GLACIER_IR" }
  }
  expect_failures = [var.event_transition]
}

run "refuses_a_transition_after_the_expiration" {
  command = plan
  variables {
    event_retention_days = 60
    event_transition     = { days = 60, storage_class = "GLACIER_IR" }
  }
  expect_failures = [var.event_transition]
}

run "refuses_a_configuration_without_sources" {
  command = plan
  variables {
    sources = {}
  }
  expect_failures = [var.sources]
}

run "refuses_an_invalid_source_name" {
  command = plan
  variables {
    sources = { "Bad Name" = { provider = "stripe" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_source_name_that_is_too_long" {
  command = plan
  variables {
    sources = { a123456789012345678901234567890123456789012345678 = { provider = "stripe" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_unknown_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "acme" } }
  }
  expect_failures = [var.sources]
}

run "refuses_test_vectors_as_a_provider" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe.vectors" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_unknown_queue" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue = "nope" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_unknown_queue_by_type" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "invoice.paid" = "nope" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_null_queue_by_type" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "invoice.paid" = null } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_queue_by_an_impossible_type" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { (format("%0257d", 0)) = "default" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_queue_by_type_for_a_provider_without_types" {
  command = plan
  variables {
    sources = { shop = { provider = "hmac", scheme = { header = "x-signature" }, queue_by_type = { paid = "default" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_negative_rotation_overlap" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", rotation_overlap = -1 } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_fractional_dedupe_window" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", dedupe_window = 0.5 } }
  }
  expect_failures = [var.sources]
}

run "refuses_hmac_without_a_scheme" {
  command = plan
  variables {
    sources = { shop = { provider = "hmac" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_scheme_for_a_provider_with_its_own" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", scheme = { header = "x" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_custom_without_a_scheme" {
  command = plan
  variables {
    sources = { shop = { provider = "custom" } }
  }
  expect_failures = [var.sources]
}

run "refuses_methods_for_a_provider_with_its_own" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", methods = ["GET"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_param_for_a_provider_without_params" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", params = { webhook_id = "4JH8" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_unknown_param" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = "4JH8", webhook = "4JH8" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_missing_param" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal" } }
  }
  expect_failures = [var.sources]
}

# Google's keys sign for all of its customers: the audience and the service account tell the source's own tokens.
run "refuses_pubsub_without_a_service_account" {
  command = plan
  variables {
    sources = { events = { provider = "google-pubsub", params = { audience = "https://hooks.example.com/events" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_pubsub_without_an_audience" {
  command = plan
  variables {
    sources = { events = { provider = "google-pubsub", params = { service_account = "push@project.iam.gserviceaccount.com" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_another_algorithm_for_a_jwt" {
  command = plan
  variables {
    sources = { calls = { provider = "vonage", algorithm = "hmac-sha512" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_empty_param" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = "" } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_param_that_is_too_long" {
  command = plan
  variables {
    sources = { pay = { provider = "paypal", params = { webhook_id = format("%02049d", 1) } } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_public_url_that_is_not_http" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "ftp://hooks.example.com/shop" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_public_url_with_a_fragment" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "https://hooks.example.com/shop#a" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_public_url_with_a_user_name" {
  command = plan
  variables {
    sources = { shop = { provider = "square", public_url = "https://user@hooks.example.com/shop" } }
  }
  expect_failures = [var.sources]
}

run "refuses_empty_allow_cidrs" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = [] } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_prefix_length_above_32" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["203.0.113.0/24", "203.0.113.0/33"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_host_name_in_allow_cidrs" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["hooks.example.com"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_leading_zeros_in_allow_cidrs" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["203.0.113.010"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_ipv4_address_written_as_ipv6" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", allow_cidrs = ["::ffff:203.0.113.10"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_enroll_for_a_provider_that_sends_no_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", enroll = true } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_configuration_without_queues" {
  command = plan
  variables {
    queues = {}
  }
  expect_failures = [var.queues]
}

run "refuses_an_invalid_queue_name" {
  command = plan
  variables {
    queues = { default = {}, "Bad Name" = {} }
  }
  expect_failures = [var.queues]
}

run "refuses_the_name_of_another_dead_letter_queue" {
  command = plan
  variables {
    queues = { default = {}, default-dead = {} }
  }
  expect_failures = [var.queues]
}

run "refuses_max_attempts_below_1" {
  command = plan
  variables {
    queues = { default = { max_attempts = 0 } }
  }
  expect_failures = [var.queues]
}

run "refuses_maximum_concurrency_below_2" {
  command = plan
  variables {
    queues = { default = { maximum_concurrency = 1 } }
  }
  expect_failures = [var.queues]
}

run "refuses_maximum_concurrency_above_1000" {
  command = plan
  variables {
    queues = { default = { maximum_concurrency = 1001 } }
  }
  expect_failures = [var.queues]
}

run "refuses_max_receives_above_1000" {
  command = plan
  variables {
    queues = { default = { max_receives = 1001 } }
  }
  expect_failures = [var.queues]
}

run "refuses_max_receives_below_max_attempts" {
  command = plan
  variables {
    queues = { default = { max_attempts = 8, max_receives = 7 } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_batch_size_above_10" {
  command = plan
  variables {
    queues = { default = { batch_size = 11 } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_fifo_queue_without_an_ordering_key" {
  command = plan
  variables {
    queues = { default = { fifo = true } }
  }
  expect_failures = [var.queues]
}

run "refuses_an_ordering_key_for_a_standard_queue" {
  command = plan
  variables {
    queues = { default = { ordering_key = "body.id" } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_backoff_base_of_0" {
  command = plan
  variables {
    queues = { default = { backoff = { base = 0 } } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_backoff_factor_below_1" {
  command = plan
  variables {
    queues = { default = { backoff = { factor = 0.5 } } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_backoff_cap_below_the_base" {
  command = plan
  variables {
    queues = { default = { backoff = { base = 10, cap = 5 } } }
  }
  expect_failures = [var.queues]
}

run "refuses_a_backoff_cap_above_11_hours" {
  command = plan
  variables {
    queues = { default = { max_attempts = 2, backoff = { cap = 39601 } } }
  }
  expect_failures = [var.queues]
}

run "refuses_backoffs_beyond_half_of_the_retention" {
  command = plan
  variables {
    queues = { default = { max_attempts = 10, backoff = { base = 39600, cap = 39600 } } }
  }
  expect_failures = [var.queues]
}

run "refuses_an_invalid_destination_name" {
  command = plan
  variables {
    destinations = { "Bad Name" = { http = { url = "https://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_destination_without_a_kind" {
  command = plan
  variables {
    destinations = { crm = {} }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_destination_with_two_kinds" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example" }, sqs = { arn = "arn:aws:sqs:x" } } }
  }
  expect_failures = [var.destinations]
}

# One destination for each rule of destinations.tf. The destinations named right_* are valid, at a limit.
run "refuses_each_invalid_destination_with_a_message" {
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
      unknown       = { handler = { name = "mod" } }
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
  expect_failures = [aws_s3_object.config, aws_iam_role_policy.worker] # The role policy fails because of the partition of right_version.

  assert {
    condition = toset(local.destination_errors) == toset([
      "destinations.arn_function: lambda.arn is \"arn:aws:lambda:eu-west-1:123456789012:layer:erp\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by :VERSION or :ALIAS.",
      "destinations.arn_partial: lambda.arn is \"arn:aws:lambda:…\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by :VERSION or :ALIAS.",
      "destinations.arn_name: lambda.arn is \"erp\", but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by :VERSION or :ALIAS.",
      "destinations.arn_null: lambda.arn is null, but must be a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by :VERSION or :ALIAS.",
      "destinations.arn_topic: sqs.arn is \"arn:aws:sns:eu-west-1:123456789012:lake\", but must be a queue's ARN, arn:aws:sqs:REGION:ACCOUNT:NAME.",
      "destinations.arn_url: sqs.arn is \"https://sqs.eu-west-1.amazonaws.com/123456789012/lake\", but must be a queue's ARN, arn:aws:sqs:REGION:ACCOUNT:NAME.",
      "destinations.key_alias: sqs.kms_key_arn is \"arn:aws:kms:eu-west-1:123456789012:alias/lake\", but must be a key's ARN, not that of an alias, arn:aws:kms:REGION:ACCOUNT:key/ID.",
      "destinations.bus_name: eventbridge.bus is \"the bus\", but must be a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME.",
      "destinations.bus_rule: eventbridge.bus is \"arn:aws:events:eu-west-1:123456789012:rule/events\", but must be a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME.",
      "destinations.limit_small: lambda.inline_limit is 1023, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.limit_large: sqs.inline_limit is 1048577, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.limit_half: eventbridge.inline_limit is 1024.5, but must be a whole number of bytes from 1024 to 1048576.",
      "destinations.not_ordered: sqs.ordering_key is valid only for a FIFO queue, whose name ends in .fifo: remove it, or set sqs.arn to a FIFO queue.",
      "destinations.rate_low: rate is 0.0009, but must be from 0.001 to 100000 deliveries per second: omit it for no rate limit.",
      "destinations.rate_high: rate is 100001, but must be from 0.001 to 100000 deliveries per second: omit it for no rate limit.",
      "destinations.circuits_high: circuit.failures is 1001, but must be a whole number from 0 to 1000.",
      "destinations.circuits_high: circuit.probe_after is 901, but must be a whole number from 1 to 900.",
      "destinations.circuits_low: circuit.failures is -1, but must be a whole number from 0 to 1000.",
      "destinations.circuits_low: circuit.probe_after is 0, but must be a whole number from 1 to 900.",
      "destinations.circuits_half: circuit.failures is 1.5, but must be a whole number from 0 to 1000.",
      "destinations.circuits_half: circuit.probe_after is 1.5, but must be a whole number from 1 to 900.",
      "destinations.unknown: handler.name is \"mod\", but must be one of the handlers in worker-lambda/src/handlers: ${join(", ", local.handlers)}.",
      "destinations.unset: handler.settings.table is null: set a value, or remove it.",
      "destinations.nothing: handler.permissions[0].actions is empty, so the permission grants nothing: add an entry, or remove the permission.",
      "destinations.nothing: handler.permissions[0].resources is empty, so the permission grants nothing: add an entry, or remove the permission.",
      "destinations.anything: handler.permissions[1].actions has \"*\", but an action must be service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and must not cover a whole service.",
      "destinations.anything: handler.permissions[1].actions has \"s3:*\", but an action must be service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and must not cover a whole service.",
      "destinations.anything: handler.permissions[1].actions has \"s3\", but an action must be service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and must not cover a whole service.",
      "destinations.anything: handler.permissions[1].resources has \"bucket\", but a resource must be an ARN, or \"*\" for actions that do not support resource ARNs.",
    ])
    error_message = "The messages are: ${join("\n", local.destination_errors)}"
  }
}

# These rules need the partition and the account of the stack.
run "refuses_destinations_in_other_partitions_or_in_the_stack_itself" {
  command = plan
  variables {
    destinations = {
      far_function = { lambda = { arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:erp" } }
      far_queue    = { sqs = { arn = "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:lake" } }
      far_key      = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake", kms_key_arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/1a" } }
      far_bus      = { eventbridge = { bus = "arn:aws-cn:events:cn-north-1:123456789012:event-bus/events" } }
      own_function = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-ingest" } }
      own_alias    = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:test-ingest:live" } }
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
    condition = toset(local.grant_errors) == toset([
      "destinations.far_function: lambda.arn is in the partition aws-cn, but this stack is in aws, and AWS partitions cannot access each other: use an ARN in aws.",
      "destinations.far_queue: sqs.arn is in the partition aws-us-gov, but this stack is in aws, and AWS partitions cannot access each other: use an ARN in aws.",
      "destinations.far_key: sqs.kms_key_arn is in the partition aws-cn, but this stack is in aws, and AWS partitions cannot access each other: use an ARN in aws.",
      "destinations.far_bus: eventbridge.bus is in the partition aws-cn, but this stack is in aws, and AWS partitions cannot access each other: use an ARN in aws.",
      "destinations.own_function: lambda.arn is part of this stack itself: use the resource that is to receive the events.",
      "destinations.own_alias: lambda.arn is part of this stack itself: use the resource that is to receive the events.",
      "destinations.own_version: lambda.arn is part of this stack itself: use the resource that is to receive the events.",
      "destinations.own_queue: sqs.arn is part of this stack itself: use the resource that is to receive the events.",
      "destinations.own_dead: sqs.arn is part of this stack itself: use the resource that is to receive the events.",
    ])
    error_message = "The messages are: ${join("\n", local.grant_errors)}"
  }
}

# An event of `shop` has two destinations: one by its own route, one by the route for all sources. An event of `mail`
# has one destination, and up to four events of its group may come before it in a batch.
run "refuses_max_receives_below_the_attempts_of_all_destinations" {
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
    condition = toset(local.max_receives_errors) == toset([
      "queues.default: max_receives is 15, but must be at least 16: an event of this queue may take 16 attempts (max_attempts for each of its destinations, which are retried independently), and SQS would dead-letter an event that the worker is still trying to deliver. Raise max_receives, to at most 1000, or lower max_attempts.",
      "queues.urgent: max_receives is 3, but must be at least 4: an event of this queue may take 4 attempts (max_attempts for each of its destinations, which are retried independently), and SQS would dead-letter an event that the worker is still trying to deliver. Raise max_receives, to at most 1000, or lower max_attempts.",
      "queues.ordered: max_receives is 9, but must be at least 10: an event of this queue may take 2 attempts (max_attempts for each of its destinations, which are retried independently), and so may each of the 4 events of its group that are received with it and come before it, and SQS would dead-letter an event that the worker is still trying to deliver. Raise max_receives, to at most 1000, or lower max_attempts or batch_size.",
    ])
    error_message = "The messages are: ${join("\n", local.max_receives_errors)}"
  }
}

# Attempts use up receives even if no route exists. The queue `right` is exactly at the limit.
run "refuses_too_few_receives_in_a_fifo_queue_without_destinations" {
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
    condition     = length(local.max_receives_errors) == 1 && startswith(local.max_receives_errors[0], "queues.default: max_receives is 29, but must be at least 30: ")
    error_message = "The messages are: ${join("\n", local.max_receives_errors)}"
  }
}

# Events reach the destinations through the queue of the source and through the queue of an event type.
run "refuses_a_rate_below_one_delivery_per_invocation" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", queue_by_type = { "charge.failed" = "urgent" } } }
    queues  = { default = { maximum_concurrency = 10 }, urgent = { maximum_concurrency = 5 } }
    destinations = {
      slow     = { eventbridge = { bus = "slow" }, rate = 0.29 }
      enough   = { eventbridge = { bus = "enough" }, rate = 0.3 }
      unrouted = { eventbridge = { bus = "unrouted" }, rate = 0.001 }
    }
    routes = [{ source = "*", destinations = ["slow", "enough"] }]
  }
  assert {
    condition     = local.rate_errors == ["destinations.slow: rate is 0.29 deliveries per second, which is one in 52 seconds for each of the 15 worker environments that may deliver there (the sum of maximum_concurrency of its queues). It must be one in at most 51 seconds, because an environment keeps its share of the rate only within an invocation (worker_timeout is 60 seconds). Lower maximum_concurrency, or raise rate or worker_timeout."]
    error_message = "The messages are: ${join("\n", local.rate_errors)}"
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_rate_without_maximum_concurrency" {
  command = plan
  variables {
    sources = {
      shop = { provider = "stripe", queue = "limited", queue_by_type = { "invoice.paid" = "urgent" } }
      mail = { provider = "sendgrid", queue = "slow" }
      note = { provider = "github", queue = "note" }
    }
    queues = { limited = { maximum_concurrency = 10 }, urgent = {}, slow = {}, note = {}, unused = {} }
    destinations = {
      erp      = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" }, rate = 15 }
      lake     = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" }, rate = 2 }
      bus      = { eventbridge = { bus = "events" } }
      unrouted = { eventbridge = { bus = "unrouted" }, rate = 1 }
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
    condition = toset(local.rate_errors) == toset([for it in [["erp", "15", "urgent"], ["lake", "2", "note"], ["lake", "2", "slow"], ["lake", "2", "urgent"]] :
      "destinations.${it[0]}: rate is ${it[1]} deliveries per second, which is divided among the worker environments. Set maximum_concurrency of queues.${it[2]}, whose events may be delivered there."
    ]) && length(local.rate_errors) == 4
    error_message = "The messages are: ${join("\n", local.rate_errors)}"
  }
}

# The limit is in bytes: each ä has two.
run "refuses_expressions_that_are_empty_or_too_long" {
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
    condition = toset(local.expression_errors) == toset([
      "sources.shop: id[1] is empty: write an expression, or remove it.",
      "sources.shop: type[0] is empty: write an expression, or remove it.",
      "sources.mail: list.items is empty: write an expression, or remove it.",
      "sources.mail: list.id[0] is empty: write an expression, or remove it.",
      "sources.mail: list.type[0] is empty: write an expression, or remove it.",
      "queues.ordered: ordering_key is empty: write an expression, or remove it.",
      "destinations.lake: sqs.ordering_key is empty: write an expression, or remove it.",
      "routes[0] (source \"shop\"): filter is empty: write an expression, or remove it.",
      "routes[2] (source \"shop\"): filter has more than 4096 bytes: shorten it.",
      "routes[3] (source \"shop\"): filter has more than 4096 bytes: shorten it.",
      "routes[4] (source \"shop\"): filter has more than 4096 bytes: shorten it.",
    ])
    error_message = "The messages are: ${join("\n", local.expression_errors)}"
  }
}

# Sources and destinations do not depend on each other, so one run checks a rule of each.
run "refuses_split_without_a_list_and_a_handler_timeout_that_is_too_long" {
  command = plan
  variables {
    sources      = { shop = { provider = "stripe", split = true } }
    destinations = { crm = { handler = { name = "envelope_status", timeout = 52 } } }
  }
  expect_failures = [var.sources, var.destinations]
}

run "refuses_a_list_without_split_and_a_header_without_a_value" {
  command = plan
  variables {
    sources      = { mail = { provider = "sendgrid", list = { items = "body" } } }
    destinations = { crm = { http = { url = "https://a.example", headers = { X-Tenant = null } } } }
  }
  expect_failures = [var.sources, var.destinations]
}

run "refuses_a_success_to_reject_on" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", reject_on = [299] } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_status_to_retry_on_above_599" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", retry_on = [410, 600] } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_fractional_status_to_retry_on" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", retry_on = [404.5] } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_null_status_to_reject_on" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", reject_on = [null] } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_status_to_reject_on_and_to_retry_on" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", reject_on = [404, 409], retry_on = [410, 409] } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_delivery_method_without_a_body" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", method = "GET" } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_otherwise_with_a_filter" {
  command = plan
  variables {
    routes = [{ source = "*", otherwise = true, filter = "body.id", destinations = [] }]
  }
  expect_failures = [var.routes]
}

run "refuses_a_destination_url_that_is_not_http" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "ftp://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_destination_url_with_a_password" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://user:password@a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_plain_http_to_public_addresses" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "http://a.example" } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_delivery_timeout_that_the_worker_cannot_fit" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", timeout = 52 } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_delivery_timeout_of_0" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", timeout = 0 } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_header_that_the_worker_sets" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", headers = { Webhook-Id = "x" } } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_an_invalid_header_name" {
  command = plan
  variables {
    destinations = { crm = { http = { url = "https://a.example", headers = { "a b" = "x" } } } }
  }
  expect_failures = [var.destinations]
}

run "refuses_a_route_with_an_unknown_source" {
  command = plan
  variables {
    routes = [{ source = "nope", destinations = [] }]
  }
  expect_failures = [var.routes]
}

run "refuses_a_route_with_an_unknown_destination" {
  command = plan
  variables {
    routes = [{ source = "*", destinations = ["nope"] }]
  }
  expect_failures = [var.routes]
}

run "refuses_a_missing_lambda_package" {
  command = plan
  variables {
    ingest_zip = "no/such.zip"
  }
  expect_failures = [aws_lambda_function.function["ingest"]]
}

run "refuses_a_scheme_that_the_provider_does_not_have" {
  command = plan
  variables {
    sources = { crm = { provider = "hubspot", schemes = ["v4"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_empty_list_of_schemes" {
  command = plan
  variables {
    sources = { crm = { provider = "hubspot", schemes = [] } }
  }
  expect_failures = [var.sources]
}

run "refuses_the_name_of_an_only_scheme" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", schemes = ["v1"] } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_tolerance_where_no_time_is_signed" {
  command = plan
  variables {
    sources = { shop = { provider = "square", tolerance = 60 } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_fractional_tolerance_of_a_provider" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", tolerance = 0.5 } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_tolerance_beyond_a_week" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", tolerance = 604801 } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_algorithm_that_is_not_an_hmac" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", algorithm = "token" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_hmac_in_place_of_a_public_key" {
  command = plan
  variables {
    sources = { chat = { provider = "discord", algorithm = "hmac-sha256" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_header_of_one_of_several_schemes" {
  command = plan
  variables {
    sources = { crm = { provider = "hubspot", header = "x-signature" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_header_of_a_provider_that_signs_elsewhere" {
  command = plan
  variables {
    sources = { docs = { provider = "pandadoc", header = "x-signature" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_header_with_a_space" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", header = "x signature" } }
  }
  expect_failures = [var.sources]
}

run "refuses_an_unknown_kind_of_replay_protection" {
  command = plan
  variables {
    sources = { pay = { provider = "stripe", replay = "loose" } }
  }
  expect_failures = [var.sources]
}

run "refuses_a_scheme_setting_beside_an_inline_scheme" {
  command = plan
  variables {
    sources = { own = { provider = "hmac", scheme = { header = "x" }, tolerance = 60 } }
  }
  expect_failures = [var.sources]
}

run "refuses_adobes_common_client_id_from_any_address" {
  command = plan
  variables {
    sources = { sign = { provider = "adobe-acrobat-sign" } }
  }
  expect_failures = [var.sources]
}
