# Faults that checkov must find. misconfigurations.py judges this file too.

resource "aws_s3_bucket" "public" {
  bucket = "public"
}

resource "aws_s3_bucket_acl" "public" {
  bucket = aws_s3_bucket.public.id
  acl    = "public-read"
}

resource "aws_s3_bucket_public_access_block" "public" {
  bucket              = aws_s3_bucket.public.id
  block_public_policy = false
}

resource "aws_sqs_queue" "plain" {
  name                    = "plain"
  sqs_managed_sse_enabled = false
}

data "aws_iam_policy_document" "everything" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
