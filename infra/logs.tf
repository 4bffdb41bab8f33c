# The log groups exist before the functions and the API, which would otherwise create them without a retention period.
resource "aws_cloudwatch_log_group" "log" {
  for_each = {
    ingest = "/aws/lambda/${var.name}-ingest"
    worker = "/aws/lambda/${var.name}-worker"
    # One statement of the account's resource policy covers all log groups under /aws/vendedlogs. Each other log group
    # would need a statement of its own, and the size of the policy is limited.
    api = "/aws/vendedlogs/apigateway/${var.name}"
  }

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = local.tags
}
