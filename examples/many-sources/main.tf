# Many sources share a stack. Important events have queues of their own, envelopes stay in order, and no destination gets
# more than it can take.
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

  name = "hooks"

  sources = {
    docusign = { provider = "docusign", queue = "envelopes" }
    billing  = { provider = "stripe", queue_by_type = { "charge.dispute.created" = "critical" } }
    code     = { provider = "github" }
    shop     = { provider = "shopify" }
    chat     = { provider = "slack" }

    # A system of your own that sends thousands of events at once.
    export = { provider = "hmac", queue = "bulk", scheme = { header = "x-signature" }, id = ["body.id"], type = ["body.type"] }
  }

  # Each queue has its own workers, so that none waits for another. A queue whose events go to a destination with a rate
  # must say how many workers share it.
  queues = {
    default   = { maximum_concurrency = 2 }
    bulk      = { maximum_concurrency = 2 }
    critical  = { maximum_concurrency = 2, max_attempts = 12, backoff = { base = 5, factor = 3, cap = 3600 } }
    envelopes = { maximum_concurrency = 2, fifo = true, ordering_key = "body.data.envelopeId" }
  }

  destinations = {
    crm   = { http = { url = "https://crm.example.com/hooks" }, rate = 15 } # At most 15 deliveries per second.
    stats = { http = { url = "https://stats.example.com/events" }, rate = 200 }
    erp   = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" } }
    lake  = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" } }
  }

  routes = [
    { source = "*", destinations = ["lake"] },
    { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "erp"] },
    { source = "billing", destinations = ["crm", "erp"] },
    { source = "shop", destinations = ["crm"] },
    { source = "export", destinations = ["stats"] },
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
