variable "destinations" {
  description = <<-EOT
    Where events are delivered, by name. Each has exactly one kind. The worker may reach just these.
    - http: gets the original body, signed by Standard Webhooks; the signing secret is in the output destination_secret_arns. url; method: POST, PUT or PATCH; timeout: seconds for one delivery; allow_private: whether private addresses and plain http are allowed; headers: added to every delivery, and not for secrets: they are readable in the state and in the configuration object; secret_version: raise it by one to have another signing secret generated.
    - lambda: invokes a function asynchronously; delivered is what Lambda accepted. arn: with a version or an alias, or without.
    - sqs: sends a message. arn: a queue's, standard or FIFO; ordering_key: for a FIFO queue, JMESPath over source, type, headers, query and body; what it gives is the message group, or the source's name where there is none (a group is in the order in which the worker sent, and what had to be tried again comes later); kms_key_arn: the key that the queue is encrypted with, where it is one of your own.
    - eventbridge: puts an event on a bus. bus: its name, or its ARN.
    - handler: code in the worker itself. name: that of its file in worker-lambda/src/handlers, without .rs; timeout: seconds for one delivery; settings: texts that it is given, and not for secrets; permissions: what it may do besides, each a list of actions and of resources: [{ actions = ["dynamodb:UpdateItem"], resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/envelopes"] }].

    For each, whatever its kind:
    - rate: deliveries per second, from 0.001 to 100000; any number unless said. Each worker environment keeps to its share, so each queue whose events may go there must say its maximum_concurrency; in t seconds it gets at most rate * t deliveries, and one for each environment.
    - circuit: after how many failed deliveries in a row (failures; 0 for no circuit) nothing more is sent there, and after how many seconds one delivery tries whether it is back (probe_after; twice as long after each try that fails, at most 15 minutes). Events that wait for it lose no attempt.

    For lambda, sqs and eventbridge, inline_limit: the largest payload in bytes, from 1024 to 1048576; instead of an event that would make a larger one goes a reference to it, with a URL to get it from.
    An ARN may be of another region, or of another account, which then has to let in the role of the output worker_role_arn.
  EOT
  type = map(object({
    http = optional(object({
      url            = string
      method         = optional(string, "POST")
      timeout        = optional(number, 10)
      allow_private  = optional(bool, false)
      headers        = optional(map(string), {})
      secret_version = optional(number, 1)
    }))
    lambda = optional(object({
      arn          = string
      inline_limit = optional(number, 262144)
    }))
    sqs = optional(object({
      arn          = string
      ordering_key = optional(string)
      kms_key_arn  = optional(string)
      inline_limit = optional(number, 262144)
    }))
    eventbridge = optional(object({
      bus          = string
      inline_limit = optional(number, 262144)
    }))
    handler = optional(object({
      name     = string
      timeout  = optional(number, 10)
      settings = optional(map(string), {})
      permissions = optional(list(object({
        actions   = list(string)
        resources = list(string)
      })), [])
    }))

    rate = optional(number)
    circuit = optional(object({
      failures    = optional(number, 5)
      probe_after = optional(number, 30)
    }), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for name in keys(var.destinations) : can(regex(local.name_pattern, name))])
    error_message = format("destinations: these names must be 1 to 48 lower-case letters, digits, _ and -, beginning with a letter or digit: %s.",
      join(", ", [for name in keys(var.destinations) : name if !can(regex(local.name_pattern, name))]),
    )
  }

  validation {
    condition = alltrue([for destination in var.destinations : length([for kind in local.destination_kinds : kind if destination[kind] != null]) == 1])
    error_message = join("\n", [for name, destination in var.destinations :
      format("destinations.%s: is %s, but must be exactly one of: %s.", name,
        coalesce(join(" and ", [for kind in local.destination_kinds : kind if destination[kind] != null]), "of no kind"),
        join(", ", local.destination_kinds),
      )
      if length([for kind in local.destination_kinds : kind if destination[kind] != null]) != 1
    ])
  }

  validation {
    condition = alltrue([for destination in var.destinations : destination.http == null || can(regex(local.url_pattern, destination.http.url))])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.url must be https://host[:port][/path][?query], without a user, a password or a fragment."
      if destination.http != null && !can(regex(local.url_pattern, try(destination.http.url, "")))
    ])
  }

  validation {
    condition = alltrue([for destination in var.destinations : destination.http == null || try(destination.http.allow_private || !startswith(destination.http.url, "http://"), true)])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.url is \"${destination.http.url}\", but plain http is for private addresses only: use https, or set http.allow_private = true."
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
    condition = alltrue(flatten([for destination in var.destinations : [
      for kind in ["http", "handler"] : destination[kind] == null || try(destination[kind].timeout > 0 && destination[kind].timeout <= local.longest_delivery, false)
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for kind in ["http", "handler"] :
      "destinations.${name}: ${kind}.timeout is ${destination[kind].timeout} seconds, but must be above 0 and at most ${local.longest_delivery}: the worker needs ${local.around_a_delivery} of its worker_timeout (${var.worker_timeout}) for what is around a delivery, and would never begin one."
      if try(destination[kind].timeout <= 0 || destination[kind].timeout > local.longest_delivery, false)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) : can(regex(local.header_pattern, header)) && !can(regex(local.own_headers, lower(header))) && can(regex(local.header_value_pattern, value))
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) :
      "destinations.${name}: http.headers has \"${header}\", which is no header name, has no value or one of more than one line, or is set by the worker itself."
      if !can(regex(local.header_pattern, header)) || can(regex(local.own_headers, lower(header))) || !can(regex(local.header_value_pattern, value))
    ]]))
  }
}
