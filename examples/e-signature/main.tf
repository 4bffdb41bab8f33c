# Two integrations share one Docusign account. Each gets the events of its own envelopes, in their order.
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

  name = "esign"

  sources = {
    # Replies of an absent recipient have no place in the order, and wait in the queue `default`.
    docusign = { provider = "docusign", queue = "envelopes", queue_by_type = { recipient-autoresponded = "default" } }
  }

  queues = {
    default   = {}
    envelopes = { fifo = true, ordering_key = "body.data.envelopeId", max_attempts = 12, backoff = { base = 5, factor = 3, cap = 3600 } }
  }

  destinations = {
    sales = { http = { url = "https://sales.example.com/docusign" } }
    legal = { http = { url = "https://legal.example.com/docusign", auth = { type = "bearer" } } }
  }

  # The envelope's custom field `Integration` says whose envelope it is.
  routes = [
    {
      source       = "docusign"
      filter       = "body.data.envelopeSummary.customFields.*[] | [?name == 'Integration' && value == 'Sales']"
      destinations = ["sales"]
    },
    {
      source       = "docusign"
      filter       = "body.data.envelopeSummary.customFields.*[] | [?name == 'Integration' && value == 'Legal']"
      destinations = ["legal"]
    },
    { source = "docusign", otherwise = true, destinations = [] },
  ]

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

output "destination_credential_arns" {
  description = "ARN of the secret to set to the token that a destination demands, by destination."
  value       = module.catchment.destination_credential_arns
}
