# What is received and where it goes is in variables_sources.tf, variables_queues.tf,
# variables_destinations.tf and variables_routes.tf; this file has the rest. Times are in seconds
# unless a name says otherwise.

variable "name" {
  description = "Prefix of the name of everything in this stack. Several stacks with different names fit into one account."
  type        = string
  nullable    = false

  validation {
    # 30 characters leave room for the longest suffix in the shortest name (a bucket prefix has 37).
    condition     = can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\", but must be 2 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen."
  }
}

variable "tags" {
  description = "Tags on every resource, beside `application` and `stack`."
  type        = map(string)
  default     = {}
  nullable    = false
}

# ---- The two functions ------------------------------------------------------------------------

variable "architecture" {
  description = "Instruction set that the two Lambda packages were built for: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(keys(local.build_flags), var.architecture)
    error_message = "architecture is \"${var.architecture}\", but must be one of: ${join(", ", keys(local.build_flags))}."
  }
}

variable "ingest_zip" {
  description = "Path of the ingest Lambda's zip. By default where `cargo lambda build --release --output-format zip` writes it, in target/lambda/ingest-lambda at the repository's root."
  type        = string
  default     = null
}

variable "worker_zip" {
  description = "Path of the worker Lambda's zip. By default where `cargo lambda build --release --output-format zip` writes it, in target/lambda/worker-lambda at the repository's root."
  type        = string
  default     = null
}

variable "ingest_memory" {
  description = "Memory of the ingest Lambda in MB. Its share of a CPU grows with it."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.ingest_memory >= 128 && var.ingest_memory <= 10240 && floor(var.ingest_memory) == var.ingest_memory
    error_message = "ingest_memory is ${var.ingest_memory}, but must be a whole number of MB from 128 to 10240."
  }
}

variable "worker_memory" {
  description = "Memory of the worker Lambda in MB. It holds several events of up to 6 MB at a time."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.worker_memory >= 128 && var.worker_memory <= 10240 && floor(var.worker_memory) == var.worker_memory
    error_message = "worker_memory is ${var.worker_memory}, but must be a whole number of MB from 128 to 10240."
  }
}

variable "worker_timeout" {
  description = "Seconds that the worker Lambda may take for a batch. The queues hide a message for six times as long."
  type        = number
  default     = 60
  nullable    = false

  validation {
    # Half of it is for one delivery to a queue, a bus or a function, and what is around it.
    condition     = var.worker_timeout >= 15 && var.worker_timeout <= 900 && floor(var.worker_timeout) == var.worker_timeout
    error_message = "worker_timeout is ${var.worker_timeout}, but must be a whole number of seconds from 15 to 900."
  }
}

variable "environment" {
  description = "Environment variables for both Lambdas beside their own, such as AWS_ENDPOINT_URL for an emulator. Not for secrets: they are readable in the state and in the console."
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
  description = "Seconds within which the ingest Lambda answers, whatever S3 and SQS do (a cold start apart): 503 if the event is not safe by then. Some providers give up after 3."
  type        = number
  default     = 2.5
  nullable    = false

  validation {
    condition     = var.reply_within >= 0.5 && var.reply_within <= 25
    error_message = "reply_within is ${var.reply_within}, but must be from 0.5 to 25 seconds: API Gateway gives up after 30."
  }
}

variable "body_limit" {
  description = "Largest request body accepted, in bytes; a larger one is answered 413. The default is all that Lambda can hand over; a body that API Gateway hands over in base64 (anything but text, JSON, XML and JavaScript) reaches that at about 4.4 MB."
  type        = number
  default     = 6291456
  nullable    = false

  validation {
    condition     = var.body_limit >= 1024 && var.body_limit <= 6291456 && floor(var.body_limit) == var.body_limit
    error_message = "body_limit is ${var.body_limit}, but must be a whole number of bytes from 1024 to 6291456, Lambda's limit."
  }
}

variable "throttling" {
  description = "Requests per second (`rate`) and at once (`burst`) that the API lets through; what exceeds them is answered 429, which providers retry."
  type = object({
    rate  = optional(number, 1000)
    burst = optional(number, 2000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttling.rate >= 1 && var.throttling.burst >= 1
    error_message = "throttling is rate ${var.throttling.rate}, burst ${var.throttling.burst}, but both must be at least 1: API Gateway would refuse every request."
  }
}

# ---- Keeping ----------------------------------------------------------------------------------

variable "event_retention_days" {
  description = "Days after which a stored event expires; null keeps it for ever. It stays recoverable for `event_recovery_days` more."
  type        = number
  default     = null

  validation {
    condition     = var.event_retention_days == null || try(var.event_retention_days > local.longest_owed_days && floor(var.event_retention_days) == var.event_retention_days, false)
    error_message = "event_retention_days is ${coalesce(var.event_retention_days, 0)}, but must be a whole number above ${local.longest_owed_days}: a reference waits up to ${local.queue_retention / local.day} days in its queue and ${local.dead_letter_retention / local.day} in the dead-letter queue, and would then point at nothing."
  }
}

variable "event_recovery_days" {
  description = "Days for which an expired, deleted or overwritten event can still be recovered, as a noncurrent version, before it is gone for good."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.event_recovery_days >= 1 && floor(var.event_recovery_days) == var.event_recovery_days
    error_message = "event_recovery_days is ${var.event_recovery_days}, but must be a whole number of at least 1."
  }
}

variable "event_transition" {
  description = "Moves stored events to a cheaper storage class after some days; null leaves them where they are. S3 does not move objects under 128 KB, which would cost more there. The class must be readable at once, since a redrive reads events again."
  type = object({
    days          = number
    storage_class = string
  })
  default = null

  validation {
    condition     = var.event_transition == null || contains(local.instant_storage_classes, try(var.event_transition.storage_class, ""))
    error_message = "event_transition.storage_class is \"${try(var.event_transition.storage_class, "")}\", but must be one of: ${join(", ", local.instant_storage_classes)}."
  }

  validation {
    condition     = var.event_transition == null || try(var.event_transition.days >= 30 && var.event_transition.days < coalesce(var.event_retention_days, 36500), false)
    error_message = "event_transition.days is ${try(var.event_transition.days, 0)}, but must be at least 30, as S3 demands, and less than event_retention_days."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete the bucket with every event in it."
  type        = bool
  default     = false
  nullable    = false
}

# ---- Watching ---------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains(local.log_retentions, var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, but CloudWatch Logs knows only: ${join(", ", local.log_retentions)}."
  }
}

variable "log_level" {
  description = "Least severe level that the Lambdas log: trace, debug or info."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    # Lambda takes a line without a level, as a metric in embedded format is, for INFO, and drops it
    # above that: the alarm on a missing secret would never sound.
    condition     = contains(["trace", "debug", "info"], var.log_level)
    error_message = "log_level is \"${var.log_level}\", but must be trace, debug or info: above that, Lambda would drop the metrics which the functions log."
  }
}

variable "alarm_emails" {
  description = "E-mail addresses subscribed to the alarm topic. Each must confirm the message that AWS sends it."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", email))])
    error_message = "alarm_emails has what is no address: ${join(", ", [for email in var.alarm_emails : email if !can(regex("^[^@\\s]+@[^@\\s]+$", email))])}."
  }
}

variable "alarm_actions" {
  description = "ARNs that every alarm notifies beside the stack's own topic."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions has what is no ARN: ${join(", ", [for arn in var.alarm_actions : arn if !startswith(arn, "arn:")])}."
  }
}

variable "alarm_thresholds" {
  description = "An alarm sounds when its figure is above its threshold: dead letters waiting in a queue, age in seconds of the oldest message in a queue, messages that a queue hides, API answers with 4xx and 5xx in 5 minutes, errors and throttles of a Lambda in 5 minutes, filters that failed on an event in a minute. What no route matches (the metric Unrouted) has no alarm."
  type = object({
    dead_letters       = optional(number, 0)
    oldest_message_age = optional(number, 900)
    # SQS stops handing out messages at about 120,000.
    not_visible      = optional(number, 100000)
    api_4xx          = optional(number, 100)
    api_5xx          = optional(number, 5)
    lambda_errors    = optional(number, 0)
    lambda_throttles = optional(number, 0)
    filter_failures  = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : threshold >= 0])
    error_message = "alarm_thresholds has a negative one: ${join(", ", [for name, threshold in var.alarm_thresholds : name if threshold < 0])}."
  }
}
