# What the roles may do with the customer managed key. They use it through the services that call KMS for them, never
# directly. CloudWatch, CloudWatch Logs and the creation of the resources need more, which the key's own policy allows:
# docs/operate/encryption.md.
#
# What is encrypted with the key depends on these permissions, so that a running stack has them before it gets the key.
locals {
  key_pattern = "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"

  # By function and action: the services through which it uses the key.
  # - Lambda decrypts the environment variables, S3 what is read, Secrets Manager secrets.
  # - SQS decrypts what is received, and for a send both makes a data key and decrypts it. DynamoDB decrypts the table's key.
  # - S3 makes a data key for what is written, Secrets Manager for a secret that a provider enrolls.
  key_services = {
    ingest = {
      Decrypt         = ["lambda", "s3", "secretsmanager", "sqs"]
      GenerateDataKey = concat(["s3"], length(local.enrolling_sources) > 0 ? ["secretsmanager"] : [], ["sqs"])
    }
    worker = {
      Decrypt         = concat(["dynamodb", "lambda", "s3"], length(local.secret_grants) > 0 ? ["secretsmanager"] : [], ["sqs"])
      GenerateDataKey = ["s3", "sqs"]
    }
  }

  # The largest size of these statements in a role's policies.
  key_grants_size = 900
}
