# Variables of the alarms: whom they notify, when they sound, and which of them there are.

variable "alarm_emails" {
  description = "E-mail addresses to subscribe to the alarm topic. AWS sends each address a message that must be confirmed."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", email))])
    error_message = "alarm_emails has invalid e-mail addresses: ${join(", ", [for email in var.alarm_emails : email if !can(regex("^[^@\\s]+@[^@\\s]+$", email))])}."
  }
}

variable "alarm_actions" {
  description = "ARNs that every alarm notifies, in addition to the stack's own SNS topic."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions has values that are not ARNs: ${join(", ", [for arn in var.alarm_actions : arn if !startswith(arn, "arn:")])}."
  }

  validation {
    condition     = length(var.alarm_actions) <= local.max_alarm_actions - 1
    error_message = "alarm_actions has ${length(var.alarm_actions)} ARNs, but CloudWatch accepts at most ${local.max_alarm_actions} in an alarm, of which one is the stack's own topic."
  }
}

variable "ok_actions" {
  description = "ARNs that every alarm notifies when it returns to OK. The stack's own topic is not among them, unless its ARN, the output alarm_topic_arn, is given here."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.ok_actions : startswith(arn, "arn:")])
    error_message = "ok_actions has values that are not ARNs: ${join(", ", [for arn in var.ok_actions : arn if !startswith(arn, "arn:")])}."
  }

  validation {
    condition     = length(var.ok_actions) <= local.max_alarm_actions
    error_message = "ok_actions has ${length(var.ok_actions)} ARNs, but CloudWatch accepts at most ${local.max_alarm_actions} in an alarm."
  }
}

variable "disabled_alarms" {
  description = "Alarms that are not created, by their names without the stack's name and the hyphen, such as \"unrouted\" or \"default-oldest-message\"."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = length(setsubtract(var.disabled_alarms, local.alarm_names)) == 0
    error_message = format("%s\nThe alarms are: %s.",
      join("\n", [for name in var.disabled_alarms : "disabled_alarms: unknown alarm \"${name}\".${startswith(name, "${var.name}-") ? " Leave out the stack's name." : ""}" if !contains(local.alarm_names, name)]),
      join(", ", local.alarm_names),
    )
  }
}

variable "alarm_thresholds" {
  description = "Thresholds of the alarms. An alarm fires when its metric exceeds its threshold."
  type = object({
    # Messages in a dead-letter queue.
    dead_letters = optional(number, 0)
    # Dead letters that the worker sent in 1 minute.
    dead_lettered = optional(number, 0)
    # Age in seconds of the oldest message in a queue.
    oldest_message_age = optional(number, 900)
    # Messages of a queue that are hidden by their visibility timeout. SQS delivers no more messages of a standard
    # queue when about 120,000 are in flight.
    not_visible = optional(number, 100000)
    # Events in 1 minute that no route matched.
    unrouted = optional(number, 0)
    # How often the worker sent one message to its queue again. A message that waits for six days behind an open circuit
    # breaker needs 12 times with max_receives = 100, and fewer than 100 with 12.
    resends = optional(number, 100)
    # Reads, or writes, of the ledger that DynamoDB throttled in 5 minutes. The SDK repeats a few of them unnoticed.
    ledger_throttles = optional(number, 10)
    # Longest duration of an invocation of the worker, in percent of worker_timeout; null means 4 seconds less than
    # worker_timeout, or 0.25 if a destination has a rate.
    worker_duration = optional(number)
    # Responses of the API with a status from 400 to 499 in 5 minutes.
    api_4xx = optional(number, 100)
    # Responses of the API with a status from 500 to 599 in 5 minutes.
    api_5xx = optional(number, 5)
    # Failed invocations of a Lambda in 5 minutes.
    lambda_errors = optional(number, 0)
    # Throttled invocations of a Lambda in 5 minutes.
    lambda_throttles = optional(number, 0)
    # Route filters that failed on an event in 1 minute.
    filter_failures = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : try(threshold >= 0, threshold == null)])
    error_message = "alarm_thresholds has negative values: ${join(", ", [for name, threshold in var.alarm_thresholds : name if try(threshold < 0, false)])}."
  }

  validation {
    condition     = try(var.alarm_thresholds.worker_duration < 100, var.alarm_thresholds.worker_duration == null)
    error_message = "alarm_thresholds.worker_duration is ${coalesce(var.alarm_thresholds.worker_duration, 0)}, but must be below 100 percent of worker_timeout: no invocation takes longer than that."
  }
}
