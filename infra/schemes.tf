# Rules for inline `scheme`, `reply` and `handshakes`. They are not validations of var.sources, because a validation
# cannot refer to locals that depend on its variable and would need each rule twice, as condition and as message.
# Instead they are collected as messages, and a precondition of the configuration object (config.tf) fails if there are
# any. It is checked at plan, too.
#
# The same rules also stand in Rust, where the Lambdas read a scheme: `SchemeFile` in the crate `shared`
# (scheme/file.rs), and the files for fields, replies and handshakes. Both are kept on purpose: these name the attribute
# and are known at plan; those also guard provider files, and they are the last check at start-up. A change of one needs
# the same change of the other.
locals {
  inline_sources = { for name, source in var.sources : name => source if source.scheme != null }
  # Sources whose scheme, reply or handshakes are not those of the provider's file.
  own_sources = { for name, source in var.sources : name => source if source.scheme != null || source.reply != null || length(source.handshakes) > 0 }

  # Every attribute that locates a value in a request, with its path for messages (`at`).
  inline_fields = flatten([for name, source in local.own_sources : [
    for at, field in merge(
      { for scheme in source.scheme[*] : "scheme" => scheme },
      { for key, field in try(source.scheme.fields, {}) : "scheme.fields.${key}" => field },
      { for key, field in try(source.reply.fields, {}) : "reply.fields.${key}" => field },
      merge([for number, handshake in source.handshakes : merge(
        { for index, field in handshake.when : "handshakes[${number}].when[${index}]" => field },
        { for field in handshake.token[*] : "handshakes[${number}].token" => field },
        { for key, field in handshake.fields : "handshakes[${number}].fields.${key}" => field },
      )]...),
      ) : {
      source    = name
      at        = "sources.${name}: ${at}"
      locations = { for location in local.field_locations : location => field[location] if can(field[location]) }
      params    = compact([try(field.param, null), try(field.equals_param, null)])

      separator = try(field.separator, null)
      entry     = try(field.entry, null)
    }
  ]])

  # Every reply, with the variables that its templates may contain.
  inline_replies = flatten([for name, source in local.own_sources : concat(
    [for reply in source.reply[*] : { at = "sources.${name}: reply", reply = reply, variables = keys(reply.fields) }],
    [for number, handshake in source.handshakes : {
      at        = "sources.${name}: handshakes[${number}].reply"
      reply     = handshake.reply
      variables = concat(keys(handshake.fields), handshake.mac == null ? [] : ["mac"])
    }],
  )])

  # Every template, with the variables that it may contain.
  inline_templates = flatten([
    [for name, source in local.inline_sources : {
      at = "sources.${name}: scheme.content", text = source.scheme.content, variables = concat(local.content_variables, keys(source.scheme.fields))
    }],
    [for it in local.inline_replies : [
      for key, text in merge(
        { for text in it.reply.text[*] : "text" => text },
        { for key, text in it.reply.headers : "headers.${key}" => text },
        { for key, text in coalesce(it.reply.json, {}) : "json.${key}" => text },
      ) : { at = "${it.at}.${key}", text = text, variables = it.variables }
    ]],
  ])

  # Every attribute with a fixed set of values: its path, its value, and the allowed values.
  inline_choices = flatten([for name, source in local.own_sources : [
    for choice in concat(
      flatten([for scheme in source.scheme[*] : concat(
        [
          { at = "scheme.algorithm", is = scheme.algorithm, of = keys(local.algorithms) },
          { at = "scheme.encoding (${scheme.algorithm})", is = scheme.encoding, of = try(local.algorithms[scheme.algorithm].encodings, [scheme.encoding]) },
          { at = "scheme.secret.encoding (${scheme.algorithm})", is = scheme.secret.encoding, of = try(local.algorithms[scheme.algorithm].keys, [scheme.secret.encoding]) },
        ],
        [for unprefixed in scheme.secret.unprefixed[*] : { at = "scheme.secret.unprefixed", is = unprefixed, of = concat(try(local.algorithms[scheme.algorithm].keys, [unprefixed]), ["refused"]) }],
        [for timestamp in scheme.timestamp[*] : { at = "scheme.timestamp.unit", is = timestamp.unit, of = ["seconds", "milliseconds", "rfc3339"] }],
        [for timestamp in scheme.timestamp[*] : { at = "scheme.timestamp.direction", is = timestamp.direction, of = ["both", "past"] }],
      )]),
      [for method in coalesce(source.methods, []) : { at = "methods", is = method, of = local.methods }],
      [for number, handshake in source.handshakes : { at = "handshakes[${number}].method", is = handshake.method, of = local.methods }],
      [for number, handshake in source.handshakes : { at = "handshakes[${number}].then", is = handshake.then, of = ["enroll"] } if handshake.then != null],
      flatten([for number, handshake in source.handshakes : [for mac in handshake.mac[*] : [
        { at = "handshakes[${number}].mac.algorithm", is = mac.algorithm, of = local.hmac_algorithms },
        { at = "handshakes[${number}].mac.encoding", is = mac.encoding, of = local.encodings },
      ]]]),
    ) : merge(choice, { at = "sources.${name}: ${choice.at}" })
  ]])

  scheme_errors = flatten([
    [for choice in local.inline_choices :
      "${choice.at} is \"${choice.is}\", but must be one of: ${join(", ", choice.of)}."
      if !contains(choice.of, choice.is)
    ],

    # ---- Fields ----

    [for it in local.inline_fields :
      "${it.at} must have exactly one of ${join(", ", keys(it.locations))}."
      if length([for location in it.locations : location if !contains(["null", "false", "\"\""], jsonencode(location))]) != 1
    ],
    [for it in local.inline_fields :
      "${it.at}.body is \"${it.locations.body}\", but must be a path of names joined by dots, such as data.signature, or several such paths joined by ||."
      if it.locations.body != null && !can(regex(local.body_path, it.locations.body))
    ],
    [for it in local.inline_fields :
      "${it.at}.separator is empty, which would split between all characters; omit it to split nothing."
      if it.separator == ""
    ],
    [for it in local.inline_fields :
      "${it.at}.entry is ${it.entry}, but must be a whole number from 0, and needs a separator: it is a position among the parts that the separator divides."
      if it.entry == null ? false : it.separator == null || it.entry < 0 || floor(it.entry) != it.entry
    ],
    [for it in local.inline_fields : [for param in it.params :
      "${it.at} refers to \"${param}\", which is not in the source's params."
      if !contains(keys(var.sources[it.source].params), param)
    ]],
    [for name, source in local.inline_sources : [for param in keys(source.params) :
      "sources.${name}: params.${param} is not used by the scheme, reply or handshakes of the source."
      if !contains(concat(keys(local.provider_params[source.provider]), flatten([for it in local.inline_fields : it.params if it.source == name])), param)
    ]],
    [for name, source in local.inline_sources : [for key in keys(source.scheme.fields) :
      "sources.${name}: scheme.fields.${key} needs another name: {${key}} is a built-in variable."
      if contains(concat(local.content_variables, ["mac"]), key)
    ]],

    # ---- What is signed ----

    # The closing brace is part of the match, as in `body}`, so that a name whose brace is never closed is refused.
    [for it in local.inline_templates :
      format("%s is \"%s\", but %s.", it.at, it.text,
        length(it.variables) == 0 ? "it must not have variables in braces, because there are no fields" : "each name in braces must be one of: ${join(", ", it.variables)}",
      )
      if length(setsubtract(flatten(regexall("\\{([^}]*\\}?)", it.text)), [for name in it.variables : "${name}}"])) > 0
    ],
    # A signature that does not cover the body does not protect it.
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must contain {body}, because anyone could change an unsigned body; set body_unsigned = true if the sender does not sign it."
      if !can(regex(local.body_variable, source.scheme.content)) && !source.scheme.body_unsigned && source.scheme.algorithm != "token"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.body_unsigned is true, but scheme.content contains {body}: remove one of them."
      if can(regex(local.body_variable, source.scheme.content)) && source.scheme.body_unsigned
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must be omitted: a token does not sign anything."
      if source.scheme.content != "{body}" && source.scheme.algorithm == "token"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must contain {secret}, because anyone can compute a hash without a secret."
      if !strcontains(source.scheme.content, "{secret}") && source.scheme.algorithm == "sha256"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content may contain {secret} only with the algorithm sha256."
      if strcontains(source.scheme.content, "{secret}") && source.scheme.algorithm != "sha256"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.secret.unprefixed must not be set without strip_prefix: it is the encoding of secrets that lack that prefix."
      if source.scheme.secret.unprefixed != null && source.scheme.secret.strip_prefix == null
    ],

    # ---- The timestamp ----

    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.field is \"${timestamp.field}\", which is not in scheme.fields."
      if !contains(keys(source.scheme.fields), timestamp.field)
    ]],
    # With an unsigned timestamp, anyone could replay an old request with a new time.
    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.field is \"${timestamp.field}\", which is not signed: scheme.content must contain {${timestamp.field}}."
      if contains(keys(source.scheme.fields), timestamp.field) && !strcontains(source.scheme.content, "{${timestamp.field}}") && !(can(regex(local.body_variable, source.scheme.content)) && try(source.scheme.fields[timestamp.field].body, null) != null)
    ]],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.timestamp must be omitted: a token does not sign a time."
      if source.scheme.timestamp != null && source.scheme.algorithm == "token"
    ],
    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.tolerance is ${timestamp.tolerance}, but must be a whole number of seconds from 0, where 0 checks nothing."
      if timestamp.tolerance < 0 || floor(timestamp.tolerance) != timestamp.tolerance
    ]],

    # ---- Replies and handshakes ----

    [for name, source in local.inline_sources :
      "sources.${name}: methods is empty, so no event would be accepted; omit it for POST."
      if try(length(source.methods), 1) == 0
    ],
    [for it in local.inline_replies :
      "${it.at}.status is ${it.reply.status}, but must be a whole number from 200 to 299: any other status means that the webhook was refused."
      if it.reply.status < 200 || it.reply.status > 299 || floor(it.reply.status) != it.reply.status
    ],
    [for it in local.inline_replies :
      "${it.at} may have only one of text, json and empty."
      if length([for body in ["text", "json", "empty"] : body if !contains(["null", "false"], jsonencode(it.reply[body]))]) > 1
    ],
    [for it in local.inline_replies : [for header in keys(it.reply.headers) :
      "${it.at}.headers has \"${header}\", which is not a valid header name."
      if !can(regex(local.header_pattern, header))
    ]],
    [for name, source in local.own_sources : [for number, handshake in source.handshakes :
      "sources.${name}: handshakes[${number}].when is empty, so every ${handshake.method} request would be answered as a handshake, and no event stored."
      if length(handshake.when) == 0
    ]],
    [for name, source in local.own_sources : [for number, handshake in source.handshakes :
      "sources.${name}: handshakes[${number}].then is \"enroll\", which needs fields.secret_offered, the field that has the secret."
      if handshake.then == "enroll" && !contains(keys(handshake.fields), "secret_offered")
    ]],
    [for name, source in local.own_sources : [for number, handshake in source.handshakes : [for mac in handshake.mac[*] :
      "sources.${name}: handshakes[${number}].mac.of is \"${mac.of}\", which is not in the fields of the handshake."
      if !contains(keys(handshake.fields), mac.of)
    ]]],
    [for name, source in local.own_sources : [for number, handshake in source.handshakes : [for index, field in handshake.when :
      "sources.${name}: handshakes[${number}].when[${index}] must not have both is and absent = true."
      if field.is != null && field.absent
    ]]],
  ])
}
