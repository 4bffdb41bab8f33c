# What the types allow and this release does not do yet (unsupported.tf) is refused, never ignored. The
# release that brings one deletes its run here.

# Plans only, with the real provider and no AWS: Terraform cannot mock a provider once a module has
# an ephemeral resource, as the signing secrets' password is.

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
  ingest_zip = "versions.tf" # Any file that exists: nothing is uploaded.
  worker_zip = "versions.tf"
  sources    = { shop = { provider = "stripe" } }
}

# The design's example as it stands there. A wrong type would be an error of another sort than these
# refusals, and fail the run. What it becomes without that queue is in stack.tftest.hcl.
run "the_design_example_type_checks" {
  command = plan
  variables {
    name           = "catchment"
    worker_timeout = 15 # Too little for crm, or AWS would be asked for the password of its secret.
    sources = {
      docusign = { provider = "docusign", queue = "critical", allow_cidrs = ["203.0.113.0/24"] }
      billing  = { provider = "stripe", rotation_overlap = 86400 }
      shop     = { provider = "square", public_url = "https://hooks.example.com/shop" }
      pay      = { provider = "paypal", params = { webhook_id = "4JH8…" } }
      in_house = { provider = "hmac", scheme = { header = "x-signature", encoding = "hex" } }
    }
    queues = {
      default  = {}
      critical = { max_attempts = 8, backoff = { base = 2, factor = 2, cap = 900 }, maximum_concurrency = 20, max_receives = 100 }
      ordered  = { fifo = true, ordering_key = "body.data.envelopeId" }
    }
    destinations = {
      crm  = { http = { url = "https://crm.example.com/hooks", timeout = 10 } }
      erp  = { lambda = { arn = "arn:aws:lambda:…" } }
      lake = { sqs = { arn = "arn:aws:sqs:…" } }
      bus  = { eventbridge = { bus = "events" } }
      here = { handler = { name = "envelope_status" } }
    }
    routes = [
      { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "bus"] },
      { source = "docusign", filter = "body.event == 'envelope-voided'", destinations = [] }, # discarded, counted
      { source = "docusign", otherwise = true, destinations = ["lake"] },                     # if no other of its routes matched
      { source = "*", destinations = ["bus"] },
    ]
  }
  expect_failures = [var.queues, var.destinations] # Its FIFO queue, and the time that crm may take.
}

run "queue_fifo" {
  command = plan
  variables {
    queues = { default = { fifo = true } }
  }
  expect_failures = [var.queues]
}

run "queue_ordering_key" {
  command = plan
  variables {
    queues = { default = { ordering_key = "body.id" } }
  }
  expect_failures = [var.queues]
}
