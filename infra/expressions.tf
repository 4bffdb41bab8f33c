# All configured JMESPath expressions. The Lambdas and `catchment check` compile them; Terraform can only check that
# they are not empty and not too long.
locals {
  expressions = flatten([
    [for name, source in var.sources : [
      for attribute, texts in { id = source.id, type = source.type, "list.id" = try(source.list.id, []), "list.type" = try(source.list.type, []) } : [
        for index, text in coalesce(texts, []) : { at = "sources.${name}: ${attribute}[${index}]", text = text }
      ]
    ]],
    [for name, source in var.sources : { at = "sources.${name}: list.items", text = source.list.items } if source.list != null],
    [for name, sqs in local.destinations.sqs : { at = "destinations.${name}: sqs.ordering_key", text = sqs.ordering_key } if sqs.ordering_key != null],
    [for name, queue in var.queues : { at = "queues.${name}: ordering_key", text = queue.ordering_key } if queue.ordering_key != null],
    [for index, route in var.routes : { at = "routes[${index}] (source \"${route.source}\"): filter", text = route.filter } if route.filter != null],
  ])

  max_expression_bytes = 4096

  expression_errors = flatten([
    [for it in local.expressions :
      "${it.at} is empty: write an expression, or remove it."
      if try(trimspace(it.text), "") == ""
    ],
    # Length in bytes of the UTF-8 text, computed from its base64 form: 3 bytes for every 4 characters, minus 1 for each
    # padding character.
    [for it in local.expressions :
      "${it.at} has more than ${local.max_expression_bytes} bytes: shorten it."
      if try(length(base64encode(it.text)) / 4 * 3 - length(regexall("=", base64encode(it.text))), 0) > local.max_expression_bytes
    ],
  ])
}
