# A small set-up to begin with: copy it to catchment.tfvars, change it, and
#   terraform apply -var-file catchment.tfvars
# What each attribute means is in variables_*.tf; all times are in seconds.

name = "catchment"

# Who sends webhooks. The URL to register and the secret to set are in the outputs webhook_urls and
# source_secret_arns.
sources = {
  docusign = { provider = "docusign", queue = "critical" }
  billing  = { provider = "stripe" }
  code     = { provider = "github" }

  # A system of your own that signs `X-Timestamp` and the body.
  in_house = {
    provider = "hmac"
    scheme = {
      header    = "x-signature"
      prefix    = ["sha256="]
      content   = "{timestamp}.{body}"
      fields    = { timestamp = { header = "x-timestamp" } }
      timestamp = { field = "timestamp" }
    }
    # What the signature does not cover, anyone may write: `body_sha256` ties this id to its event.
    id   = ["headers.\"x-event-id\"", "body_sha256"]
    type = ["body.type"]
  }
}

# Contracts wait in a queue of their own, so that a burst of anything else does not hold them up.
queues = {
  default  = {}
  critical = { max_attempts = 12, backoff = { base = 5, factor = 3, cap = 3600 }, maximum_concurrency = 20 }
}

# Where events are delivered. The secret that deliveries are signed with is in the output
# destination_secret_arns.
destinations = {
  crm    = { http = { url = "https://crm.example.com/hooks" } }
  ledger = { http = { url = "https://ledger.example.com/events", timeout = 20, headers = { "X-Tenant" = "acme" } } }
}

routes = [
  { source = "docusign", destinations = ["crm"] },
  { source = "billing", destinations = ["crm", "ledger"] },
  { source = "in_house", destinations = ["ledger"] },
  { source = "code", destinations = [] }, # Kept in the archive, delivered nowhere.
]

event_retention_days = 400
alarm_emails         = ["oncall@example.com"]

tags = { team = "integrations" }
