# The ingest Lambda stores events, enqueues their references and reads the sources' secrets.
data "aws_iam_policy_document" "ingest" {
  statement {
    sid       = "StoreEvents"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.bucket.arn}/events/*"]
  }

  # Reading a queue's attributes is how the connection is opened before the first webhook comes.
  statement {
    sid       = "Enqueue"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = values(aws_sqs_queue.queue)[*].arn
  }

  statement {
    sid       = "ReadSourceSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(aws_secretsmanager_secret.source)[*].arn
  }
}

resource "aws_iam_role_policy" "ingest" {
  name   = "ingest"
  role   = aws_iam_role.function["ingest"].id
  policy = data.aws_iam_policy_document.ingest.json
}
