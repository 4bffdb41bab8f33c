# The two Lambda functions and their common permissions. The permissions of each are in ingest.tf and worker.tf.
resource "aws_lambda_function" "function" {
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  description      = { ingest = "Verifies, stores and enqueues webhooks.", worker = "Delivers stored webhooks." }[each.key]
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = each.value.zip
  source_code_hash = filebase64sha256(each.value.zip)
  memory_size      = each.value.memory
  timeout          = each.value.timeout

  environment {
    variables = merge(var.environment, {
      CATCHMENT_BUCKET     = aws_s3_bucket.bucket.bucket
      CATCHMENT_CONFIG_KEY = aws_s3_object.config.key
    })
  }

  # In the JSON format, Lambda passes the level to the function and filters log lines by it.
  logging_config {
    log_format            = "JSON"
    application_log_level = upper(var.log_level)
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.log[each.key].name
  }

  lifecycle {
    precondition {
      condition     = fileexists(each.value.zip)
      error_message = "There is no Lambda package at ${abspath(each.value.zip)}. Build both packages in the repository's root:\n\n  cargo lambda build --release --output-format zip ${local.build_flags[var.architecture]} -p ingest-lambda -p worker-lambda\n\nor set ${each.key}_zip to its path."
    }
  }

  # Without these permissions a function cannot read its configuration, and its first requests would fail.
  depends_on = [aws_iam_role_policy.common, aws_iam_role_policy.ingest, aws_iam_role_policy.worker]
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

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "common" {
  for_each = local.functions

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.log[each.key].arn}:*"]
  }

  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/config/*"]
  }
}

resource "aws_iam_role_policy" "common" {
  for_each = local.functions

  name   = "common"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.common[each.key].json
}
