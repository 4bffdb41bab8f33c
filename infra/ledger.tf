# The ledger: for each event the lease, the attempts and the state of each destination; and the circuit breakers.
# DynamoDB encrypts the table with a key that it owns. A server_side_encryption block would select a KMS key instead,
# which costs money per call.
resource "aws_dynamodb_table" "ledger" {
  name         = "${var.name}-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "ledger_key"
  tags         = local.tags

  attribute {
    name = "ledger_key"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }
}
