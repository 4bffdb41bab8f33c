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
    name                 = "a12345678901234567890123456789"
    sources              = { a12345678901234567890123456789012345678901234567 = { provider = "hmac", queue = "slow", scheme = { query = "signature" } } }
    queues               = { slow = { max_attempts = 8, max_receives = 8, backoff = { base = 39600, cap = 39600 } }, once = { max_attempts = 1, max_receives = 1 } }
    reply_within         = 25
    worker_timeout       = 900
    event_retention_days = 31
    event_transition     = { days = 30, storage_class = "GLACIER_IR" }
  }
}

# What does not depend on each other goes wrong at once: each of these must be refused.
run "too_small_or_unknown" {
  command = plan
  variables {
    name                 = "Bad_Name"
    architecture         = "amd64"
    ingest_memory        = 64
    worker_memory        = 64
    worker_timeout       = 9
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

run "id_empty" {
  command = plan
  variables {
    sources = { shop = { provider = "stripe", id = [""] } }
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
