data "aws_region" "current" {}
data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

# Facts and limits that variables are held against.
locals {
  # Adding a file to shared/providers is all that a new provider needs here. All of them are read, not
  # only those that a source names: the validations of var.sources refer to them.
  provider_files = {
    for file in fileset("${path.module}/../shared/providers", "*.json") :
    trimsuffix(file, ".json") => jsondecode(file("${path.module}/../shared/providers/${file}"))
    if !endswith(file, ".vectors.json")
  }

  # A source of one of these says itself how it signs.
  own_scheme = [for name, file in local.provider_files : name if length(file.schemes) == 0]

  # What says the same as leaving an attribute out.
  asks_for_nothing = ["null", "[]"]

  # What must be configured besides a secret.
  provider_params = { for name, file in local.provider_files : name => {
    for key, param in try(file.params, {}) : key => { about = param.about, required = try(param.required, false) }
  } }

  # These have no secret: their signatures are verified with keys that they publish. (Plaid's are
  # fetched too, but only with credentials, which are a secret.)
  without_secret = [for name, file in local.provider_files : name if contains(["sns", "paypal"], try(file.keys, ""))]

  # These hand over their secret in a handshake.
  enrolling = [for name, file in local.provider_files : name if contains([for handshake in try(file.handshakes, []) : try(handshake.then, null)], "enroll")]

  # These send one event at a time, or their files do not say where a list of them is.
  without_list = [for name, file in local.provider_files : name if !can(file.list)]

  # The events of these have no type, unless the source says what it is.
  without_type = [for name, file in local.provider_files : name if length(try(file.type, [])) == 0]

  destination_kinds = ["http", "lambda", "sqs", "eventbridge", "handler"]
  name_pattern      = "^[a-z0-9][a-z0-9_-]{0,47}$"
  url_pattern       = "^https?://[^/?#@\\s]+([/?][^#\\s]*)?$"
  # As it is registered, with no query of its own.
  public_url_pattern   = "^https?://[^/?#@\\s]+(/[^?#\\s]*)?$"
  header_pattern       = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
  header_value_pattern = "^[^\\r\\n\\x00]*$"

  # Those with a body.
  delivery_methods = ["POST", "PUT", "PATCH"]

  # The worker sets these itself; two of one name would leave it to the receiver which one counts.
  own_headers = "^(webhook-.*|ce-.*|content-type|content-length|host|connection|transfer-encoding)$"

  # Lambda refuses these at apply, when half of the stack is there.
  reserved_environment = "^(CATCHMENT_.*|_.*|AWS_REGION|AWS_DEFAULT_REGION|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|LAMBDA_.*)$"

  queue_ranges = {
    max_attempts        = [1, 100]
    maximum_concurrency = [2, 1000] # AWS's own limits, as the next two are.
    max_receives        = [1, 1000]
    batch_size          = [1, 10]
  }

  # What ingest makes of an event's type (MAX_TYPE_LENGTH in shared/src/provider.rs).
  type_pattern = "^[^\\x00-\\x1f\\x7f]{1,256}$"

  source_ranges = {
    rotation_overlap = [0, 30 * local.day]
    # A ledger item lives for 30 days, and nothing remembers a body for longer.
    dedupe_window = [1, 30 * local.day]
  }

  places    = ["header", "query", "path", "body", "param"]
  body_path = "^\\s*[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\s*(\\|\\|\\s*[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\s*)*$"
  methods   = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
  variables = ["body", "method", "url", "secret", "body_crc32"]

  # How a signature of each algorithm may be written, and how the text of its secret may become a key.
  # The text itself is no public key, and a token is not hexadecimal.
  hmac_algorithms = ["hmac-sha256", "hmac-sha1", "hmac-sha512"]
  algorithms = merge(
    { for name in concat(local.hmac_algorithms, ["sha256"]) : name => { encodings = local.encodings, keys = ["utf8", "base64", "hex"] } },
    { token = { encodings = ["utf8", "base64", "base64url"], keys = ["utf8", "base64", "hex"] } },
    { ed25519 = { encodings = local.encodings, keys = ["hex", "base64"] } },
    { ecdsa-p256-sha256-fixed = { encodings = local.encodings, keys = ["jwk", "hex", "base64"] } },
    { for name in ["ecdsa-p256-sha256", "rsa-sha256", "rsa-sha1"] : name => { encodings = local.encodings, keys = ["pem", "hex", "base64"] } },
  )
  encodings = ["hex", "base64", "base64url"]

  instant_storage_classes = ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]
  log_retentions          = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  # What `cargo lambda build` calls each architecture.
  build_flags = {
    arm64  = "--arm64"
    x86_64 = "--x86-64"
  }
}

# Times, in seconds.
locals {
  day = 86400

  # The age of a dead letter that SQS itself moves counts from its first enqueue, so the dead-letter
  # queue must keep it for longer than the source queue does.
  queue_retention       = 7 * local.day
  dead_letter_retention = 14 * local.day
  longest_owed_days     = (local.queue_retention + local.dead_letter_retention) / local.day

  # SQS refuses to hide a message for 12 hours once any time has passed since its receive.
  longest_backoff = 11 * 3600

  # AWS's advice: a throttled batch is retried for that long while its messages stay hidden.
  visibility_timeout = 6 * var.worker_timeout

  # What the worker needs besides (AROUND_A_DELIVERY in worker-lambda/src/work.rs, and a second): it
  # gives back untried what it could not finish in time.
  around_a_delivery = 9
  longest_delivery  = var.worker_timeout - local.around_a_delivery

  # What is beyond reply_within is head-room for reading the configuration and secrets after a cold
  # start. API Gateway waits for 30 seconds at most.
  ingest_timeout = min(30, max(10, ceil(var.reply_within) + 5))
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  functions = {
    ingest = {
      zip     = coalesce(var.ingest_zip, "${path.module}/../target/lambda/ingest-lambda/bootstrap.zip")
      memory  = var.ingest_memory
      timeout = local.ingest_timeout
    }
    worker = {
      zip     = coalesce(var.worker_zip, "${path.module}/../target/lambda/worker-lambda/bootstrap.zip")
      memory  = var.worker_memory
      timeout = var.worker_timeout
    }
  }
}
