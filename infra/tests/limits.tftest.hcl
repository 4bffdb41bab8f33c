# Limits of AWS that a plan must keep: routes, throttling and concurrency. The runs only plan; see refusals.tftest.hcl.

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
}

# With the concurrency that a new account may have.
run "each_source_has_its_own_route" {
  command = plan

  variables {
    sources = {
      shop  = { provider = "stripe" }
      busy  = { provider = "github", throttling = { rate = 500.5, burst = 100 } }
      calm  = { provider = "github", throttling = { rate = 1 } }
      meter = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8" }, throttling = { burst = 3 } }
      ping = {
        provider   = "custom", scheme = { header = "x-token", algorithm = "token", encoding = "utf8" }
        handshakes = [{ title = "Ping", method = "GET", when = [{ query = "ping" }], fields = { ping = { path = true } }, reply = { text = "{ping}" } }]
      }
    }
    queues = { default = {}, a = {}, b = {}, c = { maximum_concurrency = 2 } }
  }

  assert {
    condition = { for name, route in aws_apigatewayv2_route.webhook : name => route.route_key } == {
      shop = "ANY /shop", busy = "ANY /busy", calm = "ANY /calm", meter = "ANY /meter", ping = "ANY /ping"
    }
    error_message = "The routes are ${jsonencode(aws_apigatewayv2_route.webhook)}."
  }

  # Only the sources that read a value from the path have one.
  assert {
    condition     = { for name, route in aws_apigatewayv2_route.webhook_with_token : name => route.route_key } == { meter = "ANY /meter/{token}", ping = "ANY /ping/{token}" }
    error_message = "The routes with a token are ${jsonencode(aws_apigatewayv2_route.webhook_with_token)}."
  }

  # This resource orders their changes.
  assert {
    condition = terraform_data.routes.input == tolist([
      "ANY /busy", "ANY /calm", "ANY /meter", "ANY /meter/{token}", "ANY /ping", "ANY /ping/{token}", "ANY /shop"
    ])
    error_message = "The routes in order are ${jsonencode(terraform_data.routes.input)}."
  }

  assert {
    condition = [for settings in [aws_apigatewayv2_stage.default.default_route_settings[0]] :
      [settings.throttling_rate_limit, settings.throttling_burst_limit]
    ] == [[20, 10]]
    error_message = "The default throttling is ${jsonencode(aws_apigatewayv2_stage.default.default_route_settings)}."
  }

  assert {
    condition = { for settings in aws_apigatewayv2_stage.default.route_settings : settings.route_key => [settings.throttling_rate_limit, settings.throttling_burst_limit] } == {
      "ANY /busy" = [500.5, 100], "ANY /calm" = [1, 10], "ANY /meter" = [20, 3], "ANY /meter/{token}" = [20, 3]
    }
    error_message = "The throttling of single routes is ${jsonencode(aws_apigatewayv2_stage.default.route_settings)}."
  }

  # Four queues, of which each needs two, fit into eight of ten.
  assert {
    condition     = { for name, mapping in aws_lambda_event_source_mapping.queue : name => mapping.scaling_config[0].maximum_concurrency } == { default = 2, a = 2, b = 2, c = 2 }
    error_message = "The concurrency of the queues is ${jsonencode(local.queues)}."
  }

  assert {
    condition     = { for name, function in aws_lambda_function.function : name => function.reserved_concurrent_executions } == { ingest = -1, worker = -1 }
    error_message = "A function has reserved concurrency."
  }
}

run "concurrency_follows_the_account" {
  command = plan

  variables {
    account_concurrency         = 6000
    ingest_reserved_concurrency = 5900
    throttling                  = { rate = 3000 }
    queues                      = { default = {}, other = {}, full = { maximum_concurrency = 70 } }
  }

  assert {
    condition     = { for name, function in aws_lambda_function.function : name => function.reserved_concurrent_executions } == { ingest = 5900, worker = -1 }
    error_message = "The reserved concurrency is another."
  }

  # At most 10 by default, and at most AWS's own quota of bursts.
  assert {
    condition     = [local.queues.default.maximum_concurrency, local.throttling.rate, local.throttling.burst, local.worker_concurrency] == [10, 3000, 5000, 100]
    error_message = "The limits are ${jsonencode([local.queues, local.throttling])}."
  }
}

run "refuses_a_concurrency_that_is_too_small" {
  command = plan

  variables {
    account_concurrency = 2
    throttling          = { burst = 1.5 }
  }

  expect_failures = [var.account_concurrency, var.throttling]
}

run "refuses_a_fraction_as_concurrency" {
  command = plan

  variables {
    account_concurrency = 10.5
    throttling          = { rate = 0.5 }
  }

  expect_failures = [var.account_concurrency, var.throttling]
}

run "refuses_a_rate_of_a_source_below_1" {
  command = plan

  variables {
    sources = { shop = { provider = "stripe", throttling = { rate = 0.5 } } }
  }

  expect_failures = [var.sources]
}

run "refuses_a_fraction_as_the_burst_of_a_source" {
  command = plan

  variables {
    sources = { shop = { provider = "stripe", throttling = { burst = 1.5 } } }
  }

  expect_failures = [var.sources]
}

run "refuses_to_reserve_nothing" {
  command = plan

  variables {
    account_concurrency         = 1000
    ingest_reserved_concurrency = 0
  }

  expect_failures = [var.ingest_reserved_concurrency]
}

# A reservation leaves 100 of the account's concurrency.
run "refuses_to_reserve_what_aws_would_refuse" {
  command = plan

  variables {
    account_concurrency         = 1000
    ingest_reserved_concurrency = 901
  }

  expect_failures = [var.ingest_reserved_concurrency]
}

run "refuses_queues_that_leave_ingest_less_than_a_fifth" {
  command = plan

  variables {
    queues = { default = {}, a = {}, b = {}, c = { maximum_concurrency = 3 } }
  }

  expect_failures = [var.queues]
}

run "refuses_queues_that_leave_ingest_less_than_its_reservation" {
  command = plan

  variables {
    account_concurrency         = 1000
    ingest_reserved_concurrency = 300
    queues                      = { default = { maximum_concurrency = 701 } }
  }

  expect_failures = [var.queues]
}

# A source that reads a token from the path needs two routes.
run "refuses_more_routes_than_an_api_has" {
  command = plan

  variables {
    sources = merge(
      { for number in range(299) : "s${number}" => { provider = "stripe" } },
      { meter = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8" } } },
    )
  }

  expect_failures = [aws_apigatewayv2_stage.default]

  assert {
    condition     = local.route_errors == ["sources: 300 sources need 301 routes (a source that reads a token from the path needs two), but an API of API Gateway has at most 300. Divide the sources among several stacks."]
    error_message = "The messages are ${jsonencode(local.route_errors)}."
  }
}

# The quotas differ between regions. Those of a standard queue have no limit.
run "refuses_a_rate_beyond_that_of_a_fifo_queue" {
  command = plan

  variables {
    destinations = {
      exact    = { sqs = { arn = "arn:aws:sqs:eu-central-1:123456789012:a.fifo" }, rate = 19000 }
      beyond   = { sqs = { arn = "arn:aws:sqs:eu-central-1:123456789012:b.fifo" }, rate = 19001 }
      other    = { sqs = { arn = "arn:aws:sqs:eu-north-1:123456789012:c.fifo" }, rate = 2401 }
      standard = { sqs = { arn = "arn:aws:sqs:eu-north-1:123456789012:d" }, rate = 100000 }
    }
  }

  expect_failures = [aws_s3_object.config]

  assert {
    condition = local.fifo_rate_errors == [
      "destinations.beyond: rate is 19001 deliveries per second, but a FIFO queue in eu-central-1 takes at most 19000: lower rate, or use a standard queue.",
      "destinations.other: rate is 2401 deliveries per second, but a FIFO queue in eu-north-1 takes at most 2400: lower rate, or use a standard queue.",
    ]
    error_message = "The messages are ${jsonencode(local.fifo_rate_errors)}."
  }
}
