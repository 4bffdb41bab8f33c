# The HTTP API that receives webhooks at https://{api}/{source}.
resource "aws_apigatewayv2_api" "webhooks" {
  name          = var.name
  description   = "Receives webhooks for the Catchment stack ${var.name}."
  protocol_type = "HTTP"
  tags          = local.tags

  disable_execute_api_endpoint = var.disable_execute_api_endpoint
}

resource "aws_apigatewayv2_integration" "ingest" {
  api_id                 = aws_apigatewayv2_api.webhooks.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.ingest.invoke_arn
  payload_format_version = "2.0"

  # The permission exists before the API uses the alias.
  depends_on = [aws_lambda_permission.api]
}

# The stage $default adds no stage name to the path.
resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.webhooks.id
  name        = "$default"
  auto_deploy = true
  tags        = local.tags

  # API Gateway applies them to each route separately.
  default_route_settings {
    throttling_rate_limit  = local.throttling.rate
    throttling_burst_limit = local.throttling.burst
  }

  dynamic "route_settings" {
    for_each = local.route_throttling
    content {
      route_key              = route_settings.key
      throttling_rate_limit  = route_settings.value.rate
      throttling_burst_limit = route_settings.value.burst
    }
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

  lifecycle {
    precondition {
      condition     = length(local.route_errors) == 0
      error_message = join("\n", local.route_errors)
    }
  }

  # API Gateway refuses settings of a route that does not exist.
  depends_on = [aws_apigatewayv2_route.webhook, aws_apigatewayv2_route.webhook_with_token]
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
