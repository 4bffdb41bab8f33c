# Variables that protect what is stored: from deletion, and from the loss of a region.

variable "deletion_protection" {
  description = "Whether the ledger's table and the queues refuse to be deleted. Set it to false and apply, before you remove a queue, change its `fifo`, or destroy the stack. The bucket has `force_destroy`."
  type        = bool
  default     = true
  nullable    = false
}

variable "point_in_time_recovery" {
  description = "Whether DynamoDB keeps continuous backups of the ledger, from which it can be restored to any second of the last 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "object_lock" {
  description = "S3 Object Lock: the retention that every stored event gets, during which nobody can delete or overwrite it; null for none. It holds for events/ only: bodies that were delivered by reference are copies, and the configuration must stay replaceable. Object Lock stays enabled on the bucket for good, and an event keeps the retention that it was stored with."
  type = object({
    # GOVERNANCE, which principals with s3:BypassGovernanceRetention can override, or COMPLIANCE, which nobody can, not
    # even the root user or AWS: such an event costs money until its retention ends.
    mode = string
    # Days from the receipt of an event to the end of its retention, from 1 to 36500.
    days = number
  })
  default = null

  validation {
    condition     = var.object_lock == null || contains(local.lock_modes, try(var.object_lock.mode, ""))
    error_message = "object_lock.mode is \"${try(var.object_lock.mode, "")}\", but must be one of: ${join(", ", local.lock_modes)}."
  }

  validation {
    condition     = var.object_lock == null || try(var.object_lock.days >= 1 && var.object_lock.days <= 36500 && floor(var.object_lock.days) == var.object_lock.days, false)
    error_message = "object_lock.days is ${try(var.object_lock.days, 0)}, but must be a whole number from 1 to 36500."
  }

  validation {
    condition     = var.object_lock == null || var.event_retention_days == null || try(var.object_lock.days <= var.event_retention_days, true)
    error_message = "object_lock.days is ${try(var.object_lock.days, 0)}, but must be at most event_retention_days (${coalesce(var.event_retention_days, 0)}): an event cannot expire before its retention ends."
  }

  validation {
    condition     = var.object_lock == null || !var.force_destroy
    error_message = "object_lock must be null if force_destroy is true: the events of a bucket with Object Lock cannot be deleted with it. Remove force_destroy. docs/operate/move.md says what to do with the bucket when a stack is destroyed."
  }
}

variable "replication" {
  description = "Replication of events/ and bodies/ to a bucket in another region or account; null for none. That bucket must have versioning, and Object Lock if this stack has `object_lock`. What is stored before replication is on is not replicated, and what is deleted or expires here stays there. See docs/operate/protect.md."
  type = object({
    # ARN of the bucket that gets the replicas.
    bucket_arn = string
    # ARN of the KMS key that encrypts the replicas, in the region of that bucket. Required if this stack has
    # kms_key_arn, and only then: otherwise, replicas are encrypted by S3 itself.
    kms_key_arn = optional(string)
    # Storage class of the replicas; null for that of the event.
    storage_class = optional(string)
  })
  default = null

  validation {
    condition     = var.replication == null || can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.replication.bucket_arn))
    error_message = "replication.bucket_arn is \"${try(var.replication.bucket_arn, "")}\", but must be the ARN of a bucket: arn:aws:s3:::NAME."
  }

  validation {
    condition     = try(var.replication.kms_key_arn, null) == null || can(regex(local.key_pattern, var.replication.kms_key_arn))
    error_message = "replication.kms_key_arn is \"${try(coalesce(var.replication.kms_key_arn), "")}\", but must be a key's ARN, not that of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }

  validation {
    condition     = var.replication == null || (try(var.replication.kms_key_arn, null) == null) == (var.kms_key_arn == null)
    error_message = var.kms_key_arn == null ? "replication.kms_key_arn is set, but S3 uses it only for events that a key of your own encrypts: set kms_key_arn, or remove it." : "replication.kms_key_arn is required if kms_key_arn is set: S3 encrypts the replicas with a key in the region of their bucket."
  }

  validation {
    condition     = try(var.replication.storage_class, null) == null || try(contains(local.replica_storage_classes, var.replication.storage_class), false)
    error_message = "replication.storage_class is \"${try(coalesce(var.replication.storage_class), "")}\", but must be one of: ${join(", ", local.replica_storage_classes)}."
  }
}
