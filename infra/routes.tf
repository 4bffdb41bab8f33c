# One route for each source, so that API Gateway throttles each source separately and answers unknown paths by itself.
#
# The method is ANY, because some providers start with a GET handshake. API Gateway itself would answer methods without a
# route 404, as if the source were unknown.
locals {
  # Sources that read a value from the path, after their name. Every such field of a scheme, reply or handshake contains
  # this text in JSON.
  path_sources = [
    for name, source in var.sources : name if strcontains(jsonencode([source, local.provider_files[source.provider]]), "\"path\":true")
  ]

  # Quota of an API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  max_routes = 300

  route_errors = [for number in [length(var.sources) + length(local.path_sources)] :
    "sources: ${length(var.sources)} sources need ${number} routes (a source that reads a token from the path needs two), but an API of API Gateway has at most ${local.max_routes}. Divide the sources among several stacks."
    if number > local.max_routes
  ]
}

resource "aws_apigatewayv2_route" "webhook" {
  for_each = var.sources

  api_id    = aws_apigatewayv2_api.webhooks.id
  route_key = "ANY /${each.key}"
  target    = "integrations/${aws_apigatewayv2_integration.ingest.id}"

  # Removed only after the routes of this configuration exist; see terraform_data.routes.
  lifecycle {
    create_before_destroy = true
  }
}

# For a value after the source's name, such as a token.
resource "aws_apigatewayv2_route" "webhook_with_token" {
  for_each = toset(local.path_sources)

  api_id    = aws_apigatewayv2_api.webhooks.id
  route_key = "ANY /${each.key}/{token}"
  target    = "integrations/${aws_apigatewayv2_integration.ingest.id}"

  lifecycle {
    create_before_destroy = true
  }
}

# Orders the changes of routes. It changes whenever a route does, after the new routes exist, and a route with
# create_before_destroy is removed only after what depends on it has changed. Without it, Terraform would remove a route at
# any time.
resource "terraform_data" "routes" {
  input = sort(concat(values(aws_apigatewayv2_route.webhook)[*].route_key, values(aws_apigatewayv2_route.webhook_with_token)[*].route_key))
}

# The routes `ANY /{source}` and `ANY /{source}/{token}` of an earlier layout. Their state does not say
# create_before_destroy, so that Terraform would delete them first, and no source had a route for the rest of the apply. It
# forgets them instead; docs/operate/upgrade.md has the command that deletes them.
removed {
  from = aws_apigatewayv2_route.source

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_apigatewayv2_route.token

  lifecycle {
    destroy = false
  }
}

# Throttling of each route. It has its own token bucket: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
locals {
  # Of the routes whose source sets none. A request occupies an environment of ingest for some 60 ms, so that one source at
  # this rate occupies an eighth of account_concurrency, of which ingest has a fifth for sure. Beyond 10,000 and 5,000, the
  # account's own quotas apply.
  throttling = {
    rate  = coalesce(var.throttling.rate, min(2 * var.account_concurrency, 10000))
    burst = coalesce(var.throttling.burst, min(var.account_concurrency, 5000))
  }

  # By route key, of the sources that set their own.
  route_throttling = merge([for name, source in var.sources : { for key in concat(
    ["ANY /${name}"], contains(local.path_sources, name) ? ["ANY /${name}/{token}"] : []
    ) : key => {
    rate  = coalesce(source.throttling.rate, local.throttling.rate)
    burst = coalesce(source.throttling.burst, local.throttling.burst)
  } } if source.throttling != null]...)
}
