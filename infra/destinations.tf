# The destinations by kind, and the rules that they must follow. These rules are not validations of var.destinations,
# for the reason given in schemes.tf.
locals {
  # The attributes of each destination, by kind and then by name.
  destinations = { for kind in local.destination_kinds : kind => {
    for name, destination in var.destinations : name => destination[kind] if destination[kind] != null
  } }

  # Names of the handlers that the worker contains: one for each file.
  handlers = [for file in fileset("${path.module}/../worker-lambda/src/handlers", "*.rs") : trimsuffix(file, ".rs") if file != "mod.rs"]

  # URL of each SQS destination, from its ARN arn:partition:sqs:region:account:name.
  queue_urls = { for name, sqs in local.destinations.sqs : name => try(
    "https://sqs.${split(":", sqs.arn)[3]}.${data.aws_partition.current.dns_suffix}/${split(":", sqs.arn)[4]}/${split(":", sqs.arn)[5]}", null
  ) }

  bus_arns = { for name, eventbridge in local.destinations.eventbridge : name =>
    startswith(eventbridge.bus, "arn:") ? eventbridge.bus : "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${eventbridge.bus}"
  }

  # Pattern of bus names. The names of partner event buses contain slashes.
  bus_name = "[A-Za-z0-9._/-]{1,256}"

  # Attributes whose value must match a pattern, with the description of that pattern for the message.
  destination_forms = [
    {
      kind    = "lambda", attribute = "arn", optional = false
      pattern = "^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:([A-Za-z0-9_-]{1,128}|\\$LATEST))?$"
      must    = "a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by :VERSION or :ALIAS"
    },
    {
      kind    = "sqs", attribute = "arn", optional = false
      pattern = "^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:([A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo)$"
      must    = "a queue's ARN, arn:aws:sqs:REGION:ACCOUNT:NAME"
    },
    {
      kind    = "sqs", attribute = "kms_key_arn", optional = true
      pattern = local.key_pattern
      must    = "a key's ARN, not that of an alias, arn:aws:kms:REGION:ACCOUNT:key/ID"
    },
    {
      kind    = "eventbridge", attribute = "bus", optional = false
      pattern = "^(${local.bus_name}|arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/${local.bus_name})$"
      must    = "a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME"
    },
  ]

  # Headers in which a sender sends the secret of its source itself, with that source. A source that uses some of its
  # provider's schemes may be sent the headers of the others, too.
  secret_headers = flatten([for name, source in var.sources : [
    for header in distinct(flatten([
      [for scheme in concat(try(local.provider_files[source.provider].schemes, []), source.scheme[*]) : split("||", scheme.header) if try(scheme.algorithm == "token" && scheme.header != null, false)],
      [for header in source.header[*] : header if anytrue([
        for scheme in try(local.provider_files[source.provider].schemes, []) :
        try(scheme.algorithm == "token", false) && (source.schemes == null || try(contains(source.schemes, scheme.name), false))
      ])],
    ])) : { source = name, name = lower(trimspace(trimsuffix(header, "*"))), is_prefix = endswith(header, "*") }
  ]])

  # Each header to forward: its name, or the beginning of names. None is null, which Terraform itself refuses.
  forwarded_headers = flatten([for name, http in local.destinations.http : [for header in http.forward_headers : {
    at = "destinations.${name}: http.forward_headers", header = header, name = try(lower(trimsuffix(header, "*")), ""), is_prefix = try(endswith(header, "*"), false)
  }]])

  # Each credential, with the name of its header in lower case.
  auths = { for name, http in local.destinations.http : name => merge(http.auth, {
    header_name   = lower(http.auth.type == "header" ? coalesce(http.auth.header, "-") : "authorization")
    headers       = [for header in keys(http.headers) : lower(header)]
    allow_private = http.allow_private
  }) if http.auth != null }

  forward_errors = flatten([
    [for name, http in local.destinations.http :
      "destinations.${name}: http.forward_headers has ${length(http.forward_headers)} entries, but must have at most ${local.max_forward_headers}: use a beginning with *."
      if length(http.forward_headers) > local.max_forward_headers
    ],
    [for it in local.forwarded_headers :
      "${it.at} has ${jsonencode(it.header)}, but must have names of headers, or beginnings followed by one *, such as \"x-github-*\"."
      if !can(regex(local.forward_pattern, it.header))
    ],
    [for it in local.forwarded_headers : [for reason, never in local.never_forwarded :
      "${it.at} has \"${it.header}\", which is never forwarded: ${reason}."
      if((!it.is_prefix && contains(never.names, it.name)) || anytrue([for prefix in never.prefixes : startswith(it.name, prefix)]))
      && !startswith(it.name, local.sns_headers) && !(it.is_prefix && startswith(local.sns_headers, it.name))
    ]],
    [for it in local.forwarded_headers : [for secret in local.secret_headers :
      "${it.at} has \"${it.header}\", which is never forwarded: the source ${secret.source} is sent its secret in it."
      if(!it.is_prefix && it.name == secret.name) || (secret.is_prefix && startswith(it.name, secret.name))
    ]],
  ])

  auth_errors = flatten([
    [for name, auth in local.auths :
      "destinations.${name}: http.auth.type is ${jsonencode(auth.type)}, but must be one of: ${join(", ", keys(local.auth_attributes))}."
      if !contains(keys(local.auth_attributes), auth.type)
    ],
    [for name, auth in local.auths : [for attribute in try(local.auth_attributes[auth.type].required, []) :
      "destinations.${name}: http.auth.${attribute} is required for the type ${auth.type}, but is missing."
      if auth[attribute] == null
    ]],
    [for name, auth in local.auths : [for attribute in ["header", "token_url", "scope", "audience", "client_authentication"] :
      "destinations.${name}: http.auth.${attribute} is not an attribute of the type ${auth.type}: remove it."
      if auth[attribute] != null && try(!contains(concat(local.auth_attributes[auth.type].required, local.auth_attributes[auth.type].optional), attribute), false)
    ]],
    [for name, auth in local.auths : [for attribute in ["scope", "audience"] :
      "destinations.${name}: http.auth.${attribute} is empty or has several lines: write one line, or remove it."
      if auth[attribute] != null && !can(regex("^[^\\x00-\\x1f\\x7f]+$", auth[attribute]))
    ]],
    [for name, auth in local.auths :
      "destinations.${name}: http.auth.header is \"${auth.header}\", which is not a header name, or a header that the worker, API Gateway or a proxy sets."
      if auth.type == "header" && auth.header != null && (!can(regex(local.header_pattern, auth.header)) || anytrue([for reason, never in local.never_forwarded :
        (contains(never.names, auth.header_name) || anytrue([for prefix in never.prefixes : startswith(auth.header_name, prefix)])) && reason != "it has credentials of the sender"
      ]))
    ],
    [for name, auth in local.auths :
      "destinations.${name}: http.headers has \"${auth.header_name}\", which http.auth sets: remove it from one of them."
      if contains(auth.headers, auth.header_name)
    ],
    [for name, auth in local.auths :
      "destinations.${name}: http.auth.token_url must be https://host[:port][/path][?query], without a user name, a password or a fragment."
      if auth.token_url != null && !can(regex(local.url_pattern, auth.token_url))
    ],
    [for name, auth in local.auths :
      "destinations.${name}: http.auth.token_url is \"${auth.token_url}\", but plain http is allowed for private addresses only: use https, or set http.allow_private = true."
      if try(startswith(auth.token_url, "http://"), false) && !auth.allow_private
    ],
    [for name, auth in local.auths :
      "destinations.${name}: http.auth.client_authentication is \"${auth.client_authentication}\", but must be one of: ${join(", ", local.client_authentications)}."
      if auth.client_authentication != null && !contains(local.client_authentications, coalesce(auth.client_authentication, "-"))
    ],
  ])

  destination_errors = flatten([
    local.forward_errors,
    local.auth_errors,
    [for form in local.destination_forms : [for name, destination in local.destinations[form.kind] :
      "destinations.${name}: ${form.kind}.${form.attribute} is ${jsonencode(destination[form.attribute])}, but must be ${form.must}."
      if !can(regex(form.pattern, destination[form.attribute])) && !(form.optional && destination[form.attribute] == null)
    ]],
    [for kind in ["lambda", "sqs", "eventbridge"] : [for name, destination in local.destinations[kind] :
      "destinations.${name}: ${kind}.inline_limit is ${destination.inline_limit}, but must be a whole number of bytes from ${local.inline_limits[0]} to ${local.inline_limits[1]}."
      if destination.inline_limit < local.inline_limits[0] || destination.inline_limit > local.inline_limits[1] || floor(destination.inline_limit) != destination.inline_limit
    ]],
    [for name, sqs in local.destinations.sqs :
      "destinations.${name}: sqs.ordering_key is valid only for a FIFO queue, whose name ends in .fifo: remove it, or set sqs.arn to a FIFO queue."
      if sqs.ordering_key != null && !endswith(sqs.arn, ".fifo")
    ],

    [for name, destination in var.destinations :
      "destinations.${name}: rate is ${destination.rate}, but must be from ${local.rates[0]} to ${local.rates[1]} deliveries per second: omit it for no rate limit."
      if try(destination.rate < local.rates[0] || destination.rate > local.rates[1], false)
    ],
    [for name, destination in var.destinations : [for attribute, range in local.circuit_ranges :
      "destinations.${name}: circuit.${attribute} is ${destination.circuit[attribute]}, but must be a whole number from ${range[0]} to ${range[1]}."
      if destination.circuit[attribute] < range[0] || destination.circuit[attribute] > range[1] || floor(destination.circuit[attribute]) != destination.circuit[attribute]
    ]],

    # ---- Handlers ----

    [for name, handler in local.destinations.handler :
      "destinations.${name}: handler.name is \"${handler.name}\", but must be one of the handlers in worker-lambda/src/handlers: ${join(", ", local.handlers)}."
      if !contains(local.handlers, handler.name)
    ],
    [for name, handler in local.destinations.handler : [for key, value in handler.settings :
      "destinations.${name}: handler.settings.${key} is null: set a value, or remove it."
      if value == null
    ]],
    [for name, handler in local.destinations.handler : [for number, permission in handler.permissions : [for attribute in ["actions", "resources"] :
      "destinations.${name}: handler.permissions[${number}].${attribute} is empty, so the permission grants nothing: add an entry, or remove the permission."
      if length(permission[attribute]) == 0
    ]]],
    [for name, handler in local.destinations.handler : [for number, permission in handler.permissions : [for action in permission.actions :
      "destinations.${name}: handler.permissions[${number}].actions has \"${action}\", but an action must be service:Action, such as dynamodb:UpdateItem or dynamodb:Get*, and must not cover a whole service."
      if !can(regex("^[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*\\*?$", action))
    ]]],
    [for name, handler in local.destinations.handler : [for number, permission in handler.permissions : [for resource in permission.resources :
      "destinations.${name}: handler.permissions[${number}].resources has \"${resource}\", but a resource must be an ARN, or \"*\" for actions that do not support resource ARNs."
      if !can(regex("^(\\*|arn:[a-z*-]+:[^\\s]+)$", resource))
    ]]],
  ])

  inline_limits  = [1024, 1048576]
  rates          = [0.001, 100000]
  circuit_ranges = { failures = [0, 1000], probe_after = [1, 900] } # 15 minutes is also the limit to which probe_after doubles.
}
