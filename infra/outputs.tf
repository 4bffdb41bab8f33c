output "webhook_urls" {
  description = "URL to register with the provider, by source: on the custom domain if there is one, and on that of mutual TLS for sources with client_certificate. Replace TOKEN by the token or signature that the sender puts there."
  value = { for name in keys(var.sources) : name =>
    "${local.source_hosts[name]}/${name}${contains(local.path_sources, name) ? "/TOKEN" : ""}"
  }
}

output "domain_targets" {
  description = "Where the DNS must lead, by custom domain name: a CNAME record to target, or an alias record with target and hosted_zone_id. With domain.hosted_zone_id, the alias records exist already."
  value = { for domain in aws_apigatewayv2_domain_name.domain : domain.domain_name => {
    target         = domain.domain_name_configuration[0].target_domain_name
    hosted_zone_id = domain.domain_name_configuration[0].hosted_zone_id
  } }
}

output "source_secret_arns" {
  description = "ARN of the secret to set outside Terraform, by source; only for sources that have a secret."
  value       = { for name, secret in aws_secretsmanager_secret.source : name => secret.arn }
}

output "destination_secret_arns" {
  description = "ARN of the signing secret to share with the receiver, by HTTP destination."
  value       = { for name, secret in aws_secretsmanager_secret.destination : name => secret.arn }
}

output "destination_credential_arns" {
  description = "ARN of the secret whose value, a credential, to set outside Terraform, by HTTP destination; only for those with `auth`."
  value       = { for name, secret in aws_secretsmanager_secret.credential : name => secret.arn }
}

output "queue_urls" {
  description = "URL of each queue, by name."
  value       = { for name, queue in aws_sqs_queue.queue : name => queue.url }
}

output "queue_arns" {
  description = "ARN of each queue, by name: the destination of a redrive."
  value       = { for name, queue in aws_sqs_queue.queue : name => queue.arn }
}

output "dead_letter_queue_urls" {
  description = "URL of each dead-letter queue, by the name of its queue."
  value       = { for name, queue in aws_sqs_queue.dead_letter : name => queue.url }
}

output "dead_letter_queue_arns" {
  description = "ARN of each dead-letter queue, by the name of its queue: the source of a redrive."
  value       = { for name, queue in aws_sqs_queue.dead_letter : name => queue.arn }
}

output "bucket" {
  description = "Name of the bucket that has the stored events under events/, the bodies that were delivered by reference under bodies/, and the configuration under config/."
  value       = aws_s3_bucket.bucket.bucket
}

output "bucket_arn" {
  description = "ARN of that bucket."
  value       = aws_s3_bucket.bucket.arn
}

output "ledger_table" {
  description = "Name of the ledger's DynamoDB table."
  value       = aws_dynamodb_table.ledger.name
}

output "ledger_table_arn" {
  description = "ARN of the ledger's DynamoDB table."
  value       = aws_dynamodb_table.ledger.arn
}

output "api_id" {
  description = "ID of the HTTP API."
  value       = aws_apigatewayv2_api.webhooks.id
}

output "api_arn" {
  description = "ARN of the HTTP API."
  value       = aws_apigatewayv2_api.webhooks.arn
}

output "api_execution_arn" {
  description = "ARN of the HTTP API as the source of invocations, for the policy of a Lambda function."
  value       = aws_apigatewayv2_api.webhooks.execution_arn
}

output "region" {
  description = "AWS region of the stack."
  value       = local.region
}

output "alarm_topic_arn" {
  description = "ARN of the SNS topic that every alarm notifies."
  value       = aws_sns_topic.alarms.arn
}

output "ingest_function" {
  description = "Name of the ingest Lambda."
  value       = aws_lambda_function.function["ingest"].function_name
}

output "live_versions" {
  description = "Version of each function that gets the events: what to return to after an upgrade."
  value = {
    ingest = aws_lambda_alias.ingest.function_version
    worker = aws_lambda_alias.worker.function_version
  }
}

output "function_arns" {
  description = "ARN of each Lambda function: ingest and worker."
  value       = { for name, function in aws_lambda_function.function : name => function.arn }
}

output "alias_arns" {
  description = "ARN of each function's alias live, which gets the events: ingest and worker."
  value = {
    ingest = aws_lambda_alias.ingest.arn
    worker = aws_lambda_alias.worker.arn
  }
}

output "role_arns" {
  description = "ARN of each function's role: ingest and worker."
  value       = { for name, role in aws_iam_role.function : name => role.arn }
}

output "log_group_arns" {
  description = "ARN of each log group: ingest, worker and api."
  value       = { for name, group in aws_cloudwatch_log_group.log : name => group.arn }
}

output "worker_role_arn" {
  description = "ARN of the worker Lambda's role. A destination in another account, and its KMS key, must grant access to this role."
  value       = aws_iam_role.function["worker"].arn
}

output "worker_function" {
  description = "Name of the worker Lambda."
  value       = aws_lambda_function.function["worker"].function_name
}
