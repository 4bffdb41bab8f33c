# Every JMESPath expression that is configured. The functions compile them; here they are only kept
# within what those take.
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

  longest_expression = 4096

  expression_mistakes = flatten([
    [for it in local.expressions :
      "${it.at} is empty: write an expression, or take it away."
      if try(trimspace(it.text), "") == ""
    ],
    # In bytes, of which a character may have several: 3 for every 4 characters of base64, less one for
    # each =.
    [for it in local.expressions :
      "${it.at} has more than ${local.longest_expression} bytes: write it shorter."
      if try(length(base64encode(it.text)) / 4 * 3 - length(regexall("=", base64encode(it.text))), 0) > local.longest_expression
    ],
  ])
}
