variable "sources" {
  description = <<-EOT
    Who sends webhooks, by name. A source's URL ends in /{name}; its secret is set outside Terraform, in the secret of the output source_secret_arns.
    - provider: how it signs, identifies and types its webhooks: a file in shared/providers, such as stripe.
    - queue: the queue that its events wait in.
    - rotation_overlap: seconds for which the secret's previous version goes on being accepted after a new one is set.
    - dedupe_window: seconds within which an equal body counts as a duplicate, where the provider sends no id of its own.
    - scheme: how the provider "hmac" signs; for that provider only, and required there.
    - id, type: JMESPath expressions over headers, body and query in place of the provider's own for the id and the type of an event. What is signed besides the body is in signed.{field}; a header that is not may be an id only together with the word body_sha256, lest anyone make another event look like a duplicate.

    scheme:
    - header, query or body: where the signature is: a header (x-sig-* for x-sig-1, x-sig-2 ...), a query parameter, or a JMESPath expression over the body.
    - separator: splits it into several, one of which must match; prefix: the texts one of which must stand before a signature and is taken off.
    - algorithm: hmac-sha256, hmac-sha1 or hmac-sha512; encoding: hex, base64 or base64url.
    - content: what is signed, a template of {body} and of the {fields} below.
    - fields: further parts of the request by name, found, split and stripped alike; forbid: characters that none of them may contain, because content uses them between its parts.
    - timestamp: the field that holds it, its unit (seconds, milliseconds or rfc3339), how many seconds it may differ by, and whether a time to come is checked alike (both) or not at all (past).
    - secret: how the secret's text becomes the key (utf8, base64 or hex), and a prefix to take off before.
  EOT
  type = map(object({
    provider         = string
    queue            = optional(string, "default")
    rotation_overlap = optional(number, 86400)
    dedupe_window    = optional(number, 600)
    scheme = optional(object({
      header    = optional(string)
      query     = optional(string)
      body      = optional(string)
      separator = optional(string)
      prefix    = optional(list(string))
      algorithm = optional(string, "hmac-sha256")
      encoding  = optional(string, "hex")
      content   = optional(string, "{body}")
      fields = optional(map(object({
        header    = optional(string)
        query     = optional(string)
        body      = optional(string)
        separator = optional(string)
        prefix    = optional(list(string))
        forbid    = optional(string)
      })), {})
      timestamp = optional(object({
        field     = string
        unit      = optional(string, "seconds")
        tolerance = optional(number, 300)
        direction = optional(string, "both")
      }))
      secret = optional(object({
        encoding     = optional(string, "utf8")
        strip_prefix = optional(string)
      }), {})
    }))
    id   = optional(list(string))
    type = optional(list(string))

    # Not supported yet: see unsupported.tf.
    allow_cidrs = optional(list(string))
    params      = optional(map(string))
    public_url  = optional(string)
    split       = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.sources) > 0
    error_message = "sources is empty, but without one there is nothing to receive."
  }

  validation {
    condition = alltrue([for name in keys(var.sources) : can(regex(local.name_pattern, name))])
    error_message = format("sources: these names must be 1 to 48 lower-case letters, digits, _ and -, beginning with a letter or digit: %s.",
      join(", ", [for name in keys(var.sources) : name if !can(regex(local.name_pattern, name))]),
    )
  }

  validation {
    condition = alltrue([for source in var.sources : contains(local.providers, source.provider)])
    error_message = format("%s\nThe providers are: %s.",
      join("\n", [for name, source in var.sources : "sources.${name}: unknown provider \"${source.provider}\"." if !contains(local.providers, source.provider)]),
      join(", ", local.providers),
    )
  }

  validation {
    condition = alltrue([for source in var.sources : contains(keys(var.queues), source.queue)])
    error_message = format("%s\nThe queues are: %s.",
      join("\n", [for name, source in var.sources : "sources.${name}: unknown queue \"${source.queue}\"." if !contains(keys(var.queues), source.queue)]),
      join(", ", keys(var.queues)),
    )
  }

  validation {
    condition = alltrue([for source in var.sources : alltrue([
      for attribute, range in local.source_ranges : source[attribute] >= range[0] && source[attribute] <= range[1] && floor(source[attribute]) == source[attribute]
    ])])
    error_message = join("\n", flatten([for name, source in var.sources : [
      for attribute, range in local.source_ranges :
      "sources.${name}: ${attribute} is ${source[attribute]} seconds, but must be a whole number from ${range[0]} to ${range[1]}."
      if source[attribute] < range[0] || source[attribute] > range[1] || floor(source[attribute]) != source[attribute]
    ]]))
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [
      for expression in concat(coalesce(source.id, []), coalesce(source.type, [])) : length(expression) >= 1 && length(expression) <= 4096
    ]]))
    error_message = format("sources: an expression in id or type is empty or longer than 4096 characters: %s.",
      join(", ", [for name, source in var.sources : name if !alltrue([
        for expression in concat(coalesce(source.id, []), coalesce(source.type, [])) : length(expression) >= 1 && length(expression) <= 4096
      ])]),
    )
  }

  # ---- The inline scheme ----

  validation {
    condition = alltrue([for source in var.sources : (source.provider == "hmac") == (source.scheme != null)])
    error_message = join("\n", [for name, source in var.sources :
      source.provider == "hmac" ?
      "sources.${name}: the provider hmac needs a scheme, such as { header = \"x-signature\" }." :
      "sources.${name}: scheme is for the provider hmac only; \"${source.provider}\" brings its own."
      if(source.provider == "hmac") != (source.scheme != null)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.scheme == null || length([for place in local.places : place if try(source.scheme[place], null) != null]) == 1])
    error_message = format("sources: a scheme must have exactly one of %s: %s.", join(", ", local.places),
      join(", ", [for name, source in var.sources : name if source.scheme != null && length([for place in local.places : place if try(source.scheme[place], null) != null]) != 1]),
    )
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for choice in local.scheme_choices :
      contains(choice.of, try(source.scheme[choice.in[0]][choice.in[1]], tostring(source.scheme[choice.in[0]]), choice.of[0]))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for choice in local.scheme_choices :
      "sources.${name}: scheme.${join(".", choice.in)} must be one of: ${join(", ", choice.of)}."
      if !contains(choice.of, try(source.scheme[choice.in[0]][choice.in[1]], tostring(source.scheme[choice.in[0]]), choice.of[0]))
    ]]))
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for field in values(try(source.scheme.fields, {})) :
      length([for place in local.places : place if field[place] != null]) == 1
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for key, field in try(source.scheme.fields, {}) :
      "sources.${name}: scheme.fields.${key} must have exactly one of ${join(", ", local.places)}."
      if length([for place in local.places : place if field[place] != null]) != 1
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources : !contains(concat([try(source.scheme.separator, null)], try(values(source.scheme.fields)[*].separator, [])), "")])
    error_message = format("sources: a separator in a scheme is empty, which would split between all characters; leave it out to split nothing: %s.",
      join(", ", [for name, source in var.sources : name if contains(concat([try(source.scheme.separator, null)], try(values(source.scheme.fields)[*].separator, [])), "")]),
    )
  }

  validation {
    condition = alltrue([for source in var.sources : try(source.scheme.timestamp, null) == null || try(contains(keys(source.scheme.fields), source.scheme.timestamp.field), false)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: scheme.timestamp.field is \"${source.scheme.timestamp.field}\", which is not among its fields."
      if try(!contains(keys(source.scheme.fields), source.scheme.timestamp.field), false)
    ])
  }

  # Anyone could send an old request with a new time.
  validation {
    condition = alltrue([for source in var.sources : try(
      source.scheme.fields[source.scheme.timestamp.field].body != null || strcontains(source.scheme.content, "{${source.scheme.timestamp.field}}"), true
    )])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: scheme.timestamp.field is \"${source.scheme.timestamp.field}\", which is not signed: scheme.content must have {${source.scheme.timestamp.field}} in it."
      if try(source.scheme.fields[source.scheme.timestamp.field].body == null && !strcontains(source.scheme.content, "{${source.scheme.timestamp.field}}"), false)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : try(source.scheme.timestamp.tolerance > 0 && floor(source.scheme.timestamp.tolerance) == source.scheme.timestamp.tolerance, true)])
    error_message = format("sources: scheme.timestamp.tolerance must be a whole number of seconds above 0: %s.",
      join(", ", [for name, source in var.sources : name if try(source.scheme.timestamp.tolerance <= 0 || floor(source.scheme.timestamp.tolerance) != source.scheme.timestamp.tolerance, false)]),
    )
  }

  # With its closing brace a name in braces is `body}`; one that is never closed matches nothing.
  validation {
    condition = alltrue([for source in var.sources : source.scheme == null || try(length(setsubtract(
      flatten(regexall("\\{([^}]*\\}?)", source.scheme.content)), [for name in concat(["body"], keys(source.scheme.fields)) : "${name}}"]
    )) == 0, false)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: scheme.content is \"${source.scheme.content}\", but what stands in its braces must be one of: ${join(", ", concat(["body"], keys(source.scheme.fields)))}."
      if try(length(setsubtract(flatten(regexall("\\{([^}]*\\}?)", source.scheme.content)), [for name in concat(["body"], keys(source.scheme.fields)) : "${name}}"])) > 0, false)
    ])
  }

  # A signature that does not cover the body says nothing about it.
  validation {
    condition = alltrue([for source in var.sources : strcontains(try(source.scheme.content, "{body}"), "{body}")])
    error_message = format("sources: scheme.content must contain {body}, or anybody could change the body: %s.",
      join(", ", [for name, source in var.sources : name if !strcontains(try(source.scheme.content, "{body}"), "{body}")]),
    )
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [
      for attribute in local.not_supported_yet.sources : contains(local.asks_for_nothing, jsonencode(source[attribute]))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for attribute in local.not_supported_yet.sources : "sources.${name}: ${attribute} is not supported yet."
      if !contains(local.asks_for_nothing, jsonencode(source[attribute]))
    ]]))
  }
}
