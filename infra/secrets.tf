# No secret value is in the Terraform state. Secrets have a name prefix instead of a fixed name, because a deleted
# secret keeps its name for the 30 days in which it can be recovered, and a new apply would fail on it.

locals {
  secret_sources = { for name, source in var.sources : name => source if !contains(local.providers_without_secret, source.provider) }
}

# The secret that verifies the webhooks of a source. It is created without a value, which is set outside Terraform:
#   aws secretsmanager put-secret-value --secret-id ARN --secret-string file://secret.txt
# Until then, ingest answers 503 and the alarm secret-missing fires.
resource "aws_secretsmanager_secret" "source" {
  for_each = local.secret_sources

  name_prefix = "${var.name}/source/${each.key}-"
  description = "Secret of the source ${each.key} (${each.value.provider}): a string, or a JSON list of several active ones."
  kms_key_id  = var.kms_key_arn
  tags        = local.tags

  # Removed only after the alias has moved away from the version that uses it.
  lifecycle {
    create_before_destroy = true
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}

# The secret that signs deliveries to an HTTP destination according to Standard Webhooks. An operator reads it and
# shares it with the receiver.
resource "aws_secretsmanager_secret" "destination" {
  for_each = local.destinations.http

  name_prefix = "${var.name}/destination/${each.key}-"
  description = "Signing secret of deliveries to ${each.key}, for Standard Webhooks."
  kms_key_id  = var.kms_key_arn
  tags        = local.tags

  # Removed only after the alias has moved away from the version that uses it.
  lifecycle {
    create_before_destroy = true
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
}

# The credential with which deliveries to an HTTP destination authenticate. It is created without a value, which is set
# outside Terraform, as that of a source. Until then, deliveries fail and are tried again.
resource "aws_secretsmanager_secret" "credential" {
  for_each = { for name, http in local.destinations.http : name => http.auth.type if http.auth != null }

  name_prefix = "${var.name}/credential/${each.key}-"
  description = "Credential (${each.value}) of deliveries to ${each.key}."
  kms_key_id  = var.kms_key_arn
  tags        = local.tags

  # Removed only after the alias has moved away from the version that uses it.
  lifecycle {
    create_before_destroy = true
  }

  # The permissions on a key come first: see kms.tf.
  depends_on = [aws_iam_role_policy.common]
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
