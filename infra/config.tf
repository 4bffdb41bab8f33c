locals {
  # Messages of all rules that a validation cannot express; see schemes.tf for the reason.
  config_errors = concat(
    local.scheme_errors, local.destination_errors, local.expression_errors, local.max_receives_errors, local.rate_errors,
    local.fifo_rate_errors, local.private_errors,
  )
}

# The part of each destination that depends on its kind.
locals {
  destination_configs = merge(
    { for name, http in local.destinations.http : name => { http = {
      url             = http.url
      method          = http.method
      timeout         = http.timeout
      allow_private   = http.allow_private
      headers         = http.headers
      forward_headers = http.forward_headers
      # Without the attributes that are not set: those of another type are unknown to the worker.
      auth = http.auth == null ? null : {
        for attribute, value in merge(http.auth, { secret_arn = aws_secretsmanager_secret.credential[name].arn }) : attribute => value if value != null
      }
      secret_arn = aws_secretsmanager_secret.destination[name].arn
      reject_on  = http.reject_on
      retry_on   = http.retry_on
    } } },
    { for name, lambda in local.destinations.lambda : name => { lambda = lambda } },
    { for name, sqs in local.destinations.sqs : name => { sqs = {
      arn          = sqs.arn
      url          = local.queue_urls[name]
      ordering_key = sqs.ordering_key
      inline_limit = sqs.inline_limit
    } } },
    { for name, eventbridge in local.destinations.eventbridge : name => { eventbridge = eventbridge } },
    { for name, handler in local.destinations.handler : name => { handler = {
      name     = handler.name
      timeout  = handler.timeout
      settings = handler.settings
    } } },
  )
}

# The key with which ingest computes the fingerprints of secrets in log lines and stored events. It is a random value of
# the stack, so that nobody can confirm a guess of a secret by its fingerprint. `input` keeps its first value.
resource "terraform_data" "fingerprint_key" {
  input = uuid()

  lifecycle {
    ignore_changes = [input]
  }
}

# The configuration of both Lambdas as one JSON object. shared/src/config parses it strictly: a missing or unknown
# attribute stops the Lambdas at start-up.
locals {
  config = jsonencode({
    name         = var.name
    reply_within = var.reply_within
    body_limit   = var.body_limit
    ledger_table = aws_dynamodb_table.ledger.name
    object_lock  = var.object_lock

    fingerprint_key = terraform_data.fingerprint_key.output

    sources = { for name, source in var.sources : name => {
      provider         = source.provider
      queue            = source.queue
      queue_by_type    = source.queue_by_type
      secret_arn       = try(aws_secretsmanager_secret.source[name].arn, null)
      rotation_overlap = source.rotation_overlap
      dedupe_window    = coalesce(source.dedupe_window, try(local.provider_files[source.provider].dedupe_window, null), 600)
      scheme           = source.scheme
      schemes          = source.schemes
      tolerance        = source.tolerance
      algorithm        = source.algorithm
      header           = source.header
      replay           = source.replay
      id               = source.id
      type             = source.type
      params           = source.params
      public_url       = source.public_url
      allow_cidrs      = source.allow_cidrs
      enroll           = source.enroll
      methods          = source.methods
      reply            = source.reply
      handshakes       = length(source.handshakes) > 0 ? source.handshakes : null
      split            = source.split
      list             = source.list

      client_certificate = source.client_certificate == null ? null : {
        domain  = local.domains.mutual_tls.name
        subject = source.client_certificate.subject
      }
    } }

    queues = { for name, queue in local.queues : name => {
      url                 = aws_sqs_queue.queue[name].url
      arn                 = aws_sqs_queue.queue[name].arn
      dead_letter_url     = aws_sqs_queue.dead_letter[name].url
      max_attempts        = queue.max_attempts
      backoff             = queue.backoff
      max_receives        = queue.max_receives
      retention           = local.queue_retention
      maximum_concurrency = queue.maximum_concurrency
      ordering_key        = queue.ordering_key # A queue is FIFO if and only if it has an ordering key.
    } }

    destinations = { for name, kind in local.destination_configs : name => merge(kind, {
      rate    = var.destinations[name].rate
      circuit = var.destinations[name].circuit.failures > 0 ? var.destinations[name].circuit : null
    }) }

    routes = [for route in var.routes : {
      source       = route.source
      filter       = route.filter
      otherwise    = route.otherwise
      destinations = distinct(route.destinations)
    }]
  })
}

# One object, which is updated in place. The bucket keeps its earlier versions, and each version of a function reads the
# version with which it was published.
resource "aws_s3_object" "config" {
  bucket       = aws_s3_bucket.bucket.id
  key          = "config/catchment.json"
  content      = local.config
  content_type = "application/json"

  lifecycle {
    # An object of an earlier release had another key. It stays until no function refers to it.
    create_before_destroy = true

    # With such a configuration the functions would not start, or would accept requests that anyone can forge.
    precondition {
      condition     = length(local.config_errors) == 0
      error_message = join("\n", local.config_errors)
    }
  }

  depends_on = [aws_s3_bucket_versioning.bucket, aws_s3_bucket_server_side_encryption_configuration.bucket]
}
