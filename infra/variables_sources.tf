variable "sources" {
  description = <<-EOT
    Who sends webhooks, by name. A source's URL ends in /{name}; its secret is set outside Terraform, in the secret of the output source_secret_arns.
    - provider: how it signs, identifies and types its webhooks: a file in shared/providers, such as stripe.
    - queue: the queue that its events wait in.
    - queue_by_type: the queues of some of its events, by their type (exactly as `catchment route` shows it): { envelope-completed = "urgent" }. All others wait in queue.
    - params: what the provider must be told besides a secret: { webhook_id = "4JH8" } for paypal.
    - public_url: the address that it was registered under, where ingest sees another: behind a proxy. For providers that sign it.
    - allow_cidrs: addresses and networks from which it sends; all others are answered 403. ["203.0.113.0/24", "2001:db8::1"]. Leave it out to take it from anywhere.
    - enroll: whether a secret that the provider hands over itself (asana) is taken and stored. Nothing proves whose it is: set it only while you register, and take it away again.
    - rotation_overlap: seconds for which the secret's previous version goes on being accepted after a new one is set.
    - dedupe_window: seconds within which an equal body counts as a duplicate, where the provider sends no id of its own; 600, or what its file says.
    - id, type: JMESPath expressions over headers, body and query in place of the provider's own for the id and the type of an event. What is signed besides the body is in signed.{field}; a header that is not may be an id only together with the word body_sha256, lest anyone make another event look like a duplicate.
    - split: true to make each item of a list of events an event of its own, routed and delivered by itself.
    - list: where that list is, if the provider's file does not say, or otherwise than it says. items: JMESPath over source, type, headers, query and body; id, type: expressions over one item, as above, for its id (its place in the list where there is none) and its type.

    For the providers that bring no scheme of their own (custom, hmac), and no others; shared/providers/README.md says more about each:
    - scheme: how it signs; required there.
    - methods: the methods of its events, ["POST"] unless said.
    - reply: the answer to an event: status, headers, and text, json or empty = true; fields: what these echo, by name in braces.
    - handshakes: requests that are answered and never queued. title; method; when: a header, query parameter or path into the body that must be there, or be a certain text (is), or not be there (absent = true); verified = false: it is not signed; token: one that must equal the parameter equals_param; fields and reply as above; mac: an HMAC of one of the fields (of), {mac} in the reply; then = "enroll": the field secret_offered becomes the source's secret.

    scheme:
    - header, query, path or body: where the signature is: a header (x-sig-* for x-sig-1, x-sig-2 ...), a query parameter, behind the name in the URL (path = true: /{name}/{signature}), or a path into the body (data.signature).
    - separator: splits it into several, one of which must match, or of which entry takes the one at that position, from 0; prefix: the texts one of which must stand before a signature and is taken off.
    - algorithm: hmac-sha256, hmac-sha1, hmac-sha512; token (the secret itself is sent); sha256 (a plain hash, with {secret} in content); ed25519, ecdsa-p256-sha256, ecdsa-p256-sha256-fixed, rsa-sha256, rsa-sha1. encoding: hex, base64, base64url; utf8 for a token as it stands.
    - content: what is signed, a template of {body}, {method}, {url}, {body_crc32} and of the {fields} below; body_unsigned: the sender leaves its body unsigned.
    - fields: further parts of the request by name, found, split and stripped alike, or a parameter's value (param); forbid: characters that none of them may contain, because content uses them between its parts.
    - timestamp: the field that holds it, its unit (seconds, milliseconds or rfc3339), how many seconds it may differ by (tolerance; 0 records it and checks nothing), and whether a time to come is checked alike (both) or not at all (past).
    - secret: how the secret's text becomes the key (utf8, base64, hex, pem or jwk), a prefix to take off before, and what a text without that prefix is (unprefixed: one of these, or refused).
  EOT
  type = map(object({
    provider         = string
    queue            = optional(string, "default")
    queue_by_type    = optional(map(string), {})
    rotation_overlap = optional(number, 86400)
    dedupe_window    = optional(number)
    id               = optional(list(string))
    type             = optional(list(string))
    params           = optional(map(string), {})
    public_url       = optional(string)
    allow_cidrs      = optional(list(string))
    enroll           = optional(bool, false)
    split            = optional(bool, false)
    list = optional(object({
      items = string
      id    = optional(list(string), [])
      type  = optional(list(string), [])
    }))

    scheme = optional(object({
      header        = optional(string)
      query         = optional(string)
      path          = optional(bool)
      body          = optional(string)
      separator     = optional(string)
      entry         = optional(number)
      prefix        = optional(list(string))
      algorithm     = optional(string, "hmac-sha256")
      encoding      = optional(string, "hex")
      content       = optional(string, "{body}")
      body_unsigned = optional(bool, false)
      fields = optional(map(object({
        header    = optional(string)
        query     = optional(string)
        path      = optional(bool)
        body      = optional(string)
        param     = optional(string)
        separator = optional(string)
        entry     = optional(number)
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
        unprefixed   = optional(string)
      }), {})
    }))

    methods = optional(list(string))
    reply = optional(object({
      status  = optional(number, 200)
      headers = optional(map(string), {})
      text    = optional(string)
      json    = optional(map(string))
      empty   = optional(bool, false)
      fields = optional(map(object({
        header    = optional(string)
        query     = optional(string)
        path      = optional(bool)
        body      = optional(string)
        param     = optional(string)
        separator = optional(string)
        entry     = optional(number)
        prefix    = optional(list(string))
        forbid    = optional(string)
      })), {})
    }))
    handshakes = optional(list(object({
      title  = string
      method = optional(string, "POST")
      when = list(object({
        header = optional(string)
        query  = optional(string)
        body   = optional(string)
        is     = optional(string)
        absent = optional(bool, false)
      }))
      verified = optional(bool, true)
      token = optional(object({
        header       = optional(string)
        query        = optional(string)
        body         = optional(string)
        equals_param = string
      }))
      fields = optional(map(object({
        header    = optional(string)
        query     = optional(string)
        path      = optional(bool)
        body      = optional(string)
        param     = optional(string)
        separator = optional(string)
        entry     = optional(number)
        prefix    = optional(list(string))
        forbid    = optional(string)
      })), {})
      mac = optional(object({
        of        = string
        algorithm = optional(string, "hmac-sha256")
        encoding  = optional(string, "hex")
      }))
      reply = object({
        status  = optional(number, 200)
        headers = optional(map(string), {})
        text    = optional(string)
        json    = optional(map(string))
        empty   = optional(bool, false)
      })
      then = optional(string)
    })), [])
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
    condition = alltrue([for source in var.sources : contains(keys(local.provider_files), source.provider)])
    error_message = format("%s\nThe providers are: %s.",
      join("\n", [for name, source in var.sources : "sources.${name}: unknown provider \"${source.provider}\"." if !contains(keys(local.provider_files), source.provider)]),
      join(", ", keys(local.provider_files)),
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
    condition = alltrue(flatten([for source in var.sources : [for queue in values(source.queue_by_type) : try(contains(keys(var.queues), queue), false)]]))
    error_message = format("%s\nThe queues are: %s.",
      join("\n", flatten([for name, source in var.sources : [
        for type, queue in source.queue_by_type : "sources.${name}: unknown queue ${jsonencode(queue)} in queue_by_type, for the type ${jsonencode(type)}." if !try(contains(keys(var.queues), queue), false)
      ]])),
      join(", ", keys(var.queues)),
    )
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for type in keys(source.queue_by_type) : can(regex(local.type_pattern, type))]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for type in keys(source.queue_by_type) : "sources.${name}: queue_by_type has ${jsonencode(type)}, which no event's type can be: it has 1 to 256 printable characters."
      if !can(regex(local.type_pattern, type))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources :
      length(source.queue_by_type) == 0 || try(length(source.type) > 0, !contains(local.without_type, source.provider)) || try(length(source.list.type) > 0, false)
    ])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: queue_by_type needs to know an event's type, and the provider \"${source.provider}\" says none: say it, such as type = [\"body.type\"], or take queue_by_type away."
      if length(source.queue_by_type) > 0 && !try(length(source.type) > 0, !contains(local.without_type, source.provider)) && !try(length(source.list.type) > 0, false)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : alltrue([
      for attribute, range in local.source_ranges : try(source[attribute] >= range[0] && source[attribute] <= range[1] && floor(source[attribute]) == source[attribute], source[attribute] == null)
    ])])
    error_message = join("\n", flatten([for name, source in var.sources : [
      for attribute, range in local.source_ranges :
      "sources.${name}: ${attribute} is ${source[attribute]} seconds, but must be a whole number from ${range[0]} to ${range[1]}."
      if try(source[attribute] < range[0] || source[attribute] > range[1] || floor(source[attribute]) != source[attribute], false)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [
      for key in keys(source.params) : contains(keys(try(local.provider_params[source.provider], {})), key) || contains(local.own_scheme, source.provider)
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for key in keys(source.params) : format("sources.%s: params.%s is no parameter of the provider \"%s\", which has %s.", name, key, source.provider,
        length(try(local.provider_params[source.provider], {})) == 0 ? "none" : join("; ", [for known, param in try(local.provider_params[source.provider], {}) : "${known}: ${trimsuffix(param.about, ".")}"]),
      )
      if !contains(keys(try(local.provider_params[source.provider], {})), key) && !contains(local.own_scheme, source.provider)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [
      for key, param in try(local.provider_params[source.provider], {}) : contains(keys(source.params), key) if param.required
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for key, param in try(local.provider_params[source.provider], {}) :
      "sources.${name}: the provider \"${source.provider}\" needs params.${key}: ${trimsuffix(param.about, ".")}."
      if param.required && !contains(keys(source.params), key)
    ]]))
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for value in values(source.params) : length(value) >= 1 && length(value) <= 2048]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for key, value in source.params : "sources.${name}: params.${key} is empty or longer than 2048 characters." if length(value) < 1 || length(value) > 2048
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources : source.public_url == null || can(regex(local.public_url_pattern, source.public_url))])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: public_url is \"${source.public_url}\", but must be https://host/path or http://host/path, as it was registered, without a user, ? or #."
      if source.public_url != null && !can(regex(local.public_url_pattern, source.public_url))
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.allow_cidrs == null || length(coalesce(source.allow_cidrs, [])) > 0])
    error_message = format("sources: allow_cidrs is empty, which would refuse everyone; leave it out to take webhooks from anywhere: %s.",
      join(", ", [for name, source in var.sources : name if source.allow_cidrs != null && length(coalesce(source.allow_cidrs, [])) == 0]),
    )
  }

  # Terraform reads 010 as 10, others as 8 or not at all; and nobody is seen to come from an IPv4
  # address written as IPv6.
  validation {
    condition = alltrue(flatten([for source in var.sources : [for cidr in coalesce(source.allow_cidrs, []) :
      can(cidrhost(strcontains(cidr, "/") ? cidr : "${cidr}/${strcontains(cidr, ":") ? 128 : 32}", 0)) && !can(regex("(^|[./])0[0-9]|:.*\\.", cidr))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for cidr in coalesce(source.allow_cidrs, []) :
      "sources.${name}: \"${cidr}\" in allow_cidrs is neither an address nor a network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
      if !can(cidrhost(strcontains(cidr, "/") ? cidr : "${cidr}/${strcontains(cidr, ":") ? 128 : 32}", 0)) || can(regex("(^|[./])0[0-9]|:.*\\.", cidr))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources : !source.enroll || contains(local.enrolling, source.provider) || contains(source.handshakes[*].then, "enroll")])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: enroll is for providers that hand over their secret themselves (${join(", ", local.enrolling)}), which \"${source.provider}\" does not."
      if source.enroll && !contains(local.enrolling, source.provider) && !contains(source.handshakes[*].then, "enroll")
    ])
  }

  # What an inline scheme must be is in schemes.tf.
  validation {
    condition = alltrue([for source in var.sources : contains(local.own_scheme, source.provider) == (source.scheme != null)])
    error_message = join("\n", [for name, source in var.sources :
      source.scheme == null ?
      "sources.${name}: the provider ${source.provider} needs a scheme, such as { header = \"x-signature\" }." :
      "sources.${name}: scheme is for the providers ${join(", ", local.own_scheme)} only; \"${source.provider}\" brings its own."
      if contains(local.own_scheme, source.provider) != (source.scheme != null)
    ])
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for attribute in ["methods", "reply", "handshakes"] :
      contains(local.own_scheme, source.provider) || contains(local.asks_for_nothing, jsonencode(source[attribute]))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for attribute in ["methods", "reply", "handshakes"] :
      "sources.${name}: ${attribute} is for the providers ${join(", ", local.own_scheme)} only; \"${source.provider}\" brings its own."
      if !contains(local.own_scheme, source.provider) && !contains(local.asks_for_nothing, jsonencode(source[attribute]))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources : !source.split || source.list != null || !contains(local.without_list, source.provider)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: split = true needs to know where the list of events is, and the provider \"${source.provider}\" has none: say it, such as list = { items = \"body.events\" }, or take split away."
      if source.split && source.list == null && contains(local.without_list, source.provider)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.list == null || source.split])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: list is for a source that splits it: set split = true, or take list away."
      if source.list != null && !source.split
    ])
  }
}
