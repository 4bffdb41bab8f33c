# What the Lambda functions may use of the account, and what API Gateway lets through to them.

variable "account_concurrency" {
  description = "Concurrent executions that the account allows to this stack's Lambda functions: the Lambda quota of the account in the region, less what its other functions need. A new account may have only 10. Read it with `aws lambda get-account-settings`. The defaults of the queues' maximum_concurrency and of throttling depend on it."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.account_concurrency >= 3 && floor(var.account_concurrency) == var.account_concurrency
    error_message = "account_concurrency is ${var.account_concurrency}, but must be a whole number of at least 3: one execution for ingest, and the 2 that a queue needs."
  }
}

variable "ingest_reserved_concurrency" {
  description = "Concurrent executions that are reserved for the ingest Lambda, and which it cannot exceed; null for none. AWS demands that at least 100 of the account's executions stay unreserved."
  type        = number
  default     = null

  validation {
    condition     = var.ingest_reserved_concurrency == null || try(var.ingest_reserved_concurrency >= 1 && floor(var.ingest_reserved_concurrency) == var.ingest_reserved_concurrency, false)
    error_message = "ingest_reserved_concurrency is ${coalesce(var.ingest_reserved_concurrency, 0)}, but must be a whole number of at least 1: with 0, Lambda would refuse every webhook."
  }

  validation {
    condition     = var.ingest_reserved_concurrency == null || try(var.account_concurrency - var.ingest_reserved_concurrency >= local.min_unreserved_concurrency, false)
    error_message = "ingest_reserved_concurrency is ${coalesce(var.ingest_reserved_concurrency, 0)} of account_concurrency = ${var.account_concurrency}, but must leave at least ${local.min_unreserved_concurrency} unreserved, which AWS demands: ask AWS for more (Service Quotas, lambda, L-B99A9384) and raise account_concurrency, or remove ingest_reserved_concurrency. Without it, ingest has at least a fifth of account_concurrency."
  }
}

variable "throttling" {
  description = "Throttling of each source that does not set its own. API Gateway counts each route separately, and answers requests above the limits 429, which providers retry."
  type = object({
    # Steady-state limit in requests per second, at least 1; null means twice account_concurrency, at most 10000.
    rate = optional(number)
    # Requests that may arrive at the same moment, a whole number of at least 1; null means account_concurrency, at most
    # 5000.
    burst = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = try(var.throttling.rate >= 1, var.throttling.rate == null) && try(var.throttling.burst >= 1 && floor(var.throttling.burst) == var.throttling.burst, var.throttling.burst == null)
    error_message = "throttling is rate ${coalesce(var.throttling.rate, 1)}, burst ${coalesce(var.throttling.burst, 1)}, but both must be at least 1, and burst a whole number: API Gateway would refuse every request."
  }
}
