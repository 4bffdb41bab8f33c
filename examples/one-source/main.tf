# Stripe's webhooks are delivered to one HTTP endpoint.
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

  name         = "hooks"
  sources      = { billing = { provider = "stripe" } }
  destinations = { crm = { http = { url = "https://crm.example.com/hooks" } } }
  routes       = [{ source = "billing", destinations = ["crm"] }]
  alarm_emails = ["oncall@example.com"]
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
