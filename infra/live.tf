# Which versions of the functions get the events.
#
# A new version gets the health event first. It reads the whole configuration and reaches every service, or says why not,
# which fails the apply. Only then do the aliases move. What only the old version needs (policies, secrets, queues) is
# removed after that, because these resources have create_before_destroy and the aliases depend on them.

resource "aws_lambda_invocation" "health" {
  for_each = local.functions

  function_name = aws_lambda_function.function[each.key].function_name
  qualifier     = aws_lambda_function.function[each.key].version
  input         = jsonencode({ catchment = "health" })

  lifecycle {
    precondition {
      # With the version on both sides, which is unknown until a change is published: code_sha256 would be the old one.
      condition     = var.package == null || "${aws_lambda_function.function[each.key].version} ${aws_lambda_function.function[each.key].code_sha256}" == "${aws_lambda_function.function[each.key].version} ${local.packages[each.key].hash}"
      error_message = "Lambda has other code than the release for ${each.key}: its SHA-256 is ${aws_lambda_function.function[each.key].code_sha256}, not ${local.packages[each.key].hash}. It is not invoked. Upload the zip again, or copy it again, and apply."
    }
  }
}

resource "aws_lambda_alias" "worker" {
  name             = local.live
  description      = "The version that delivers."
  function_name    = aws_lambda_function.function["worker"].function_name
  function_version = aws_lambda_function.function["worker"].version

  depends_on = [
    aws_lambda_invocation.health,
    aws_iam_role_policy.common,
    aws_iam_role_policy.worker,
    aws_iam_policy.deliveries,
    aws_iam_role_policy_attachment.deliveries,
    aws_secretsmanager_secret.destination,
    aws_secretsmanager_secret.credential,
    aws_sqs_queue.queue,
    aws_sqs_queue.dead_letter,
    aws_s3_object.config,
  ]
}

# Moves after the worker's, so that the worker knows a new source before its first event arrives.
resource "aws_lambda_alias" "ingest" {
  name             = local.live
  description      = "The version that receives."
  function_name    = aws_lambda_function.function["ingest"].function_name
  function_version = aws_lambda_function.function["ingest"].version

  depends_on = [
    aws_lambda_invocation.health,
    aws_lambda_alias.worker,
    aws_iam_role_policy.common,
    aws_iam_role_policy.ingest,
    aws_secretsmanager_secret.source,
    aws_sqs_queue.queue,
    aws_s3_object.config,
  ]
}

locals {
  live = "live"
}

# The worker sends messages to its own queues: the items of a list, and messages that are sent again before they reach
# max_receives. Lambda takes a chain of about 16 such invocations for an endless loop, and would drop the next one.
# With `Allow` Lambda counts no such loop. The alarm resent does.
resource "aws_lambda_function_recursion_config" "worker" {
  function_name  = aws_lambda_function.function["worker"].function_name
  recursive_loop = "Allow"
}
