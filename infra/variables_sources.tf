variable "sources" {
  description = "Senders of webhooks, by name. The URL of a source ends in /{name}. Its secret is set outside Terraform, in the Secrets Manager secret that the output source_secret_arns names. The attributes scheme and methods are only for providers without a scheme of their own (custom, hmac); schemes, tolerance, algorithm and header are only for the others. shared/providers/README.md describes schemes, replies and handshakes in full."
  type = map(object({
    # How the sender signs, identifies and types its webhooks: the name of a file in shared/providers, such as stripe.
    provider = string
    # Name of the queue in which the source's events wait.
    queue = optional(string, "default")
    # Queues for single event types, by type exactly as `catchment route` shows it: { envelope-completed = "urgent" }.
    # Events of other types wait in `queue`.
    queue_by_type = optional(map(string), {})
    # Seconds for which the previous version of the secret is accepted after a new one is set, from 0 to 2592000
    # (30 days).
    rotation_overlap = optional(number, 86400)
    # Seconds within which an equal body counts as a duplicate, from 1 to 2592000 (30 days). Only used if events have no
    # id. If null, the window of the provider's file, or else 600.
    dedupe_window = optional(number)
    # JMESPath expressions over headers, body, query and signed, whose results together are the id of an event.
    # signed.{field} is a part of the request, besides the body, that the signature covers. An unsigned header needs
    # the expression body_sha256 beside it, so that nobody can make another event look like a duplicate. If null, the
    # provider's id.
    id = optional(list(string))
    # JMESPath expressions over headers, body, query and signed, whose results, joined by dots, are the type of an
    # event. If null, the provider's type.
    type = optional(list(string))
    # Settings that the provider needs besides a secret, by name, of 1 to 2048 characters each:
    # { webhook_id = "4JH8" } for paypal.
    params = optional(map(string), {})
    # URL that was registered with the provider, https://host/path, if ingest sees another one, for example behind a
    # proxy. For providers that sign the URL.
    public_url = optional(string)
    # IP addresses and networks that may send, such as ["203.0.113.0/24", "2001:db8::1"]; any other address is answered
    # 403. If null, any address may send.
    allow_cidrs = optional(list(string))
    # Client certificate that senders must have, by mutual TLS. The source is then reached only on the domain name
    # domain.mutual_tls, and any other request is answered 403. If null, senders need no certificate.
    client_certificate = optional(object({
      # Subject of the certificate, exactly as API Gateway writes it: C=US,O=Example Inc.,CN=sender.example.com.
      subject = string
    }))
    # Throttling of this source's URL, in place of the variable throttling. Requests above the limits are answered 429.
    throttling = optional(object({
      # Steady-state limit in requests per second, at least 1; null means that of the variable throttling.
      rate = optional(number)
      # Requests that may arrive at the same moment, a whole number of at least 1; null means that of the variable
      # throttling.
      burst = optional(number)
    }))
    # Whether a secret that the provider itself sends in a handshake (asana) is accepted and stored. Nothing proves who
    # sent it: set it only while you register the webhook, then remove it.
    enroll = optional(bool, false)
    # Whether each item of a list of events becomes an event of its own, which is routed and delivered separately.
    split = optional(bool, false)
    # Where a request has its list of events. Only with split = true. If null, where the provider's file says.
    list = optional(object({
      # JMESPath expression over source, type, headers, query and body that finds the list.
      items = string
      # JMESPath expressions over one item, whose results together are its id. If empty, an item is identified by its
      # position in the list.
      id = optional(list(string), [])
      # JMESPath expressions over one item, whose results, joined by dots, are its type. If empty, items have no type.
      type = optional(list(string), [])
    }))

    # How the sender signs. Required for the providers custom and hmac. Exactly one of header, query, path and body
    # locates the signature.
    scheme = optional(object({
      # Name of the header that has the signature. A * at its end stands for a number: x-sig-* for x-sig-1, x-sig-2. If a
      # signature may be in any of several headers, their names are joined by ||.
      header = optional(string)
      # Name of the query parameter that has the signature.
      query = optional(string)
      # Whether the signature follows the source's name in the path: /{name}/{signature}.
      path = optional(bool)
      # Path of names into the body that leads to the signature, such as data.signature. Several paths are joined by ||.
      body = optional(string)
      # Separator between several signatures, one of which must match. If null, the value is one signature.
      separator = optional(string)
      # Position, from 0, of the only signature to use of those that the separator divides. If null, all of them.
      entry = optional(number)
      # Prefixes, one of which a signature must start with; it is removed. If null, no prefix is required.
      prefix = optional(list(string))
      # Algorithm of the signature: hmac-sha256, hmac-sha1 or hmac-sha512; token (the secret itself is sent, and nothing
      # is signed); sha256 (a plain hash, with {secret} in content); ed25519; ecdsa-p256-sha256 (DER signatures);
      # ecdsa-p256-sha256-fixed (as in JWTs); rsa-sha256 or rsa-sha1 (PKCS #1 v1.5).
      algorithm = optional(string, "hmac-sha256")
      # Encoding of the signature: hex, base64, base64url or base64hex (base64 of the hexadecimal text). For a token: utf8
      # (unencoded), base64 or base64url.
      encoding = optional(string, "hex")
      # Template of the signed content, with the variables {body}, {decoded_body} (the body without its Content-Encoding),
      # {sorted_form} (names and values of the form, sorted by name and without separators), {method}, {url}, {hubspot_url}
      # (with twelve characters decoded, as HubSpot signs it), {body_crc32}, {secret} (sha256 only) and the names of fields.
      content = optional(string, "{body}")
      # Whether the sender does not sign the body, so that content lacks {body}.
      body_unsigned = optional(bool, false)
      # Further values of the request, by name, for content and timestamp. Exactly one of header, query, path, body and
      # param locates each.
      fields = optional(map(object({
        # Name of the header that has the value. A * at its end stands for a number; names of several headers are joined
        # by ||.
        header = optional(string)
        # Name of the query parameter that has the value.
        query = optional(string)
        # Whether the value follows the source's name in the path: /{name}/{value}.
        path = optional(bool)
        # Path of names into the body that leads to the value, such as data.id. Several paths are joined by ||.
        body = optional(string)
        # Name of the parameter in params whose value it is.
        param = optional(string)
        # Separator between several entries of the value. If null, the value is one entry.
        separator = optional(string)
        # Position, from 0, of the only entry to use. If null, all of them.
        entry = optional(number)
        # Prefixes, one of which an entry must start with; it is removed. If null, no prefix is required.
        prefix = optional(list(string))
        # Characters that the value must not contain, because content uses them as separators. If null, none.
        forbid = optional(string)
      })), {})
      # Time of the request, which bounds how long a signature can be replayed. If null, no time is checked.
      timestamp = optional(object({
        # Name of the field in fields that has the time. The signature must cover it.
        field = string
        # Unit of the time: seconds or milliseconds since 1970, or rfc3339.
        unit = optional(string, "seconds")
        # Largest accepted difference from the current time in seconds; 0 records the time and checks nothing.
        tolerance = optional(number, 300)
        # Which differences are checked: both, or only times in the past (past).
        direction = optional(string, "both")
      }))
      # How the text of the secret becomes a key.
      secret = optional(object({
        # Encoding of the secret: utf8, base64 or hex; for a public key hex, base64, pem or jwk, depending on the
        # algorithm.
        encoding = optional(string, "utf8")
        # Prefix to remove from the secret before it is decoded, such as whsec_. If null, none.
        strip_prefix = optional(string)
        # Encoding of a secret that lacks the prefix, or refused for a secret that must not be used. If null, the same
        # encoding.
        unprefixed = optional(string)
      }), {})
    }))

    # Names of the provider's schemes that count, such as ["v3"] for hubspot. If null, all of them.
    schemes = optional(list(string))
    # Largest difference between the provider's signed time and the current time in seconds; 0 records the time and checks
    # nothing. If null, what the provider's file says.
    tolerance = optional(number)
    # HMAC that the sender uses instead of the provider's: hmac-sha256, hmac-sha1 or hmac-sha512.
    algorithm = optional(string)
    # Name of the header that has the signature, instead of the provider's. If the provider has several schemes, schemes
    # must name one.
    header = optional(string)
    # strict: requests with the same signed content are one event, whatever else they have. If null, the provider's id
    # tells events apart, which may be in an unsigned header.
    replay = optional(string)
    # HTTP methods of the source's events. If null, ["POST"].
    methods = optional(list(string))
    # Response to an event; at most one of text, json and empty. If null, status 200 with the event's id as JSON.
    reply = optional(object({
      # HTTP status, from 200 to 299.
      status = optional(number, 200)
      # Headers by name. Their values are templates over fields.
      headers = optional(map(string), {})
      # Body as text/plain, a template over fields.
      text = optional(string)
      # Body as a JSON object, whose values are templates over fields.
      json = optional(map(string))
      # Whether the response has no body.
      empty = optional(bool, false)
      # Values that the response contains as {name}. Attributes as in scheme.fields.
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
    # Requests by which the provider checks the URL. They are answered at once, and neither stored nor queued.
    handshakes = optional(list(object({
      # Name of the handshake.
      title = string
      # HTTP method of the request.
      method = optional(string, "POST")
      # Conditions, all of which a request must meet to be this handshake. Exactly one of header, query and body locates
      # each.
      when = list(object({
        # Name of the header to look at.
        header = optional(string)
        # Name of the query parameter to look at.
        query = optional(string)
        # Path of names into the body, such as data.type, to look at.
        body = optional(string)
        # Value that must be there. If null, any value.
        is = optional(string)
        # Whether there must be no value.
        absent = optional(bool, false)
      }))
      # Whether the request must be signed like an event.
      verified = optional(bool, true)
      # Token in the request that must equal a parameter. Exactly one of header, query and body locates it. If null, no
      # token is checked.
      token = optional(object({
        # Name of the header that has the token.
        header = optional(string)
        # Name of the query parameter that has the token.
        query = optional(string)
        # Path of names into the body that leads to the token.
        body = optional(string)
        # Name of the parameter in params that the token must equal.
        equals_param = string
      }))
      # Values that the response contains as {name}. Attributes as in scheme.fields.
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
      # HMAC of one field with the source's secret, which the response may contain as {mac}. If null, none.
      mac = optional(object({
        # Name of the field in fields.
        of = string
        # Algorithm: hmac-sha256, hmac-sha1 or hmac-sha512.
        algorithm = optional(string, "hmac-sha256")
        # Encoding of the HMAC: hex, base64 or base64url.
        encoding = optional(string, "hex")
      }))
      # Response to the handshake. Attributes as in reply.
      reply = object({
        status  = optional(number, 200)
        headers = optional(map(string), {})
        text    = optional(string)
        json    = optional(map(string))
        empty   = optional(bool, false)
      })
      # What to do before answering: enroll stores the field secret_offered as the source's secret. If null, nothing.
      then = optional(string)
    })), [])
  }))
  nullable = false

  validation {
    condition     = length(var.sources) > 0
    error_message = "sources is empty, but at least one source is required."
  }

  validation {
    condition = alltrue([for name in keys(var.sources) : can(regex(local.name_pattern, name))])
    error_message = format("sources: these names must be 1 to 48 lower-case letters, digits, _ and -, starting with a letter or digit: %s.",
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
      for type in keys(source.queue_by_type) : "sources.${name}: queue_by_type has ${jsonencode(type)}, which cannot be an event type: a type has 1 to 256 printable characters."
      if !can(regex(local.type_pattern, type))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources :
      length(source.queue_by_type) == 0 || try(length(source.type) > 0, !contains(local.providers_without_type, source.provider)) || try(length(source.list.type) > 0, false)
    ])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: queue_by_type needs event types, but the provider \"${source.provider}\" defines none: set type, such as [\"body.type\"], or remove queue_by_type."
      if length(source.queue_by_type) > 0 && !try(length(source.type) > 0, !contains(local.providers_without_type, source.provider)) && !try(length(source.list.type) > 0, false)
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
      for key in keys(source.params) : contains(keys(try(local.provider_params[source.provider], {})), key) || contains(local.inline_scheme_providers, source.provider)
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [
      for key in keys(source.params) : format("sources.%s: params.%s is not a parameter of the provider \"%s\", which has %s.", name, key, source.provider,
        length(try(local.provider_params[source.provider], {})) == 0 ? "none" : join("; ", [for known, param in try(local.provider_params[source.provider], {}) : "${known}: ${trimsuffix(param.about, ".")}"]),
      )
      if !contains(keys(try(local.provider_params[source.provider], {})), key) && !contains(local.inline_scheme_providers, source.provider)
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
      "sources.${name}: public_url is \"${source.public_url}\", but must be https://host/path or http://host/path, as registered with the provider, without a user name or a fragment."
      if source.public_url != null && !can(regex(local.public_url_pattern, source.public_url))
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.allow_cidrs == null || length(coalesce(source.allow_cidrs, [])) > 0])
    error_message = format("sources: allow_cidrs is empty, which would refuse every request; omit it to accept webhooks from any address: %s.",
      join(", ", [for name, source in var.sources : name if source.allow_cidrs != null && length(coalesce(source.allow_cidrs, [])) == 0]),
    )
  }

  # Leading zeros are refused: Terraform reads 010 as 10, other parsers read it as 8 or refuse it. IPv4 addresses
  # written as IPv6 are refused because no request has such a source address.
  validation {
    condition = alltrue(flatten([for source in var.sources : [for cidr in coalesce(source.allow_cidrs, []) :
      can(cidrhost(strcontains(cidr, "/") ? cidr : "${cidr}/${strcontains(cidr, ":") ? 128 : 32}", 0)) && !can(regex("(^|[./])0[0-9]|:.*\\.", cidr))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for cidr in coalesce(source.allow_cidrs, []) :
      "sources.${name}: \"${cidr}\" in allow_cidrs is not an IP address or network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
      if !can(cidrhost(strcontains(cidr, "/") ? cidr : "${cidr}/${strcontains(cidr, ":") ? 128 : 32}", 0)) || can(regex("(^|[./])0[0-9]|:.*\\.", cidr))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources : source.client_certificate == null || try(var.domain.mutual_tls != null, false)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: client_certificate needs a domain name on which API Gateway demands client certificates: set domain.mutual_tls."
      if source.client_certificate != null && !try(var.domain.mutual_tls != null, false)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.client_certificate == null || can(regex(local.subject_pattern, source.client_certificate.subject))])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: client_certificate.subject is ${jsonencode(source.client_certificate.subject)}, but must be the certificate's subject as API Gateway writes it, such as C=US,O=Example Inc.,CN=sender.example.com."
      if source.client_certificate != null && !can(regex(local.subject_pattern, source.client_certificate.subject))
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : !source.enroll || contains(local.enrolling_providers, source.provider) || contains(source.handshakes[*].then, "enroll")])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: enroll is valid only for providers that send their secret in a handshake (${join(", ", local.enrolling_providers)}); \"${source.provider}\" does not."
      if source.enroll && !contains(local.enrolling_providers, source.provider) && !contains(source.handshakes[*].then, "enroll")
    ])
  }

  # The rules for the content of an inline scheme are in schemes.tf.
  validation {
    condition = alltrue([for source in var.sources : contains(local.inline_scheme_providers, source.provider) == (source.scheme != null)])
    error_message = join("\n", [for name, source in var.sources :
      source.scheme == null ?
      "sources.${name}: the provider ${source.provider} needs a scheme, such as { header = \"x-signature\" }." :
      "sources.${name}: scheme is valid only for the providers ${join(", ", local.inline_scheme_providers)}; \"${source.provider}\" has its own."
      if contains(local.inline_scheme_providers, source.provider) != (source.scheme != null)
    ])
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for attribute in ["methods"] :
      contains(local.inline_scheme_providers, source.provider) || contains(local.unset_values, jsonencode(source[attribute]))
    ]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for attribute in ["methods"] :
      "sources.${name}: ${attribute} is valid only for the providers ${join(", ", local.inline_scheme_providers)}; \"${source.provider}\" has its own."
      if !contains(local.inline_scheme_providers, source.provider) && !contains(local.unset_values, jsonencode(source[attribute]))
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources :
      alltrue([for attribute in ["schemes", "tolerance", "algorithm", "header"] : source[attribute] == null || !contains(local.inline_scheme_providers, source.provider)])
    ])
    error_message = join("\n", flatten([for name, source in var.sources : [for attribute in ["schemes", "tolerance", "algorithm", "header"] :
      "sources.${name}: ${attribute} changes a scheme of the provider's file, but the provider \"${source.provider}\" has none: set it in scheme."
      if source[attribute] != null && contains(local.inline_scheme_providers, source.provider)
    ]]))
  }

  validation {
    condition = alltrue([for source in var.sources :
      source.schemes == null || try(length(source.schemes) > 0 && length(setsubtract(source.schemes, local.scheme_names[source.provider])) == 0, true)
    ])
    error_message = join("\n", [for name, source in var.sources :
      length(try(local.scheme_names[source.provider], [])) == 0 ?
      "sources.${name}: schemes must be omitted, because the provider \"${source.provider}\" has only one." :
      "sources.${name}: schemes is ${jsonencode(source.schemes)}, but must have one or more of: ${join(", ", try(local.scheme_names[source.provider], []))}."
      if source.schemes != null && !try(length(source.schemes) > 0 && length(setsubtract(source.schemes, local.scheme_names[source.provider])) == 0, true)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources :
      source.tolerance == null || try(source.tolerance >= 0 && source.tolerance <= 604800 && floor(source.tolerance) == source.tolerance && !contains(local.providers_without_time, source.provider), true)
    ])
    error_message = join("\n", [for name, source in var.sources :
      contains(local.providers_without_time, source.provider) ?
      "sources.${name}: tolerance must be omitted, because the provider \"${source.provider}\" signs no time." :
      "sources.${name}: tolerance is ${source.tolerance} seconds, but must be a whole number from 0, which checks nothing, to 604800."
      if source.tolerance != null && !try(source.tolerance >= 0 && source.tolerance <= 604800 && floor(source.tolerance) == source.tolerance && !contains(local.providers_without_time, source.provider), true)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources :
      source.algorithm == null || try(contains(local.hmac_algorithms, source.algorithm) && contains(local.hmac_providers, source.provider), true)
    ])
    error_message = join("\n", [for name, source in var.sources :
      contains(local.hmac_algorithms, source.algorithm) ?
      "sources.${name}: algorithm must be omitted, because the provider \"${source.provider}\" does not sign by an HMAC alone." :
      "sources.${name}: algorithm is \"${source.algorithm}\", but must be one of: ${join(", ", local.hmac_algorithms)}."
      if source.algorithm != null && !try(contains(local.hmac_algorithms, source.algorithm) && contains(local.hmac_providers, source.provider), true)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources :
      source.header == null || try(can(regex(local.header_pattern, source.header)) && contains(local.header_providers, source.provider) && (length(local.scheme_names[source.provider]) == 0 || try(length(source.schemes) == 1, false)), true)
    ])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: header is \"${source.header}\", but must be a header's name, for a provider that signs in a header; if it has several schemes (${join(", ", try(local.scheme_names[source.provider], []))}), schemes must name one of them."
      if source.header != null && !try(can(regex(local.header_pattern, source.header)) && contains(local.header_providers, source.provider) && (length(local.scheme_names[source.provider]) == 0 || try(length(source.schemes) == 1, false)), true)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.replay == null || try(source.replay == "strict", false)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: replay is \"${source.replay}\", but must be strict, or omitted."
      if source.replay != null && source.replay != "strict"
    ])
  }

  # Adobe's web application creates all webhooks with a client id that everyone knows.
  validation {
    condition = alltrue([for source in var.sources :
      !contains(local.providers_with_public_secret, source.provider) || source.allow_cidrs != null || try(source.params.own_application == "true", false)
    ])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: the provider \"${source.provider}\" proves nothing by itself: set allow_cidrs to its addresses, or params = { own_application = \"true\" } if your own application made the webhook."
      if contains(local.providers_with_public_secret, source.provider) && source.allow_cidrs == null && !try(source.params.own_application == "true", false)
    ])
  }

  validation {
    condition = alltrue(flatten([for source in var.sources : [for throttling in source.throttling[*] : [
      for attribute, value in throttling : try(value >= 1 && (attribute == "rate" || floor(value) == value), value == null)
    ]]]))
    error_message = join("\n", flatten([for name, source in var.sources : [for throttling in source.throttling[*] : [
      for attribute, value in throttling :
      "sources.${name}: throttling.${attribute} is ${value}, but must be ${attribute == "rate" ? "a number" : "a whole number"} of at least 1: API Gateway would refuse every request."
      if try(value < 1 || (attribute == "burst" && floor(value) != value), false)
    ]]]))
  }

  validation {
    condition = alltrue([for source in var.sources : !source.split || source.list != null || !contains(local.providers_without_list, source.provider)])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: split = true needs the location of the list of events, but the provider \"${source.provider}\" defines none: set list, such as { items = \"body.events\" }, or remove split."
      if source.split && source.list == null && contains(local.providers_without_list, source.provider)
    ])
  }

  validation {
    condition = alltrue([for source in var.sources : source.list == null || source.split])
    error_message = join("\n", [for name, source in var.sources :
      "sources.${name}: list is valid only with split = true: set split = true, or remove list."
      if source.list != null && !source.split
    ])
  }
}
