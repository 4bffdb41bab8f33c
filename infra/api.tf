# The HTTP API that receives webhooks at https://{api}/{source}.
resource "aws_apigatewayv2_api" "webhooks" {
  name          = var.name
  description   = "Receives webhooks for the Catchment stack ${var.name}."
  protocol_type = "HTTP"
  tags          = local.tags
}

resource "aws_apigatewayv2_integration" "ingest" {
  api_id                 = aws_apigatewayv2_api.webhooks.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.ingest.invoke_arn
  payload_format_version = "2.0"

  # The permission exists before the API uses the alias.
  depends_on = [aws_lambda_permission.api]
}

# ANY method, because some providers start with a GET handshake. API Gateway itself would answer methods without a route
# 404, as if the source were unknown.
resource "aws_apigatewayv2_route" "source" {
  api_id    = aws_apigatewayv2_api.webhooks.id
  route_key = "ANY /{source}"
  target    = "integrations/${aws_apigatewayv2_integration.ingest.id}"
}

locals {
  # Sources that read a value from the path, after their name. Every such field of a scheme, reply or handshake contains
  # this text in JSON.
  path_sources = [
    for name, source in var.sources : name if strcontains(jsonencode([source, local.provider_files[source.provider]]), "\"path\":true")
  ]
}

resource "aws_apigatewayv2_route" "token" {
  count = length(local.path_sources) > 0 ? 1 : 0

  api_id    = aws_apigatewayv2_api.webhooks.id
  route_key = "ANY /{source}/{token}"
  target    = "integrations/${aws_apigatewayv2_integration.ingest.id}"
}

# The stage $default adds no stage name to the path.
resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.webhooks.id
  name        = "$default"
  auto_deploy = true
  tags        = local.tags

  default_route_settings {
    throttling_rate_limit  = var.throttling.rate
    throttling_burst_limit = var.throttling.burst
  }

  # Only what ingest's own line does not say, because each webhook pays for it. CloudWatch adds the time.
  #
  # The log has the path without the query, because some providers put their signature into the query. If a source has a
  # secret in the path, the log does not have the path either.
  #
  # The format has variables only, and no function that cuts them. Ingest therefore logs the user agent, cut, and the log
  # has no value of the sender's but the path. API Gateway limits the request line and all headers to
  # 10,240 bytes.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.log["api"].arn
    format = jsonencode(merge({
      requestId       = "$context.requestId"
      sourceIp        = "$context.identity.sourceIp"
      status          = "$context.status"
      responseLatency = "$context.responseLatency"
      error           = "$context.error.message $context.integrationErrorMessage"
    }, length(local.path_sources) > 0 ? { routeKey = "$context.routeKey" } : { path = "$context.path" }))
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["ingest"].function_name
  qualifier     = aws_lambda_alias.ingest.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.webhooks.execution_arn}/*/*"

  # If the permission is replaced, the old one stays until the new one exists.
  lifecycle {
    create_before_destroy = true
  }
}
