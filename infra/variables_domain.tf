variable "domain" {
  description = "Custom domain name of the API, for the URLs that are registered with providers: unlike the API's own endpoint, it stays the same when the API is replaced. If null, the API has only its own endpoint."
  type = object({
    # Domain name in lower case, such as hooks.example.com.
    name = string
    # ARN of the name's certificate in AWS Certificate Manager, in the stack's region: HTTP APIs have regional endpoints.
    certificate_arn = string
    # ID of the Route 53 hosted zone in which alias records for both names are created. If null, point the names to the
    # targets in the output domain_targets yourself.
    hosted_zone_id = optional(string)
    # Second domain name, on which API Gateway demands a client certificate of every sender. Only sources with
    # client_certificate need it; senders without a certificate, such as Stripe, cannot connect to it.
    mutual_tls = optional(object({
      # Domain name in lower case, other than the first.
      name = string
      # ARN of the name's certificate in AWS Certificate Manager, in the stack's region.
      certificate_arn = string
      # S3 URI of the truststore, a PEM file with the certificates of the authorities that issue client certificates:
      # s3://bucket/truststore.pem.
      truststore_uri = string
      # Version of the truststore's object. If null, the version that is current when the domain name is created.
      truststore_version = optional(string)
      # ARN of a public certificate of AWS Certificate Manager that proves that you own the name. Required by API Gateway
      # if certificate_arn is an imported or private certificate.
      ownership_certificate_arn = optional(string)
    }))
  })
  default = null

  validation {
    condition = alltrue([
      for name in concat(try([var.domain.name], []), try([var.domain.mutual_tls.name], [])) : can(regex(local.domain_pattern, name))
    ])
    error_message = join("\n", concat(
      [for name in try([var.domain.name], []) : "domain.name is ${jsonencode(name)}, but must be a domain name in lower case, such as hooks.example.com." if !can(regex(local.domain_pattern, name))],
      [for name in try([var.domain.mutual_tls.name], []) : "domain.mutual_tls.name is ${jsonencode(name)}, but must be a domain name in lower case, such as mtls.hooks.example.com." if !can(regex(local.domain_pattern, name))],
    ))
  }

  validation {
    condition     = try(var.domain.mutual_tls.name != var.domain.name, true)
    error_message = "domain.mutual_tls.name is the same as domain.name, but must be another name: API Gateway would demand a client certificate of every sender."
  }

  validation {
    condition = alltrue([
      for arn in concat(try([var.domain.certificate_arn], []), try([var.domain.mutual_tls.certificate_arn], []), try(compact([var.domain.mutual_tls.ownership_certificate_arn]), [])) :
      can(regex(local.certificate_pattern, arn))
    ])
    error_message = join("\n", concat(
      [for arn in try([var.domain.certificate_arn], []) : "domain.certificate_arn is ${jsonencode(arn)}, but must be the ARN of a certificate in AWS Certificate Manager: arn:aws:acm:REGION:ACCOUNT:certificate/ID." if !can(regex(local.certificate_pattern, arn))],
      [for arn in try([var.domain.mutual_tls.certificate_arn], []) : "domain.mutual_tls.certificate_arn is ${jsonencode(arn)}, but must be the ARN of a certificate in AWS Certificate Manager: arn:aws:acm:REGION:ACCOUNT:certificate/ID." if !can(regex(local.certificate_pattern, arn))],
      [for arn in try(compact([var.domain.mutual_tls.ownership_certificate_arn]), []) : "domain.mutual_tls.ownership_certificate_arn is ${jsonencode(arn)}, but must be the ARN of a certificate in AWS Certificate Manager: arn:aws:acm:REGION:ACCOUNT:certificate/ID." if !can(regex(local.certificate_pattern, arn))],
    ))
  }

  validation {
    condition     = try(var.domain.hosted_zone_id, null) == null || can(regex("^Z[A-Z0-9]{1,31}$", try(var.domain.hosted_zone_id, null)))
    error_message = "domain.hosted_zone_id is ${jsonencode(try(var.domain.hosted_zone_id, null))}, but must be the ID of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ."
  }

  validation {
    condition     = try(var.domain.mutual_tls, null) == null || can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\\S+$", try(var.domain.mutual_tls.truststore_uri, null)))
    error_message = "domain.mutual_tls.truststore_uri is ${jsonencode(try(var.domain.mutual_tls.truststore_uri, null))}, but must be the S3 URI of a PEM file, such as s3://bucket/truststore.pem."
  }

  validation {
    condition     = try(var.domain.mutual_tls.truststore_version, null) == null || can(regex("^\\S{1,64}$", try(var.domain.mutual_tls.truststore_version, null)))
    error_message = "domain.mutual_tls.truststore_version is ${jsonencode(try(var.domain.mutual_tls.truststore_version, null))}, but must be the version of an S3 object, of at most 64 characters, or omitted."
  }
}

variable "disable_execute_api_endpoint" {
  description = "Whether the API's own endpoint, https://ID.execute-api.REGION.amazonaws.com, is disabled, so that webhooks are received on `domain` alone. Disable it only once no provider sends to it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.disable_execute_api_endpoint || var.domain != null
    error_message = "disable_execute_api_endpoint must be false without domain: no webhook could be received."
  }
}
