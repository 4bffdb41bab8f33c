# No secret passes through the state. All names have a prefix only, because a deleted secret keeps its
# name for the 30 days in which it can be recovered, and a new apply must not stumble over that.

locals {
  secret_sources = { for name, source in var.sources : name => source if !contains(local.without_secret, source.provider) }
}

# What a source's webhooks are verified with. It is created without a value, and set outside Terraform:
#   aws secretsmanager put-secret-value --secret-id ARN --secret-string file://secret.txt
# Until then ingest answers 503 and an alarm sounds.
resource "aws_secretsmanager_secret" "source" {
  for_each = local.secret_sources

  name_prefix = "${var.name}/source/${each.key}-"
  description = "Secret of the source ${each.key} (${each.value.provider}): a string, or a JSON list of several active ones."
}

# What deliveries to an HTTP destination are signed with, by Standard Webhooks. The receiver is given
# it by whoever may read it.
resource "aws_secretsmanager_secret" "destination" {
  for_each = local.destinations.http

  name_prefix = "${var.name}/destination/${each.key}-"
  description = "Signing secret of deliveries to ${each.key}, by Standard Webhooks."
}

ephemeral "aws_secretsmanager_random_password" "destination" {
  for_each = local.destinations.http

  password_length     = 48
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "destination" {
  for_each = local.destinations.http

  secret_id                = aws_secretsmanager_secret.destination[each.key].id
  secret_string_wo         = "whsec_${base64encode(ephemeral.aws_secretsmanager_random_password.destination[each.key].random_password)}"
  secret_string_wo_version = each.value.secret_version
}
