variable "routes" {
  description = <<-EOT
    Which source's events go to which destinations. All routes that match apply, and their destinations are a set.
    - source: a source's name, or "*" for every source.
    - destinations: names of destinations; an empty list discards the events and counts them.
    What no route matches is stored, counted as unrouted and logged.
  EOT
  type = list(object({
    source       = string
    destinations = list(string)

    # Not supported yet: see unsupported.tf.
    filter    = optional(string)
    otherwise = optional(bool)
  }))
  default  = []
  nullable = false

  validation {
    condition = alltrue([for route in var.routes : route.source == "*" || contains(keys(var.sources), route.source)])
    error_message = format("%s\nThe sources are: %s; \"*\" means all of them.",
      join("\n", [for i, route in var.routes : "routes[${i}]: unknown source \"${route.source}\"." if route.source != "*" && !contains(keys(var.sources), route.source)]),
      join(", ", keys(var.sources)),
    )
  }

  validation {
    condition = alltrue([for route in var.routes : length(setsubtract(route.destinations, keys(var.destinations))) == 0])
    error_message = format("%s\nThe destinations are: %s.",
      join("\n", flatten([for i, route in var.routes : [for name in setsubtract(route.destinations, keys(var.destinations)) : "routes[${i}]: unknown destination \"${name}\"."]])),
      join(", ", keys(var.destinations)),
    )
  }

  validation {
    condition = alltrue(flatten([for route in var.routes : [
      for attribute in local.not_supported_yet.routes : contains(local.asks_for_nothing, jsonencode(route[attribute]))
    ]]))
    error_message = join("\n", flatten([for i, route in var.routes : [
      for attribute in local.not_supported_yet.routes : "routes[${i}] (source \"${route.source}\"): ${attribute} is not supported yet."
      if !contains(local.asks_for_nothing, jsonencode(route[attribute]))
    ]]))
  }
}
