variable "routes" {
  description = <<-EOT
    Which source's events go to which destinations. All routes that match apply, and their destinations are a set.
    - source: a source's name, or "*" for every source.
    - filter: JMESPath over source, type, headers, query and body, such as "body.event == 'envelope-completed'": which of the events it matches; all of them where there is none. One that fails on an event (length(body.items) where there are no items) does not match it, and the alarm filter-failed sounds.
    - otherwise: true to match just what no other route of this source does; one for "*" matches what no other route does at all.
    - destinations: names of destinations; an empty list discards the events and counts them.
    What no route matches is stored, counted as unrouted and logged.
  EOT
  type = list(object({
    source       = string
    filter       = optional(string)
    otherwise    = optional(bool, false)
    destinations = list(string)
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
    condition = alltrue([for route in var.routes : !route.otherwise || route.filter == null])
    error_message = join("\n", [for i, route in var.routes :
      "routes[${i}] (source \"${route.source}\"): an `otherwise` route takes what no other route of its source matched, so it has no filter: take away filter, or otherwise."
      if route.otherwise && route.filter != null
    ])
  }
}
