# Variables of the stack as a whole. Sources, queues, destinations, routes, alarms, the package, the domain, keys, roles and
# networks, and the protection of what is stored have files of their own, such as variables_sources.tf. In all of these
# files, a comment above an attribute states its meaning and unit, and the type below it states its default.
# Times are in seconds unless the name has another unit.

variable "name" {
  description = "Prefix of all resource names in this stack. An account may have several stacks with different names. A change replaces everything, with the events, the ledger and all URLs: docs/operate/move.md says how to rename a stack without losing events."
  type        = string
  nullable    = false

  validation {
    # At most 30 characters, so that the longest suffix fits into the shortest limit: 37 for a bucket prefix.
    condition     = can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\", but must be 2 to 30 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource, in addition to `application` and `stack`."
  type        = map(string)
  default     = {}
  nullable    = false
}

# ---- Lambda functions -------------------------------------------------------------------------

variable "architecture" {
  description = "Instruction set for which both Lambda packages were built: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(keys(local.build_flags), var.architecture)
    error_message = "architecture is \"${var.architecture}\", but must be one of: ${join(", ", keys(local.build_flags))}."
  }
}

variable "ingest_zip" {
  description = "Path of the ingest Lambda's zip file. If null, the file that `cargo lambda build --release --output-format zip` writes: target/lambda/ingest-lambda/bootstrap.zip in the repository."
  type        = string
  default     = null
}

variable "worker_zip" {
  description = "Path of the worker Lambda's zip file. If null, the file that `cargo lambda build --release --output-format zip` writes: target/lambda/worker-lambda/bootstrap.zip in the repository."
  type        = string
  default     = null
}

variable "ingest_memory" {
  description = "Memory of the ingest Lambda in MB. Its share of a CPU is proportional to its memory."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.ingest_memory >= 128 && var.ingest_memory <= 10240 && floor(var.ingest_memory) == var.ingest_memory
    error_message = "ingest_memory is ${var.ingest_memory}, but must be a whole number of MB from 128 to 10240."
  }
}

variable "worker_memory" {
  description = "Memory of the worker Lambda in MB. The worker keeps several events of up to 6 MB in memory at the same time."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.worker_memory >= 128 && var.worker_memory <= 10240 && floor(var.worker_memory) == var.worker_memory
    error_message = "worker_memory is ${var.worker_memory}, but must be a whole number of MB from 128 to 10240."
  }
}

variable "worker_timeout" {
  description = "Seconds that the worker Lambda may spend on a batch. The visibility timeout of the queues is six times as long."
  type        = number
  default     = 60
  nullable    = false

  validation {
    # At least 15 seconds: 4 for a delivery to an AWS service, and local.delivery_overhead.
    condition     = var.worker_timeout >= 15 && var.worker_timeout <= 900 && floor(var.worker_timeout) == var.worker_timeout
    error_message = "worker_timeout is ${var.worker_timeout}, but must be a whole number of seconds from 15 to 900."
  }
}

variable "environment" {
  description = "Additional environment variables for both Lambdas, such as AWS_ENDPOINT_URL for an emulator. Not for secrets: the values are readable in the Terraform state and in the AWS console."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for key in keys(var.environment) : !can(regex(local.reserved_environment, key))])
    error_message = format("environment may not set %s: Catchment or AWS Lambda sets it.",
      join(", ", [for key in keys(var.environment) : key if can(regex(local.reserved_environment, key))]),
    )
  }
}

# ---- Receiving --------------------------------------------------------------------------------

variable "reply_within" {
  description = "Seconds within which the ingest Lambda answers, not counting a cold start. If the event is not stored and enqueued by then, the answer is 503. Some providers time out after 3 seconds."
  type        = number
  default     = 2.5
  nullable    = false

  validation {
    condition     = var.reply_within >= 0.5 && var.reply_within <= 25
    error_message = "reply_within is ${var.reply_within}, but must be from 0.5 to 25 seconds: API Gateway times out after 30."
  }
}

variable "body_limit" {
  description = "Largest accepted request body in bytes; a larger one is answered 413. The default is the largest payload that Lambda accepts. API Gateway encodes bodies other than text, JSON, XML and JavaScript in base64, so these reach that limit at about 4.4 MB."
  type        = number
  default     = 6291456
  nullable    = false

  validation {
    condition     = var.body_limit >= 1024 && var.body_limit <= 6291456 && floor(var.body_limit) == var.body_limit
    error_message = "body_limit is ${var.body_limit}, but must be a whole number of bytes from 1024 to 6291456, Lambda's limit."
  }
}

# ---- Storage ----------------------------------------------------------------------------------

variable "event_retention_days" {
  description = "Days after which a stored event expires; null keeps events forever. An expired event can be recovered for another `event_recovery_days`."
  type        = number
  default     = null

  validation {
    condition     = var.event_retention_days == null || try(var.event_retention_days > local.max_reference_age_days && floor(var.event_retention_days) == var.event_retention_days, false)
    error_message = "event_retention_days is ${coalesce(var.event_retention_days, 0)}, but must be a whole number above ${local.max_reference_age_days}: a reference can stay ${local.queue_retention / local.day} days in its queue and ${local.dead_letter_retention / local.day} days in the dead-letter queue, and its event must not expire before that."
  }
}

variable "event_recovery_days" {
  description = "Days for which an expired, deleted or overwritten event can be recovered, as a noncurrent object version, before S3 deletes it permanently."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.event_recovery_days >= 1 && floor(var.event_recovery_days) == var.event_recovery_days
    error_message = "event_recovery_days is ${var.event_recovery_days}, but must be a whole number of at least 1."
  }
}

variable "event_transition" {
  description = "Transition of stored events to a cheaper storage class; null for none. S3 does not transition objects below 128 KB, which would cost more there."
  type = object({
    # Age of an event in days at its transition: at least 30, and less than event_retention_days.
    days = number
    # STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING or GLACIER_IR: a redrive reads events again, so the class
    # must allow immediate access.
    storage_class = string
  })
  default = null

  validation {
    condition     = var.event_transition == null || contains(local.instant_storage_classes, try(var.event_transition.storage_class, ""))
    error_message = "event_transition.storage_class is \"${try(var.event_transition.storage_class, "")}\", but must be one of: ${join(", ", local.instant_storage_classes)}."
  }

  validation {
    condition     = var.event_transition == null || try(var.event_transition.days >= 30 && var.event_transition.days < coalesce(var.event_retention_days, 36500), false)
    error_message = "event_transition.days is ${try(var.event_transition.days, 0)}, but must be at least 30, the minimum of S3, and less than event_retention_days."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete the bucket and all events in it."
  type        = bool
  default     = false
  nullable    = false
}

# ---- Logs -------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "Retention of all logs in days; one of the values that CloudWatch Logs accepts."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains(local.log_retentions, var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, but CloudWatch Logs accepts only: ${join(", ", local.log_retentions)}."
  }
}

variable "log_level" {
  description = "Lowest level that the Lambdas log: trace, debug or info. Below info, Lambda also logs the duration and the memory of each invocation."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    # Metrics are part of the log lines of events. A higher level would drop lines, with the metrics in them, and some
    # alarms would never fire.
    condition     = contains(["trace", "debug", "info"], var.log_level)
    error_message = "log_level is \"${var.log_level}\", but must be trace, debug or info: at a higher level, Lambda would drop the metrics that the functions log."
  }
}
