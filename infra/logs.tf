# Created before what logs there, which would otherwise create it itself and keep it for ever.
resource "aws_cloudwatch_log_group" "log" {
  for_each = {
    ingest = "/aws/lambda/${var.name}-ingest"
    worker = "/aws/lambda/${var.name}-worker"
    # Under vendedlogs one resource policy of the account covers all; elsewhere each API adds to it,
    # until it is full.
    api = "/aws/vendedlogs/apigateway/${var.name}"
  }

  name              = each.value
  retention_in_days = var.log_retention_days
}
