# Who works on an event, how often it was tried and where it was delivered. DynamoDB encrypts it with
# a key of its own; a block for that here would only choose a KMS key that costs money per call.
resource "aws_dynamodb_table" "ledger" {
  name         = "${var.name}-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "ledger_key"

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
