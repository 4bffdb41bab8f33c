# Headers that are forwarded to HTTP destinations, and their credentials: what the module writes and grants, and what it
# refuses. A plan of an HTTP destination's signing secret requests a random password from AWS. Therefore the runs plan the
# configuration and the worker's policy only, which do not depend on it.

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
  target          = aws_secretsmanager_secret.destination
  override_during = plan
  values = {
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:signing"
  }
}

override_resource {
  target          = aws_secretsmanager_secret.credential
  override_during = plan
  values = {
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:credential"
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
  target          = terraform_data.fingerprint_key
  override_during = plan
  values = {
    output = "a random value"
  }
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

variables {
  name       = "test"
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"
  sources    = { code = { provider = "gitlab" } }
}

run "writes_forwarded_headers_and_credentials_and_grants_their_secrets" {
  command = plan

  plan_options {
    target = [aws_s3_object.config, aws_iam_role_policy.worker]
  }

  variables {
    environment = { AWS_ENDPOINT_URL = "http://127.0.0.1:4566" } # Without a VPC, only an emulator has private addresses.
    destinations = {
      plain  = { http = { url = "https://a.example", forward_headers = ["X-GitLab-*", "x-amz-*", "x-amz-sns-topic-arn"] } }
      bearer = { http = { url = "https://a.example", auth = { type = "bearer" } } }
      basic  = { http = { url = "https://a.example", auth = { type = "basic" } } }
      header = { http = { url = "https://a.example", auth = { type = "header", header = "X-Api-Key" } } }
      oauth2 = { http = { url = "https://a.example", auth = { type = "oauth2", token_url = "https://b.example/token", scope = "a b", audience = "https://c.example", client_authentication = "client_secret_post" } } }
      local  = { http = { url = "http://a.example", allow_private = true, auth = { type = "oauth2", token_url = "http://b.example" } } }
    }
  }

  assert {
    condition = jsonencode({ for name, it in jsondecode(aws_s3_object.config.content).destinations : name => [it.http.forward_headers, it.http.auth] }) == jsonencode({
      plain  = [["X-GitLab-*", "x-amz-*", "x-amz-sns-topic-arn"], null]
      bearer = [[], { type = "bearer", secret_arn = aws_secretsmanager_secret.credential["bearer"].arn }]
      basic  = [[], { type = "basic", secret_arn = aws_secretsmanager_secret.credential["basic"].arn }]
      header = [[], { type = "header", header = "X-Api-Key", secret_arn = aws_secretsmanager_secret.credential["header"].arn }]
      oauth2 = [[], { type = "oauth2", token_url = "https://b.example/token", scope = "a b", audience = "https://c.example", client_authentication = "client_secret_post", secret_arn = aws_secretsmanager_secret.credential["oauth2"].arn }]
      local  = [[], { type = "oauth2", token_url = "http://b.example", secret_arn = aws_secretsmanager_secret.credential["local"].arn }]
    })
    error_message = "Destinations are written as ${jsonencode(jsondecode(aws_s3_object.config.content).destinations)}."
  }

  # The worker may read the signing secrets and the credentials of this stack, by the prefixes of their names.
  assert {
    condition = { for statement in data.aws_iam_policy_document.worker.statement : statement.sid => "${join(", ", statement.actions)} on ${join(", ", statement.resources)}" if statement.actions == toset(["secretsmanager:GetSecretValue"]) } == {
      ReadSigningSecrets = "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/destination/*"
      ReadCredentials    = "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/credential/*"
    }
    error_message = "The permissions of the worker Lambda are: ${jsonencode(data.aws_iam_policy_document.worker.statement)}."
  }
}

run "grants_no_credentials_without_a_credential" {
  command = plan

  plan_options {
    target = [aws_s3_object.config, aws_iam_role_policy.worker]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example" } } }
  }

  assert {
    condition     = keys(local.secret_grants) == tolist(["ReadSigningSecrets"])
    error_message = "The permissions to read secrets are: ${jsonencode(local.secret_grants)}."
  }
}

run "refuses_a_wildcard_alone_as_a_forwarded_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["*"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_wildcard_within_a_forwarded_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["x-*-event"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_invalid_name_as_a_forwarded_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["x event"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_too_many_forwarded_headers" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["x-0", "x-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7", "x-8", "x-9", "x-10", "x-11", "x-12", "x-13", "x-14", "x-15", "x-16", "x-17", "x-18", "x-19", "x-20", "x-21", "x-22", "x-23", "x-24", "x-25", "x-26", "x-27", "x-28", "x-29", "x-30", "x-31", "x-32", "x-33", "x-34", "x-35", "x-36", "x-37", "x-38", "x-39", "x-40", "x-41", "x-42", "x-43", "x-44", "x-45", "x-46", "x-47", "x-48", "x-49", "x-50"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_a_hop_by_hop_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["Keep-Alive"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_proxy_headers" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["proxy-*"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_cookies" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["cookie"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_authorization" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["Authorization"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_a_header_that_the_worker_sets" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["x-event", "webhook-*"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_a_header_of_api_gateway" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["x-amzn-trace-id"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_to_forward_the_header_with_a_sources_secret" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", forward_headers = ["X-GitLab-Token"] } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_type_of_credential" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "digest" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_header_credential_without_a_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "header" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_oauth2_without_a_token_url" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "oauth2" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_attribute_of_another_type_of_credential" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "bearer", scope = "a" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_credential_in_a_header_that_the_worker_sets" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "header", header = "Webhook-Id" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_credential_in_an_invalid_header" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "header", header = "x key" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_credential_beside_a_configured_header_of_that_name" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", headers = { AUTHORIZATION = "x" }, auth = { type = "basic" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_token_url_with_a_password" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "oauth2", token_url = "https://u:p@a.example" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_token_url_of_plain_http" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "oauth2", token_url = "http://a.example" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_empty_scope" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "oauth2", token_url = "https://a.example", scope = "" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_client_authentication" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://a.example", auth = { type = "oauth2", token_url = "https://a.example", client_authentication = "private_key_jwt" } } } }
  }
  expect_failures = [aws_s3_object.config]
}
