data "aws_region" "current" {
  lifecycle {
    # A postcondition, which `catchment check` leaves to Terraform: it knows no region.
    postcondition {
      condition     = var.kms_key_arn == null || try(split(":", var.kms_key_arn)[3] == self.id, true)
      error_message = "kms_key_arn is \"${coalesce(var.kms_key_arn, "-")}\", but this stack is in ${self.id}: use a key of that region."
    }
  }
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

# Facts and limits that the validations of the variables refer to.
locals {
  # All provider files, by provider. A new file in shared/providers needs no change here. Files that no source names
  # are read too, because the validations of var.sources refer to all of them.
  provider_files = {
    for file in fileset("${path.module}/../shared/providers", "*.json") :
    trimsuffix(file, ".json") => jsondecode(file("${path.module}/../shared/providers/${file}"))
    if !endswith(file, ".vectors.json")
  }

  # Providers without a scheme: the source must have an inline `scheme`.
  inline_scheme_providers = [for name, file in local.provider_files : name if length(file.schemes) == 0]

  # JSON of attribute values that mean the same as an omitted attribute.
  unset_values = ["null", "[]"]

  # Settings that each provider needs besides a secret, by provider and name.
  provider_params = { for name, file in local.provider_files : name => {
    for key, param in try(file.params, {}) : key => { about = param.about, required = try(param.required, false) }
  } }

  # Providers without a secret, whose signatures are verified with public keys that they publish. Plaid publishes its
  # keys too, but fetching them needs credentials, which are a secret.
  providers_without_secret = [for name, file in local.provider_files : name if try(file.keys, "plaid") != "plaid"]

  # Names of the schemes of each provider that has several.
  scheme_names = { for name, file in local.provider_files : name => distinct([for scheme in file.schemes : scheme.name if can(scheme.name)]) }

  # Providers whose schemes sign no time.
  providers_without_time = [for name, file in local.provider_files : name if length(file.schemes) > 0 && !anytrue([for scheme in file.schemes : can(scheme.timestamp.field)])]

  # Providers that sign by HMACs alone, and those whose signature is in a header. A JWT names its algorithm, which the
  # provider's file fixes.
  hmac_providers   = [for name, file in local.provider_files : name if length(file.schemes) > 0 && alltrue([for scheme in file.schemes : startswith(try(scheme.algorithm, "hmac-sha256"), "hmac-") && !can(scheme.jwt)])]
  header_providers = [for name, file in local.provider_files : name if anytrue([for scheme in file.schemes : can(scheme.header)])]

  # Providers that send a secret that everyone may know.
  providers_with_public_secret = [for name, file in local.provider_files : name if can(file.public_secret)]

  # Providers that send their secret in a handshake.
  enrolling_providers = [for name, file in local.provider_files : name if contains([for handshake in try(file.handshakes, []) : try(handshake.then, null)], "enroll")]

  # Providers whose files define no list of events: a request is one event.
  providers_without_list = [for name, file in local.provider_files : name if !can(file.list)]

  # Providers whose files define no event type: the source must set `type` if it needs one.
  providers_without_type = [for name, file in local.provider_files : name if length(try(file.type, [])) == 0]

  destination_kinds = ["http", "lambda", "sqs", "eventbridge", "handler"]
  name_pattern      = "^[a-z0-9][a-z0-9_-]{0,47}$"
  url_pattern       = "^https?://[^/?#@\\s]+([/?][^#\\s]*)?$"
  # URL as registered with a provider.
  public_url_pattern   = "^https?://[^/?#@\\s]+(/[^?#\\s]*)?(\\?[^#\\s]*)?$"
  header_pattern       = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
  header_value_pattern = "^[^\\r\\n\\x00]*$"

  # HTTP methods with a request body.
  delivery_methods = ["POST", "PUT", "PATCH"]

  # HTTP statuses of an answer that is not a delivery.
  failure_statuses = [300, 599]

  # Headers that the worker sets itself. With a second header of the same name, each receiver would decide for itself
  # which one it reads.
  reserved_headers = "^(webhook-.*|ce-.*|content-type|content-encoding|content-length|host|connection|transfer-encoding)$"

  # A header's name, or its beginning followed by *.
  forward_pattern     = "^[A-Za-z0-9!#$%&'+.^_`|~-]+\\*?$"
  max_forward_headers = 50

  # Headers that are never forwarded. NeverForwarded in shared/src/webhook/forward.rs has the same list. Headers of Amazon
  # SNS are an exception.
  never_forwarded = {
    "it concerns one connection only" = {
      names    = ["connection", "expect", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]
      prefixes = ["proxy-"]
    }
    "it has credentials of the sender" = {
      names    = ["authorization", "cookie", "cookie2", "set-cookie", "set-cookie2"]
      prefixes = []
    }
    "the worker sets it" = {
      names    = ["baggage", "content-encoding", "content-length", "content-type", "host", "traceparent", "tracestate", "user-agent"]
      prefixes = ["ce-", "webhook-"]
    }
    "API Gateway and proxies set it" = {
      names    = ["forwarded", "via", "x-real-ip"]
      prefixes = ["x-amz", "x-forwarded-"]
    }
  }
  sns_headers = "x-amz-sns-"

  # Attributes of http.auth besides type, by type.
  auth_attributes = {
    bearer = { required = [], optional = [] }
    basic  = { required = [], optional = [] }
    header = { required = ["header"], optional = [] }
    oauth2 = { required = ["token_url"], optional = ["scope", "audience", "client_authentication"] }
  }
  client_authentications = ["client_secret_basic", "client_secret_post"]

  # Environment variables that Catchment sets, and those that Lambda refuses. Lambda would refuse them only during the
  # apply, when half of the stack exists.
  reserved_environment = "^(CATCHMENT_.*|_.*|AWS_REGION|AWS_DEFAULT_REGION|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|LAMBDA_.*)$"

  queue_ranges = {
    max_attempts        = [1, 100]
    maximum_concurrency = [2, 1000] # A limit of AWS, as the next two are.
    max_receives        = [1, 1000]
    batch_size          = [1, 10]
  }

  # Characters and length of an event type as ingest normalizes it (MAX_TYPE_LENGTH in `shared`).
  type_pattern = "^[^\\x00-\\x1f\\x7f]{1,256}$"

  # Distinguished name of at most 1024 characters, without white space around it.
  subject_pattern = "^[A-Za-z0-9.]+=([^\\x00-\\x1f\\x7f]{0,1000}[^\\x00-\\x20\\x7f])$"

  source_ranges = {
    rotation_overlap = [0, 30 * local.day]
    # A ledger entry expires after 30 days, so no duplicate can be recognised after that.
    dedupe_window = [1, 30 * local.day]
  }

  # Attributes that locate a value in a request.
  field_locations = ["header", "query", "path", "body", "param"]
  body_path       = "^\\s*[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\s*(\\|\\|\\s*[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\s*)*$"
  methods         = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
  # Variables with the whole body: as received, without its Content-Encoding, or as the sorted fields of a form.
  body_variable = "\\{(body|decoded_body|sorted_form)\\}"
  # Variables of every `content` template.
  content_variables = ["body", "decoded_body", "sorted_form", "method", "url", "hubspot_url", "secret", "body_crc32"]

  # For each algorithm, the encodings of its signature and those of its secret. A public key is never plain UTF-8 text,
  # and a token is never hexadecimal.
  hmac_algorithms = ["hmac-sha256", "hmac-sha1", "hmac-sha512"]
  algorithms = merge(
    { for name in concat(local.hmac_algorithms, ["sha256"]) : name => { encodings = local.encodings, keys = ["utf8", "base64", "hex"] } },
    { token = { encodings = ["utf8", "base64", "base64url"], keys = ["utf8", "base64", "hex"] } },
    { ed25519 = { encodings = local.encodings, keys = ["hex", "base64"] } },
    { ecdsa-p256-sha256-fixed = { encodings = local.encodings, keys = ["jwk", "hex", "base64"] } },
    { for name in ["ecdsa-p256-sha256", "rsa-sha256", "rsa-sha1"] : name => { encodings = local.encodings, keys = ["pem", "hex", "base64"] } },
  )
  encodings = ["hex", "base64", "base64url", "base64hex"]

  instant_storage_classes = ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]
  max_alarm_actions       = 5 # For each state of an alarm.
  log_retentions          = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  # Flag of `cargo lambda build` for each architecture.
  build_flags = {
    arm64  = "--arm64"
    x86_64 = "--x86-64"
  }
}

# Times, in seconds.
locals {
  day = 86400

  # A message that SQS itself moves from a standard queue to its dead-letter queue keeps its original enqueue time. The
  # retention of the dead-letter queue must therefore be longer than that of the queue.
  queue_retention        = 7 * local.day
  dead_letter_retention  = 14 * local.day
  max_reference_age_days = (local.queue_retention + local.dead_letter_retention) / local.day

  # SQS limits the visibility timeout to 12 hours from the receive, so a later change cannot extend it by 12 hours. The
  # missing hour leaves room for the processing before it.
  max_backoff = 11 * 3600

  # AWS recommends six times the function's timeout: Lambda retries a throttled batch for that long, and its messages
  # must stay hidden meanwhile.
  visibility_timeout = 6 * var.worker_timeout

  # Seconds that the worker needs for an event besides its delivery: 8 by a constant in worker-lambda/src/process.rs,
  # and 1 in reserve. The worker returns events that it could not finish before its timeout to the queue untried.
  delivery_overhead    = 9
  max_delivery_timeout = var.worker_timeout - local.delivery_overhead

  # API Gateway waits for at most 30 seconds. The time beyond reply_within is for a cold start, and for the health event,
  # which waits until new permissions apply.
  ingest_timeout = 30
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  dns_suffix = data.aws_partition.current.dns_suffix

  # The tags of every resource that can have some.
  tags = merge({ application = "catchment", stack = var.name }, var.tags)

  functions = {
    ingest = {
      memory  = var.ingest_memory
      timeout = local.ingest_timeout
    }
    worker = {
      memory  = var.worker_memory
      timeout = var.worker_timeout
    }
  }
}
