# Custom domain names, mutual TLS and the URLs of sources. The runs only plan, with the real provider and without AWS: see
# stack.tftest.hcl. `cargo test -p catchment` sees each refusal with its message.

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
  values          = { arn = "arn:aws:sqs:eu-west-1:123456789012:queue", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/queue" }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-west-1:123456789012:dead", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead" }
}

override_resource {
  target          = aws_secretsmanager_secret.source
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:source" }
}

override_resource {
  target          = aws_apigatewayv2_stage.default
  override_during = plan
  values          = { invoke_url = "https://api.execute-api.eu-west-1.amazonaws.com/" }
}

variables {
  name       = "test"
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"
  sources = {
    docusign = { provider = "docusign", client_certificate = { subject = "C=US,O=Example Inc.,CN=sender.example.com" } }
    billing  = { provider = "stripe" }
    meter    = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8" } }
  }
  domain = {
    name            = "hooks.example.com"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-1111-1111-111111111111"
    hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
    mutual_tls = {
      name                      = "mtls.hooks.example.com"
      certificate_arn           = "arn:aws:acm:eu-west-1:123456789012:certificate/22222222-2222-2222-2222-222222222222"
      truststore_uri            = "s3://example-trust/truststore.pem"
      truststore_version        = "v1"
      ownership_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/33333333-3333-3333-3333-333333333333"
    }
  }
}

run "plans_both_domain_names" {
  command = plan

  variables {
    disable_execute_api_endpoint = true
  }

  assert {
    condition = jsonencode([for domain in aws_apigatewayv2_domain_name.domain : [for configuration in domain.domain_name_configuration :
      [domain.domain_name, configuration.certificate_arn, configuration.endpoint_type, configuration.security_policy]
      ]]) == jsonencode([
      [["mtls.hooks.example.com", var.domain.mutual_tls.certificate_arn, "REGIONAL", "TLS_1_2"]],
      [["hooks.example.com", var.domain.certificate_arn, "REGIONAL", "TLS_1_2"]],
    ])
    error_message = "The domain names are ${jsonencode(aws_apigatewayv2_domain_name.domain)}."
  }

  assert {
    condition     = alltrue([for domain in aws_apigatewayv2_domain_name.domain : domain.tags == tomap({ application = "catchment", stack = "test" })])
    error_message = "A domain name lacks the tags."
  }

  # A certificate is demanded on the second name alone.
  assert {
    condition = (
      length(aws_apigatewayv2_domain_name.domain["webhooks"].mutual_tls_authentication) == 0 &&
      aws_apigatewayv2_domain_name.domain["mutual_tls"].domain_name_configuration[0].ownership_verification_certificate_arn == var.domain.mutual_tls.ownership_certificate_arn &&
      jsonencode(aws_apigatewayv2_domain_name.domain["mutual_tls"].mutual_tls_authentication) == jsonencode([{ truststore_uri = "s3://example-trust/truststore.pem", truststore_version = "v1" }])
    )
    error_message = "Mutual TLS is ${jsonencode(aws_apigatewayv2_domain_name.domain["mutual_tls"].mutual_tls_authentication)}."
  }

  assert {
    condition     = length(aws_apigatewayv2_api_mapping.domain) == 2 && alltrue([for mapping in aws_apigatewayv2_api_mapping.domain : mapping.api_mapping_key == null])
    error_message = "A domain name leads to another path of the API than its root, or to none."
  }

  assert {
    condition = { for record in aws_route53_record.domain : record.name => [record.type, record.zone_id] } == {
      "hooks.example.com"      = ["A", "Z0123456789ABCDEFGHIJ"]
      "mtls.hooks.example.com" = ["A", "Z0123456789ABCDEFGHIJ"]
    }
    error_message = "The records are ${jsonencode(aws_route53_record.domain)}."
  }

  assert {
    condition     = aws_apigatewayv2_api.webhooks.disable_execute_api_endpoint
    error_message = "The API's own endpoint is not disabled."
  }

  assert {
    condition = output.webhook_urls == {
      docusign = "https://mtls.hooks.example.com/docusign"
      billing  = "https://hooks.example.com/billing"
      meter    = "https://hooks.example.com/meter/TOKEN"
    }
    error_message = "The webhook URLs are ${jsonencode(output.webhook_urls)}."
  }

  # Ingest itself compares the name and the subject.
  assert {
    condition = { for name, source in jsondecode(aws_s3_object.config.content).sources : name => source.client_certificate } == {
      docusign = { domain = "mtls.hooks.example.com", subject = "C=US,O=Example Inc.,CN=sender.example.com" }
      billing  = null
      meter    = null
    }
    error_message = "The client certificates are written as ${jsonencode({ for name, source in jsondecode(aws_s3_object.config.content).sources : name => source.client_certificate })}."
  }
}

# Without Route 53 and without mutual TLS, and with the API's own endpoint still enabled.
run "plans_one_domain_name_whose_dns_is_elsewhere" {
  command = plan

  variables {
    sources = { billing = { provider = "stripe" } }
    domain  = { name = "hooks.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-1111-1111-111111111111" }
  }

  assert {
    condition     = keys(aws_apigatewayv2_domain_name.domain) == ["webhooks"] && length(aws_route53_record.domain) == 0 && keys(output.domain_targets) == ["hooks.example.com"]
    error_message = "The domain names are ${jsonencode(keys(aws_apigatewayv2_domain_name.domain))}, with ${length(aws_route53_record.domain)} records."
  }

  assert {
    condition     = !aws_apigatewayv2_api.webhooks.disable_execute_api_endpoint && output.webhook_urls.billing == "https://hooks.example.com/billing"
    error_message = "The webhook URLs are ${jsonencode(output.webhook_urls)}."
  }
}

run "refuses_a_certificate_of_another_region" {
  command = plan

  variables {
    sources = { billing = { provider = "stripe" } }
    domain  = { name = "hooks.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-1111-1111-111111111111" }
  }

  expect_failures = [aws_apigatewayv2_domain_name.domain]
}

run "refuses_what_needs_a_domain_without_one" {
  command = plan

  variables {
    domain                       = null
    disable_execute_api_endpoint = true
  }

  expect_failures = [var.disable_execute_api_endpoint, var.sources]
}

run "refuses_domain_names_without_certificate_or_truststore" {
  command = plan

  variables {
    domain = {
      name            = "Hooks.example.com"
      certificate_arn = null
      hosted_zone_id  = "example.com"
      mutual_tls = {
        name               = "Hooks.example.com"
        certificate_arn    = "arn:aws:iam::123456789012:server-certificate/hooks"
        truststore_uri     = "https://example-trust.s3.amazonaws.com/truststore.pem"
        truststore_version = ""
      }
    }
  }

  expect_failures = [var.domain]
}
