variable "destinations" {
  description = "Where events are delivered, by name. Each destination has exactly one kind: http, lambda, sqs, eventbridge or handler. The worker's role grants access to these destinations only. An ARN may belong to another region or account; the other account must grant access to the role of the output worker_role_arn."
  type = map(object({
    # Sends the original body over HTTP, signed according to Standard Webhooks. The output
    # destination_secret_arns names the signing secret.
    http = optional(object({
      # URL of the receiver, https://host[:port][/path][?query].
      url = string
      # HTTP method: POST, PUT or PATCH.
      method = optional(string, "POST")
      # Timeout of one delivery in seconds: above 0, and at most worker_timeout - 9.
      timeout = optional(number, 10)
      # Whether private IP addresses and plain http are allowed. If false, the worker connects to public addresses
      # only, which protects against server-side request forgery (SSRF).
      allow_private = optional(bool, false)
      # Headers to add to every delivery. Not for secrets: they are readable in the Terraform state and in the
      # configuration object.
      headers = optional(map(string), {})
      # Headers of the original request that deliveries have, too, such as "stripe-signature", or "x-github-*" for all that
      # begin so; at most 50. Never forwarded are headers of the connection, cookies and Authorization, headers in which a
      # sender sends the secret itself, and headers that the worker, API Gateway or a proxy sets.
      forward_headers = optional(list(string), [])
      # Credential of deliveries. Terraform creates the secret without a value, and the output
      # destination_credential_arns names it.
      auth = optional(object({
        # bearer (the secret is a token), basic (the secret is user:password, or JSON with username and password), header
        # (the secret is the value of a header), or oauth2 (the secret is JSON with client_id and client_secret).
        type = string
        # Name of the header. Required for type header, and only for it.
        header = optional(string)
        # URL of the OAuth 2 token endpoint. Required for type oauth2, as the rest only for it.
        token_url = optional(string)
        # OAuth 2 scope; null for none.
        scope = optional(string)
        # OAuth 2 audience, which some authorization servers require; null for none.
        audience = optional(string)
        # How the client authenticates to the token endpoint: client_secret_basic or client_secret_post. If null,
        # client_secret_basic.
        client_authentication = optional(string)
      }))
      # HTTP statuses that reject an event for good, from 300 to 599, in addition to 400, 410, 413, 415 and 422. An
      # event is not retried after such an answer, but becomes a dead letter.
      reject_on = optional(list(number), [])
      # HTTP statuses that are retried, from 300 to 599, although they are among 400, 410, 413, 415 and 422. All other
      # statuses except 2xx are retried anyway.
      retry_on = optional(list(number), [])
      # Version of the signing secret. Increase it by one to generate a new secret.
      secret_version = optional(number, 1)
    }))

    # Invokes a Lambda function asynchronously. An event counts as delivered once Lambda has accepted it.
    lambda = optional(object({
      # ARN of the function, optionally with a version or an alias.
      arn = string
      # Largest payload in bytes, from 1024 to 1048576. A larger event is replaced by a reference to its body, with a
      # presigned URL.
      inline_limit = optional(number, 262144)
    }))

    # Sends a message to an SQS queue.
    sqs = optional(object({
      # ARN of the queue, standard or FIFO.
      arn = string
      # JMESPath expression over source, type, headers, query and body. Only for a FIFO queue. Its result is the message
      # group; an event without a result is a group of its own. If null, the group is the source's name. The messages of
      # a group have the order in which the worker sent them, so an event that was retried comes later.
      ordering_key = optional(string)
      # ARN of the customer managed KMS key that encrypts the queue; null if there is none.
      kms_key_arn = optional(string)
      # Largest payload in bytes, from 1024 to 1048576. A larger event is replaced by a reference to its body, with a
      # presigned URL.
      inline_limit = optional(number, 262144)
    }))

    # Puts an event on an EventBridge bus.
    eventbridge = optional(object({
      # Name or ARN of the bus.
      bus = string
      # Largest payload in bytes, from 1024 to 1048576. A larger event is replaced by a reference to its body, with a
      # presigned URL.
      inline_limit = optional(number, 262144)
    }))

    # Calls code that is compiled into the worker.
    handler = optional(object({
      # Name of the handler: its file in worker-lambda/src/handlers without .rs.
      name = string
      # Timeout of one delivery in seconds: above 0, and at most worker_timeout - 9.
      timeout = optional(number, 10)
      # Settings for the handler, by name. Not for secrets: they are readable in the Terraform state and in the
      # configuration object.
      settings = optional(map(string), {})
      # Additional IAM permissions of the worker's role.
      permissions = optional(list(object({
        # IAM actions, such as dynamodb:UpdateItem or dynamodb:Get*.
        actions = list(string)
        # ARNs to which the actions apply, or "*" for actions that do not support resource ARNs.
        resources = list(string)
      })), [])
    }))

    # Rate limit in deliveries per second, from 0.001 to 100000; null for none. The worker environments divide it
    # evenly, so each queue whose events may be delivered here must set maximum_concurrency. In t seconds, at most
    # rate * t deliveries are made, plus one for each environment.
    rate = optional(number)
    # Circuit breaker, which stops deliveries to a destination that keeps failing. Events that wait for it lose no
    # attempt.
    circuit = optional(object({
      # Consecutive failed deliveries after which the circuit breaker opens, from 0 to 1000; 0 disables it.
      failures = optional(number, 5)
      # Seconds from opening until one delivery probes the destination (half-open), from 1 to 900. The interval doubles
      # after each failed probe, up to 15 minutes.
      probe_after = optional(number, 30)
    }), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for name in keys(var.destinations) : can(regex(local.name_pattern, name))])
    error_message = format("destinations: these names must be 1 to 48 lower-case letters, digits, _ and -, starting with a letter or digit: %s.",
      join(", ", [for name in keys(var.destinations) : name if !can(regex(local.name_pattern, name))]),
    )
  }

  validation {
    condition = alltrue([for destination in var.destinations : length([for kind in local.destination_kinds : kind if destination[kind] != null]) == 1])
    error_message = join("\n", [for name, destination in var.destinations :
      format("destinations.%s: has %s, but must have exactly one of: %s.", name,
        coalesce(join(" and ", [for kind in local.destination_kinds : kind if destination[kind] != null]), "no kind"),
        join(", ", local.destination_kinds),
      )
      if length([for kind in local.destination_kinds : kind if destination[kind] != null]) != 1
    ])
  }

  validation {
    condition = alltrue([for destination in var.destinations : destination.http == null || can(regex(local.url_pattern, destination.http.url))])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.url must be https://host[:port][/path][?query], without a user name, a password or a fragment."
      if destination.http != null && !can(regex(local.url_pattern, try(destination.http.url, "")))
    ])
  }

  validation {
    condition = alltrue([for destination in var.destinations : destination.http == null || try(destination.http.allow_private || !startswith(destination.http.url, "http://"), true)])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.url is \"${destination.http.url}\", but plain http is allowed for private addresses only: use https, or set http.allow_private = true."
      if try(!destination.http.allow_private && startswith(destination.http.url, "http://"), false)
    ])
  }

  validation {
    condition = alltrue([for destination in var.destinations : contains(local.delivery_methods, try(destination.http.method, "POST"))])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.method is \"${destination.http.method}\", but must be one of: ${join(", ", local.delivery_methods)}."
      if !contains(local.delivery_methods, try(destination.http.method, "POST"))
    ])
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [for attribute in ["reject_on", "retry_on"] : [
      for status in try(destination.http[attribute], []) : try(status >= local.failure_statuses[0] && status <= local.failure_statuses[1] && floor(status) == status, false)
    ]]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [for attribute in ["reject_on", "retry_on"] : [
      for status in try(destination.http[attribute], []) :
      "destinations.${name}: http.${attribute} has ${jsonencode(status)}, but must have whole numbers from ${local.failure_statuses[0]} to ${local.failure_statuses[1]}: statuses of answers that are not a delivery."
      if !try(status >= local.failure_statuses[0] && status <= local.failure_statuses[1] && floor(status) == status, false)
    ]]]))
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for status in try(destination.http.retry_on, []) : !try(contains(destination.http.reject_on, status), false)
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for status in try(destination.http.retry_on, []) :
      "destinations.${name}: http.retry_on has ${jsonencode(status)}, which is in http.reject_on too: remove it from one of them."
      if try(contains(destination.http.reject_on, status), false)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for kind in ["http", "handler"] : destination[kind] == null || try(destination[kind].timeout > 0 && destination[kind].timeout <= local.max_delivery_timeout, false)
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for kind in ["http", "handler"] :
      "destinations.${name}: ${kind}.timeout is ${destination[kind].timeout} seconds, but must be above 0 and at most ${local.max_delivery_timeout}: the worker needs ${local.delivery_overhead} of its worker_timeout (${var.worker_timeout}) before and after a delivery, and would never start one that may take longer."
      if try(destination[kind].timeout <= 0 || destination[kind].timeout > local.max_delivery_timeout, false)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) : can(regex(local.header_pattern, header)) && !can(regex(local.reserved_headers, lower(header))) && can(regex(local.header_value_pattern, value))
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) :
      "destinations.${name}: http.headers has \"${header}\", which is not a valid header name, has a null or multi-line value, or is a header that the worker itself sets."
      if !can(regex(local.header_pattern, header)) || can(regex(local.reserved_headers, lower(header))) || !can(regex(local.header_value_pattern, value))
    ]]))
  }
}
