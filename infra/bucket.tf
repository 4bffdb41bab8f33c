# The bucket has the stored events under events/, the bodies that were delivered by reference under bodies/, and the
# configuration of the Lambdas under config/.
resource "aws_s3_bucket" "bucket" {
  bucket_prefix = "${var.name}-"
  force_destroy = var.force_destroy
  tags          = local.tags
}

resource "aws_s3_bucket_public_access_block" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    # S3 then calls KMS once for many objects, instead of for each.
    bucket_key_enabled = var.kms_key_arn != null
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}

# Catchment never overwrites or deletes an event. If something else does, the previous version can be recovered.
resource "aws_s3_bucket_versioning" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}

locals {
  # An earlier version of the configuration is deleted once it is older than this, and this many newer ones exist.
  config_recovery_days     = 90
  config_recovery_versions = 20
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.bucket.arn, "${aws_s3_bucket.bucket.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "bucket" {
  bucket = aws_s3_bucket.bucket.id
  policy = data.aws_iam_policy_document.bucket.json

  # S3 refuses concurrent changes of the access settings of a bucket.
  depends_on = [aws_s3_bucket_public_access_block.bucket]
}

resource "aws_s3_bucket_lifecycle_configuration" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  rule {
    id     = "abort-multipart-uploads"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # A body is written after its event, so that it never expires before it.
  dynamic "rule" {
    for_each = ["events", "bodies"]
    content {
      id     = rule.value
      status = "Enabled"
      filter {
        prefix = "${rule.value}/"
      }

      dynamic "transition" {
        for_each = var.event_transition[*]
        content {
          days          = transition.value.days
          storage_class = transition.value.storage_class
        }
      }

      dynamic "expiration" {
        for_each = var.event_retention_days[*]
        content {
          days = expiration.value
        }
      }

      noncurrent_version_expiration {
        noncurrent_days = var.event_recovery_days
      }
    }
  }

  # An earlier version of the configuration belongs to an earlier version of the functions, to which a roll back may
  # return.
  rule {
    id     = "config"
    status = "Enabled"
    filter {
      prefix = "config/"
    }

    noncurrent_version_expiration {
      noncurrent_days           = local.config_recovery_days
      newer_noncurrent_versions = local.config_recovery_versions
    }
  }

  # Rules for noncurrent versions need versioning.
  depends_on = [aws_s3_bucket_versioning.bucket]
}
