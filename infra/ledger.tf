# The ledger: for each event the lease, the attempts and the state of each destination; and the circuit breakers.
# DynamoDB encrypts the table with a key that it owns, unless a key is given.
resource "aws_dynamodb_table" "ledger" {
  name         = "${var.name}-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "ledger_key"
  tags         = local.tags

  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "ledger_key"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  # Not left out without a key: the provider would then leave a table on the key that it had.
  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}
