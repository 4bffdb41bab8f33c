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
      pattern = "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
      must    = "a key's ARN, not that of an alias, arn:aws:kms:REGION:ACCOUNT:key/ID"
    },
    {
      kind    = "eventbridge", attribute = "bus", optional = false
      pattern = "^(${local.bus_name}|arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/${local.bus_name})$"
      must    = "a bus's name, or its ARN, arn:aws:events:REGION:ACCOUNT:event-bus/NAME"
    },
  ]

  destination_errors = flatten([
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
