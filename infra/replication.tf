# Replication of stored events, and of the bodies that were delivered by reference, to another bucket.
locals {
  replicated = ["events", "bodies"]

  # Classes of the replicas. Nothing in Catchment reads them, so they need not be readable at once.
  replica_storage_classes = concat(["STANDARD"], local.instant_storage_classes, ["GLACIER", "DEEP_ARCHIVE"])

  # A key of the replicas' region, through S3 in that region.
  replica_region = try(split(":", var.replication.kms_key_arn)[3], local.region)
}

resource "aws_s3_bucket_replication_configuration" "bucket" {
  count = var.replication == null ? 0 : 1

  bucket = aws_s3_bucket.bucket.id
  role   = aws_iam_role.replication[0].arn

  dynamic "rule" {
    for_each = local.replicated
    content {
      id       = rule.value
      priority = rule.key
      status   = "Enabled"

      filter {
        prefix = "${rule.value}/"
      }

      # A replica outlives what is deleted here.
      delete_marker_replication {
        status = "Disabled"
      }

      dynamic "source_selection_criteria" {
        for_each = var.replication.kms_key_arn[*]
        content {
          sse_kms_encrypted_objects {
            status = "Enabled"
          }
        }
      }

      destination {
        bucket        = var.replication.bucket_arn
        storage_class = var.replication.storage_class

        dynamic "encryption_configuration" {
          for_each = var.replication.kms_key_arn[*]
          content {
            replica_kms_key_id = encryption_configuration.value
          }
        }
      }
    }
  }

  # Replication needs versioning, and S3 checks the permissions when it gets the configuration.
  depends_on = [aws_s3_bucket_versioning.bucket, aws_iam_role_policy.replication]
}

data "aws_iam_policy_document" "assume_replication" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "replication" {
  count = var.replication == null ? 0 : 1

  name                 = "${var.name}-replication"
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume_replication.json
  tags                 = local.tags
}

data "aws_iam_policy_document" "replication" {
  count = var.replication == null ? 0 : 1

  statement {
    sid       = "ReadBucket"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.bucket.arn]
  }

  # The retention of an event is replicated with it.
  statement {
    sid = "ReadObjects"
    actions = concat(
      ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
      var.object_lock == null ? [] : ["s3:GetObjectRetention", "s3:GetObjectLegalHold"],
    )
    resources = [for folder in local.replicated : "${aws_s3_bucket.bucket.arn}/${folder}/*"]
  }

  statement {
    sid       = "WriteReplicas"
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = [for folder in local.replicated : "${var.replication.bucket_arn}/${folder}/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "DecryptObjects"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${local.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.replication.kms_key_arn[*]
    content {
      sid       = "EncryptReplicas"
      actions   = ["kms:Encrypt"]
      resources = [statement.value]
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.replica_region}.${local.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "replication" {
  count = var.replication == null ? 0 : 1

  name   = "replication"
  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replication[0].minified_json
}
