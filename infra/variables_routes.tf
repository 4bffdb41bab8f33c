variable "routes" {
  description = "Destinations of events. An event is delivered to the destinations of all routes that match it, to each of them once. An event that no route matches is stored, logged and counted as unrouted, and the alarm unrouted fires."
  type = list(object({
    # Name of the source whose events the route is for, or "*" for every source.
    source = string
    # JMESPath expression over source, type, headers, query and body, such as "body.event == 'envelope-completed'". The
    # route matches the events for which it is true; if null, all events of the source. A filter that fails on an event,
    # such as length(body.items) without items, does not match, and the alarm filter-failed fires.
    filter = optional(string)
    # Whether the route matches only events that no other route of its source matches. With source = "*": only events
    # that no other route matches at all.
    otherwise = optional(bool, false)
    # Names of destinations. An empty list discards the events and counts them as discarded.
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
      "routes[${i}] (source \"${route.source}\"): an `otherwise` route matches what no other route of its source matches, so it cannot have a filter: remove filter or otherwise."
      if route.otherwise && route.filter != null
    ])
  }
}
