# Object Lock. It has no default retention, which would lock the configuration and the bodies, too: ingest sets the
# retention of each event as it stores it. Not an attribute of the bucket, which would replace a bucket that has none yet.
resource "aws_s3_bucket_object_lock_configuration" "bucket" {
  count = var.object_lock == null ? 0 : 1

  bucket = aws_s3_bucket.bucket.id

  # Object Lock needs versioning.
  depends_on = [aws_s3_bucket_versioning.bucket]
}

locals {
  lock_modes = ["GOVERNANCE", "COMPLIANCE"]
}
