# A small set-up to begin with: copy it to catchment.tfvars, change it, and
#   terraform apply -var-file catchment.tfvars
# What each attribute means is in variables_*.tf; all times are in seconds.

name = "catchment"

# Who sends webhooks. The URL to register and the secret to set are in the outputs webhook_urls and
# source_secret_arns.
sources = {
  # Each envelope's events are delivered in their order, but for automatic answers: they hold up nothing.
  docusign = { provider = "docusign", queue = "envelopes", queue_by_type = { recipient-autoresponded = "default" } }
  billing  = { provider = "stripe" }
  code     = { provider = "github" }

  # Some need more than a secret; this one has none, since it signs with a certificate.
  pay = { provider = "paypal", params = { webhook_id = "4JH86294D6297924G" } }

  # It signs the address that you registered. Say which, where ingest sees another: behind a proxy.
  shop = { provider = "square", public_url = "https://hooks.example.com/shop" }

  # It hands its secret over itself when you register, and nothing proves that it is who does: once
  # you have registered, take `enroll` away again and apply.
  tasks = { provider = "asana", enroll = true }

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
    allow_cidrs = ["203.0.113.0/24", "2001:db8::7"] # All others are answered 403.
    # What the signature does not cover, anyone may write: `body_sha256` ties this id to its event.
    id   = ["headers.\"x-event-id\"", "body_sha256"]
    type = ["body.type"]
  }

  # One that signs nothing and just shows a token, at the end of the URL: /meter/TOKEN.
  meter = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8" } }
}

# Contracts wait in a queue of their own, so that a burst of anything else does not hold them up. It is
# a FIFO queue: one that must be tried again holds up what comes behind it in its envelope, and no other.
queues = {
  default   = { maximum_concurrency = 10 }
  envelopes = { fifo = true, ordering_key = "body.data.envelopeId", max_attempts = 12, backoff = { base = 5, factor = 3, cap = 3600 }, maximum_concurrency = 20 }
}

# Where events are delivered; the worker may reach just these. The secret that HTTP deliveries are
# signed with is in the output destination_secret_arns.
destinations = {
  crm    = { http = { url = "https://crm.example.com/hooks" }, rate = 15 } # Deliveries per second, at most.
  ledger = { http = { url = "https://ledger.example.com/events", timeout = 20, headers = { "X-Tenant" = "acme" } } }

  # Invoked asynchronously: what Lambda accepted is delivered. After 20 failures in a row it is left alone,
  # and after a minute one delivery tries whether it is back; 5 and 30 seconds, where nothing is said.
  erp = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" }, circuit = { failures = 20, probe_after = 60 } }

  # A FIFO queue, with a message group for each envelope. One that is not FIFO needs just its ARN.
  lake = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake.fifo", ordering_key = "body.data.envelopeId" } }
}

# All that match apply. What none matches is stored, counted as unrouted and delivered nowhere.
routes = [
  { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "erp"] },
  { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] },
  { source = "docusign", otherwise = true, destinations = ["lake"] }, # What neither of the two matches.
  { source = "billing", destinations = ["crm", "ledger"] },
  { source = "in_house", destinations = ["ledger"] },
  { source = "pay", destinations = ["ledger"] },
  { source = "shop", destinations = ["ledger"] },
  { source = "tasks", destinations = ["crm"] },
  { source = "meter", destinations = ["ledger"] },
  { source = "code", destinations = [] }, # Kept in the archive, delivered nowhere.
]

event_retention_days = 400
alarm_emails         = ["oncall@example.com"]

tags = { team = "integrations" }
