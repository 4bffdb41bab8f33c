# An example configuration to start from. Copy it to catchment.tfvars, change it, and run
#   terraform apply -var-file catchment.tfvars
# variables.tf and variables_*.tf describe every attribute. All times are in seconds.

name = "catchment"

# Concurrent executions that the account's Lambda quota leaves to this stack: `aws lambda get-account-settings`. A new
# account may have only 10, the default. The queues may have four fifths of it together.
account_concurrency = 1000

# The senders of webhooks. After the apply, the output webhook_urls has the URL to register with each provider, and
# source_secret_arns the secret to set for each source.
sources = {
  # The events of each envelope are delivered in order, except automatic replies of recipients: these have a type of
  # their own and wait in the queue `default`.
  docusign = { provider = "docusign", queue = "envelopes", queue_by_type = { recipient-autoresponded = "default" } }
  billing  = { provider = "stripe" }
  code     = { provider = "github" }

  # Some providers need parameters. PayPal needs no secret, because it signs with a certificate.
  pay = { provider = "paypal", params = { webhook_id = "4JH86294D6297924G" } }

  # Square signs the registered URL. Set public_url if ingest sees a different one, for example behind a proxy.
  shop = { provider = "square", public_url = "https://hooks.example.com/shop" }

  # Asana sends its secret in a handshake during registration, and nothing proves who sent it. Remove `enroll` and apply
  # again as soon as the webhook is registered.
  tasks = { provider = "asana", enroll = true }

  # A system of your own that signs the header X-Timestamp and the body.
  in_house = {
    provider = "hmac"
    scheme = {
      header    = "x-signature"
      prefix    = ["sha256="]
      content   = "{timestamp}.{body}"
      fields    = { timestamp = { header = "x-timestamp" } }
      timestamp = { field = "timestamp" }
    }
    allow_cidrs = ["203.0.113.0/24", "2001:db8::7"] # Other addresses are answered 403.
    # The signature does not cover x-event-id, so anyone could forge it: `body_sha256` ties the id to the body.
    id   = ["headers.\"x-event-id\"", "body_sha256"]
    type = ["body.type"]
  }

  # A sender that signs nothing and authenticates by a token at the end of the URL: /meter/TOKEN.
  meter = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8" } }
}

# Contracts have a queue of their own, so that a burst of other events does not delay them. It is a FIFO queue: an event
# that must be retried holds up the later events of its envelope, and no others.
queues = {
  default   = { maximum_concurrency = 10 }
  envelopes = { fifo = true, ordering_key = "body.data.envelopeId", max_attempts = 12, backoff = { base = 5, factor = 3, cap = 3600 }, maximum_concurrency = 20 }
}

# Where events are delivered. The worker has access to these destinations only. The output destination_secret_arns has
# the secrets that sign HTTP deliveries.
destinations = {
  crm    = { http = { url = "https://crm.example.com/hooks" }, rate = 15 } # At most 15 deliveries per second.
  ledger = { http = { url = "https://ledger.example.com/events", timeout = 20, headers = { "X-Tenant" = "acme" } } }

  # A consumer that reads the provider's own headers, behind an API that demands a token. The output
  # destination_credential_arns has the secret to set.
  shipping = { http = { url = "https://shipping.example.com/hooks", forward_headers = ["x-square-*"], auth = { type = "bearer" } } }

  # Invoked asynchronously: an event counts as delivered once Lambda has accepted it. The circuit breaker opens after 20
  # consecutive failures and probes the function after 60 seconds; the defaults are 5 failures and 30 seconds.
  erp = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" }, circuit = { failures = 20, probe_after = 60 } }

  # A FIFO queue with a message group for each envelope. A standard queue needs only its ARN.
  lake = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake.fifo", ordering_key = "body.data.envelopeId" } }
}

# All routes that match an event apply. An event that no route matches is stored, counted as unrouted, and not
# delivered.
routes = [
  { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "erp"] },
  { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] },
  { source = "docusign", otherwise = true, destinations = ["lake"] }, # All other events of docusign.
  { source = "billing", destinations = ["crm", "ledger"] },
  { source = "in_house", destinations = ["ledger"] },
  { source = "pay", destinations = ["ledger"] },
  { source = "shop", destinations = ["ledger", "shipping"] },
  { source = "tasks", destinations = ["crm"] },
  { source = "meter", destinations = ["ledger"] },
  { source = "code", destinations = [] }, # Stored, but not delivered.
]

event_retention_days = 400
alarm_emails         = ["oncall@example.com"]

tags = { team = "integrations" }
