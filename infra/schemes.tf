# What an inline `scheme`, `reply` or `handshakes` must be. Not in validations of var.sources: those can
# refer to nothing that is made of it, and would say all of this twice, as condition and as message.
# The configuration object refuses to be written instead (config.tf), at plan too.
locals {
  inline_sources = { for name, source in var.sources : name => source if source.scheme != null }

  # Every field and what it is called in a message.
  inline_fields = flatten([for name, source in local.inline_sources : [
    for at, field in merge(
      { scheme = source.scheme },
      { for key, field in source.scheme.fields : "scheme.fields.${key}" => field },
      { for key, field in try(source.reply.fields, {}) : "reply.fields.${key}" => field },
      merge([for number, handshake in source.handshakes : merge(
        { for index, field in handshake.when : "handshakes[${number}].when[${index}]" => field },
        { for field in handshake.token[*] : "handshakes[${number}].token" => field },
        { for key, field in handshake.fields : "handshakes[${number}].fields.${key}" => field },
      )]...),
      ) : {
      source = name
      at     = "sources.${name}: ${at}"
      places = { for place in local.places : place => field[place] if can(field[place]) }
      params = compact([try(field.param, null), try(field.equals_param, null)])

      separator = try(field.separator, null)
      entry     = try(field.entry, null)
    }
  ]])

  # Every reply, and the variables that it may have.
  inline_replies = flatten([for name, source in local.inline_sources : concat(
    [for reply in source.reply[*] : { at = "sources.${name}: reply", reply = reply, variables = keys(reply.fields) }],
    [for number, handshake in source.handshakes : {
      at        = "sources.${name}: handshakes[${number}].reply"
      reply     = handshake.reply
      variables = concat(keys(handshake.fields), handshake.mac == null ? [] : ["mac"])
    }],
  )])

  # Every template, and the variables that it may have.
  inline_templates = flatten([
    [for name, source in local.inline_sources : {
      at = "sources.${name}: scheme.content", text = source.scheme.content, variables = concat(local.variables, keys(source.scheme.fields))
    }],
    [for it in local.inline_replies : [
      for key, text in merge(
        { for text in it.reply.text[*] : "text" => text },
        { for key, text in it.reply.headers : "headers.${key}" => text },
        { for key, text in coalesce(it.reply.json, {}) : "json.${key}" => text },
      ) : { at = "${it.at}.${key}", text = text, variables = it.variables }
    ]],
  ])

  # Every choice among a few words.
  inline_choices = flatten([for name, source in local.inline_sources : [
    for choice in concat(
      [
        { at = "scheme.algorithm", is = source.scheme.algorithm, of = keys(local.algorithms) },
        { at = "scheme.encoding (${source.scheme.algorithm})", is = source.scheme.encoding, of = try(local.algorithms[source.scheme.algorithm].encodings, [source.scheme.encoding]) },
        { at = "scheme.secret.encoding (${source.scheme.algorithm})", is = source.scheme.secret.encoding, of = try(local.algorithms[source.scheme.algorithm].keys, [source.scheme.secret.encoding]) },
      ],
      [for unprefixed in source.scheme.secret.unprefixed[*] : { at = "scheme.secret.unprefixed", is = unprefixed, of = concat(try(local.algorithms[source.scheme.algorithm].keys, [unprefixed]), ["refused"]) }],
      [for timestamp in source.scheme.timestamp[*] : { at = "scheme.timestamp.unit", is = timestamp.unit, of = ["seconds", "milliseconds", "rfc3339"] }],
      [for timestamp in source.scheme.timestamp[*] : { at = "scheme.timestamp.direction", is = timestamp.direction, of = ["both", "past"] }],
      [for method in coalesce(source.methods, []) : { at = "methods", is = method, of = local.methods }],
      [for number, handshake in source.handshakes : { at = "handshakes[${number}].method", is = handshake.method, of = local.methods }],
      [for number, handshake in source.handshakes : { at = "handshakes[${number}].then", is = handshake.then, of = ["enroll"] } if handshake.then != null],
      flatten([for number, handshake in source.handshakes : [for mac in handshake.mac[*] : [
        { at = "handshakes[${number}].mac.algorithm", is = mac.algorithm, of = local.hmac_algorithms },
        { at = "handshakes[${number}].mac.encoding", is = mac.encoding, of = local.encodings },
      ]]]),
    ) : merge(choice, { at = "sources.${name}: ${choice.at}" })
  ]])

  scheme_mistakes = flatten([
    [for choice in local.inline_choices :
      "${choice.at} is \"${choice.is}\", but must be one of: ${join(", ", choice.of)}."
      if !contains(choice.of, choice.is)
    ],

    # ---- Fields ----

    [for it in local.inline_fields :
      "${it.at} must have exactly one of ${join(", ", keys(it.places))}."
      if length([for place in it.places : place if !contains(["null", "false", "\"\""], jsonencode(place))]) != 1
    ],
    [for it in local.inline_fields :
      "${it.at}.body is \"${it.places.body}\", but must be names joined by dots, such as data.signature, or several such paths joined by ||."
      if it.places.body != null && !can(regex(local.body_path, it.places.body))
    ],
    [for it in local.inline_fields :
      "${it.at}.separator is empty, which would split between all characters; leave it out to split nothing."
      if it.separator == ""
    ],
    [for it in local.inline_fields :
      "${it.at}.entry is ${it.entry}, but must be a whole number from 0, the position among what a separator parts."
      if it.entry == null ? false : it.separator == null || it.entry < 0 || floor(it.entry) != it.entry
    ],
    [for it in local.inline_fields : [for param in it.params :
      "${it.at} refers to \"${param}\", which is not among the params of the source."
      if !contains(keys(var.sources[it.source].params), param)
    ]],
    [for name, source in local.inline_sources : [for param in keys(source.params) :
      "sources.${name}: params.${param} is used by nothing in its scheme or handshakes."
      if !contains(concat(keys(local.provider_params[source.provider]), flatten([for it in local.inline_fields : it.params if it.source == name])), param)
    ]],
    [for name, source in local.inline_sources : [for key in keys(source.scheme.fields) :
      "sources.${name}: scheme.fields.${key} needs another name: {${key}} in scheme.content stands for something else already."
      if contains(concat(local.variables, ["mac"]), key)
    ]],

    # ---- What is signed ----

    # With its closing brace a name in braces is `body}`; one that is never closed matches nothing.
    [for it in local.inline_templates :
      format("%s is \"%s\", but %s.", it.at, it.text,
        length(it.variables) == 0 ? "there are no fields that could stand in braces" : "what stands in its braces must be one of: ${join(", ", it.variables)}",
      )
      if length(setsubtract(flatten(regexall("\\{([^}]*\\}?)", it.text)), [for name in it.variables : "${name}}"])) > 0
    ],
    # A signature that does not cover the body says nothing about it.
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must contain {body}, or anybody could change the body; say body_unsigned = true if the sender itself leaves it out."
      if !strcontains(source.scheme.content, "{body}") && !source.scheme.body_unsigned && source.scheme.algorithm != "token"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.body_unsigned says that the body is not signed, but scheme.content contains {body}."
      if strcontains(source.scheme.content, "{body}") && source.scheme.body_unsigned
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must be left out: a token signs nothing."
      if source.scheme.content != "{body}" && source.scheme.algorithm == "token"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content must contain {secret}, or anybody could make the hash."
      if !strcontains(source.scheme.content, "{secret}") && source.scheme.algorithm == "sha256"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.content may contain {secret} only with the algorithm sha256."
      if strcontains(source.scheme.content, "{secret}") && source.scheme.algorithm != "sha256"
    ],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.secret.unprefixed says what a secret without strip_prefix is, and needs that."
      if source.scheme.secret.unprefixed != null && source.scheme.secret.strip_prefix == null
    ],

    # ---- The timestamp ----

    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.field is \"${timestamp.field}\", which is not among its fields."
      if !contains(keys(source.scheme.fields), timestamp.field)
    ]],
    # Anyone could send an old request with a new time.
    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.field is \"${timestamp.field}\", which is not signed: scheme.content must have {${timestamp.field}} in it."
      if contains(keys(source.scheme.fields), timestamp.field) && !strcontains(source.scheme.content, "{${timestamp.field}}") && !(strcontains(source.scheme.content, "{body}") && try(source.scheme.fields[timestamp.field].body, null) != null)
    ]],
    [for name, source in local.inline_sources :
      "sources.${name}: scheme.timestamp must be left out: a token signs no time."
      if source.scheme.timestamp != null && source.scheme.algorithm == "token"
    ],
    [for name, source in local.inline_sources : [for timestamp in source.scheme.timestamp[*] :
      "sources.${name}: scheme.timestamp.tolerance is ${timestamp.tolerance}, but must be a whole number of seconds, or 0 to check nothing."
      if timestamp.tolerance < 0 || floor(timestamp.tolerance) != timestamp.tolerance
    ]],

    # ---- Replies and handshakes ----

    [for name, source in local.inline_sources :
      "sources.${name}: methods is empty, and would take no event; leave it out for POST."
      if try(length(source.methods), 1) == 0
    ],
    [for it in local.inline_replies :
      "${it.at}.status is ${it.reply.status}, but must be from 200 to 299: all else means that the webhook was refused."
      if it.reply.status < 200 || it.reply.status > 299 || floor(it.reply.status) != it.reply.status
    ],
    [for it in local.inline_replies :
      "${it.at} may have only one of text, json and empty."
      if length([for body in ["text", "json", "empty"] : body if !contains(["null", "false"], jsonencode(it.reply[body]))]) > 1
    ],
    [for it in local.inline_replies : [for header in keys(it.reply.headers) :
      "${it.at}.headers: \"${header}\" is no name of a header."
      if !can(regex(local.header_pattern, header))
    ]],
    [for name, source in local.inline_sources : [for number, handshake in source.handshakes :
      "sources.${name}: handshakes[${number}].when is empty: every ${handshake.method} would be answered, and none kept."
      if length(handshake.when) == 0
    ]],
    [for name, source in local.inline_sources : [for number, handshake in source.handshakes :
      "sources.${name}: handshakes[${number}].then is \"enroll\", and needs fields.secret_offered, where the secret stands."
      if handshake.then == "enroll" && !contains(keys(handshake.fields), "secret_offered")
    ]],
    [for name, source in local.inline_sources : [for number, handshake in source.handshakes : [for mac in handshake.mac[*] :
      "sources.${name}: handshakes[${number}].mac.of is \"${mac.of}\", which is not among its fields."
      if !contains(keys(handshake.fields), mac.of)
    ]]],
    [for name, source in local.inline_sources : [for number, handshake in source.handshakes : [for index, field in handshake.when :
      "sources.${name}: handshakes[${number}].when[${index}] cannot both be a text and be absent."
      if field.is != null && field.absent
    ]]],
  ])
}
