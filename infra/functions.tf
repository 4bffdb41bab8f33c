# The two Lambda functions and their common permissions. The permissions of each are in ingest.tf and worker.tf.
#
# Each change publishes a new version. Events go to the alias `live`, which moves to the new version after it answered the
# health event; see live.tf.
resource "aws_lambda_function" "function" {
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  description      = { ingest = "Verifies, stores and enqueues webhooks.", worker = "Delivers stored webhooks." }[each.key]
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = local.packages[each.key].zip
  source_code_hash = local.packages[each.key].hash
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  publish          = true

  # -1 is no reservation. The worker has none; see worker.tf.
  reserved_concurrent_executions = each.key == "ingest" ? coalesce(var.ingest_reserved_concurrency, -1) : -1
  kms_key_arn                    = var.kms_key_arn
  tags                           = local.tags

  s3_bucket         = local.packages[each.key].bucket
  s3_key            = local.packages[each.key].key
  s3_object_version = local.packages[each.key].version

  environment {
    variables = merge(var.environment, {
      CATCHMENT_BUCKET         = aws_s3_bucket.bucket.bucket
      CATCHMENT_CONFIG_KEY     = aws_s3_object.config.key
      CATCHMENT_CONFIG_VERSION = aws_s3_object.config.version_id
    })
  }

  # The mode stays PassThrough without tracing, which is Lambda's default.
  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = each.key == "worker" ? var.vpc[*] : []
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # In the JSON format, Lambda passes the level to the function and filters log lines by it. Lambda's own lines for each
  # successful invocation (start and report) would cost more than the line of the event; the metrics Invocations, Duration
  # and Errors are free. Lines about failed invocations come at WARN, too.
  logging_config {
    log_format            = "JSON"
    application_log_level = upper(var.log_level)
    system_log_level      = var.log_level == "info" ? "WARN" : "INFO"
    log_group             = aws_cloudwatch_log_group.log[each.key].name
  }

  lifecycle {
    precondition {
      condition     = local.packages[each.key].problem == "none"
      error_message = local.packages[each.key].problem
    }
  }

  # Without these permissions a function cannot read its configuration, and its first requests would fail. Without Object
  # Lock, S3 refuses an event with a retention.
  depends_on = [
    aws_iam_role_policy.common, aws_iam_role_policy.ingest, aws_iam_role_policy.worker, aws_iam_role_policy_attachment.deliveries,
    aws_s3_bucket_object_lock_configuration.bucket,
  ]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name                 = "${var.name}-${each.key}"
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  tags                 = local.tags
}

data "aws_iam_policy_document" "common" {
  for_each = local.functions

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${var.name}-${each.key}:*"]
  }

  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.bucket.arn}/config/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? {} : local.key_services[each.key]
    content {
      sid       = "${statement.key}ByKey"
      actions   = ["kms:${statement.key}"]
      resources = [var.kms_key_arn]
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in statement.value : "${service}.${local.region}.${local.dns_suffix}"]
      }
    }
  }

  # X-Ray has no resources to name.
  dynamic "statement" {
    for_each = var.tracing ? ["SendTraces"] : []
    content {
      sid       = statement.value
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }
}

# The name of each policy has the hash of its content, so that a change creates another policy. The old one stays until
# the alias has moved: the version that still serves needs it.
resource "aws_iam_role_policy" "common" {
  for_each = local.functions

  name_prefix = "common-${sha256(data.aws_iam_policy_document.common[each.key].minified_json)}-"
  role        = aws_iam_role.function[each.key].id
  policy      = data.aws_iam_policy_document.common[each.key].minified_json

  lifecycle {
    create_before_destroy = true
  }
}
