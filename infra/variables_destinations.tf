variable "destinations" {
  description = <<-EOT
    Where events are delivered, by name. Each has exactly one kind.
    - http.url: gets the original body by POST, signed by Standard Webhooks; the signing secret is in the output destination_secret_arns.
    - http.timeout: seconds for one delivery.
    - http.allow_private: whether private addresses and plain http are allowed.
    - http.headers: headers added to every delivery. Not for secrets: they are readable in the state and in the configuration object.
    - http.secret_version: raise it by one to have another signing secret generated.
  EOT
  type = map(object({
    http = optional(object({
      url            = string
      timeout        = optional(number, 10)
      allow_private  = optional(bool, false)
      headers        = optional(map(string), {})
      secret_version = optional(number, 1)
    }))

    # Not supported yet: see unsupported.tf.
    lambda      = optional(object({ arn = string }))
    sqs         = optional(object({ arn = string }))
    eventbridge = optional(object({ bus = string }))
    handler     = optional(object({ name = string }))
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
    condition = alltrue([for destination in var.destinations : destination.http == null || try(destination.http.timeout > 0 && destination.http.timeout <= local.longest_delivery, false)])
    error_message = join("\n", [for name, destination in var.destinations :
      "destinations.${name}: http.timeout is ${destination.http.timeout} seconds, but must be above 0 and at most ${local.longest_delivery}: the worker needs ${local.around_a_delivery} of its worker_timeout (${var.worker_timeout}) for what is around a delivery, and would never begin one."
      if try(destination.http.timeout <= 0 || destination.http.timeout > local.longest_delivery, false)
    ])
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) : can(regex(local.header_pattern, header)) && !can(regex(local.own_headers, lower(header))) && !can(regex("[\\r\\n\\x00]", value))
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for header, value in try(destination.http.headers, {}) :
      "destinations.${name}: http.headers has \"${header}\", which is no header name, has a value of more than one line, or is set by the worker itself."
      if !can(regex(local.header_pattern, header)) || can(regex(local.own_headers, lower(header))) || can(regex("[\\r\\n\\x00]", value))
    ]]))
  }

  validation {
    condition = alltrue(flatten([for destination in var.destinations : [
      for attribute in local.not_supported_yet.destinations : contains(local.asks_for_nothing, jsonencode(destination[attribute]))
    ]]))
    error_message = join("\n", flatten([for name, destination in var.destinations : [
      for attribute in local.not_supported_yet.destinations : "destinations.${name}: the kind ${attribute} is not supported yet."
      if !contains(local.asks_for_nothing, jsonencode(destination[attribute]))
    ]]))
  }
}
