# The custom domain names of the API: one for all sources, and one on which API Gateway demands a client certificate.
# Both lead to the same stage. What API Gateway demands on a name covers all paths, so ingest itself refuses what comes to
# another name than a source's client_certificate demands.
locals {
  domain_pattern      = "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"
  certificate_pattern = "^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$"

  domains = { for key, domain in { webhooks = var.domain, mutual_tls = try(var.domain.mutual_tls, null) } : key => {
    name                      = domain.name
    certificate_arn           = domain.certificate_arn
    truststore_uri            = try(domain.truststore_uri, null)
    truststore_version        = try(domain.truststore_version, null)
    ownership_certificate_arn = try(domain.ownership_certificate_arn, null)
  } if domain != null }

  # Beginning of the URLs of all sources, by the source's name.
  api_url = var.domain == null ? trimsuffix(aws_apigatewayv2_stage.default.invoke_url, "/") : "https://${var.domain.name}"
  source_hosts = {
    for name, source in var.sources : name => source.client_certificate == null ? local.api_url : "https://${local.domains.mutual_tls.name}"
  }
}

resource "aws_apigatewayv2_domain_name" "domain" {
  for_each = local.domains

  domain_name = each.value.name
  tags        = local.tags

  domain_name_configuration {
    certificate_arn                        = each.value.certificate_arn
    endpoint_type                          = "REGIONAL" # The only type that HTTP APIs have.
    security_policy                        = "TLS_1_2"
    ownership_verification_certificate_arn = each.value.ownership_certificate_arn
  }

  dynamic "mutual_tls_authentication" {
    for_each = each.value.truststore_uri == null ? [] : [each.value]
    content {
      truststore_uri     = mutual_tls_authentication.value.truststore_uri
      truststore_version = mutual_tls_authentication.value.truststore_version
    }
  }

  lifecycle {
    # A postcondition, because `catchment check` evaluates validations and preconditions, and does not know the region.
    postcondition {
      condition = alltrue([
        for arn in compact([each.value.certificate_arn, each.value.ownership_certificate_arn]) : split(":", arn)[3] == local.region
      ])
      error_message = "The certificates of the domain name ${each.value.name} must be in the stack's region, ${local.region}, where its endpoint is."
    }
  }
}

resource "aws_apigatewayv2_api_mapping" "domain" {
  for_each = local.domains

  api_id      = aws_apigatewayv2_api.webhooks.id
  domain_name = aws_apigatewayv2_domain_name.domain[each.key].id
  stage       = aws_apigatewayv2_stage.default.id
}

# Only IPv4: API Gateway's names have no IPv6 address unless they are configured as dual-stack.
resource "aws_route53_record" "domain" {
  for_each = { for key, domain in local.domains : key => domain if try(var.domain.hosted_zone_id, null) != null }

  zone_id = var.domain.hosted_zone_id
  name    = each.value.name
  type    = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.domain[each.key].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.domain[each.key].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}
