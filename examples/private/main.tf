# Nothing is reachable that need not be, everything is encrypted with a key of your own, and nobody can delete an event.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100" # The series that the module is tested with.
    }
  }
}

module "catchment" {
  source = "../../infra"

  name = "private"

  sources = {
    # Reached on the domain of mutual TLS only, with a certificate of this subject.
    docusign = {
      provider           = "docusign"
      client_certificate = { subject = "C=US,ST=California,L=San Francisco,O=Example Inc.,CN=sender.example.com" }
    }

    # Stripe presents no certificate. Its webhooks arrive on the other domain, from its own addresses.
    billing = { provider = "stripe", allow_cidrs = ["203.0.113.0/24"] }
  }

  # A service at a private address of the VPC.
  destinations = { crm = { http = { url = "https://crm.internal.example.com/hooks", allow_private = true } } }
  routes       = [{ source = "*", destinations = ["crm"] }]
  alarm_emails = ["oncall@example.com"]

  # The API's own address is off: the sources are reached by these names alone.
  disable_execute_api_endpoint = true
  domain = {
    name            = "hooks.example.com"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666"
    hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
    mutual_tls = {
      name            = "mtls.hooks.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-777788889999"
      truststore_uri  = "s3://example-trust/truststore.pem"
    }
  }

  # The worker's network. It needs a way to AWS's services: endpoints of the VPC, or a NAT gateway.
  vpc = {
    subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
    security_group_ids = ["sg-0123456789abcdef0"]
  }

  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4444-5555-6666-777788889999"

  # For a year, nobody can delete or overwrite an event, not even the account's root user.
  object_lock          = { mode = "COMPLIANCE", days = 365 }
  event_retention_days = 400

  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  role_path                = "/catchment/"
}

output "webhook_urls" {
  description = "URL to register with the provider, by source."
  value       = module.catchment.webhook_urls
}

output "source_secret_arns" {
  description = "ARN of the secret to set, by source."
  value       = module.catchment.source_secret_arns
}

output "destination_secret_arns" {
  description = "ARN of the secret that signs deliveries, by HTTP destination."
  value       = module.catchment.destination_secret_arns
}
