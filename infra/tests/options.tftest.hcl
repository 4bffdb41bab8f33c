# Keys, roles, networks and protection: what the module plans with each of these inputs and without it, and what it refuses.
# The runs only plan, with the real provider and without AWS.

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = aws_s3_bucket.bucket
  override_during = plan
  values = {
    arn    = "arn:aws:s3:::test-bucket"
    bucket = "test-bucket"
    id     = "test-bucket"
  }
}

override_resource {
  target          = terraform_data.fingerprint_key
  override_during = plan
  values          = { output = "a random value" }
}

override_resource {
  target          = aws_sqs_queue.queue
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:queue"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/queue"
  }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead"
  }
}

override_resource {
  target          = aws_secretsmanager_secret.source
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:source" }
}

override_resource {
  target          = aws_iam_role.replication
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/catchment/test-replication" }
}

variables {
  name         = "test"
  ingest_zip   = "versions.tf" # Any existing file will do, because nothing is uploaded.
  worker_zip   = "versions.tf"
  sources      = { shop = { provider = "stripe" }, tasks = { provider = "asana", enroll = true } }
  queues       = { default = {}, ordered = { fifo = true, ordering_key = "body.id" } }
  destinations = { erp = { lambda = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:erp" } } }
  routes       = []
}

run "protects_by_default_and_grants_nothing_that_is_not_asked_for" {
  command = plan

  assert {
    condition = aws_dynamodb_table.ledger.deletion_protection_enabled && aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled && alltrue(flatten([
      for document in data.aws_iam_policy_document.queue : [for statement in document.statement : statement.effect == "Deny"]
    ])) && alltrue([for document in data.aws_iam_policy_document.queue : contains(flatten(document.statement[*].actions), "sqs:DeleteQueue")])
    error_message = "The ledger or a queue can be deleted: ${jsonencode(data.aws_iam_policy_document.queue)}"
  }

  assert {
    condition = alltrue([for queue in concat(values(aws_sqs_queue.queue), values(aws_sqs_queue.dead_letter)) : queue.sqs_managed_sse_enabled && queue.kms_master_key_id == null]) && alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.bucket.rule :
      rule.apply_server_side_encryption_by_default[0].sse_algorithm == "AES256" && !rule.bucket_key_enabled
    ]) && aws_dynamodb_table.ledger.server_side_encryption[*].enabled == tolist([false])
    error_message = "Without kms_key_arn, something is not encrypted by AWS's own key."
  }

  assert {
    condition = length(flatten([for function in aws_lambda_function.function : function.vpc_config])) == 0 && alltrue([
      for function in aws_lambda_function.function : function.tracing_config[0].mode == "PassThrough" && function.kms_key_arn == null
    ]) && length(aws_iam_role.replication) + length(aws_s3_bucket_replication_configuration.bucket) + length(aws_s3_bucket_object_lock_configuration.bucket) == 0
    error_message = "Something is configured without its input."
  }

  assert {
    condition = toset([for action in flatten([
      for document in concat(values(data.aws_iam_policy_document.common), [data.aws_iam_policy_document.ingest, data.aws_iam_policy_document.worker]) : document.statement[*].actions[*]
    ]) : action if can(regex("^(kms|ec2|xray):|Retention$", action))]) == toset([])
    error_message = "Something is granted without its input."
  }
}

run "applies_each_input_where_it_belongs" {
  command = plan

  variables {
    kms_key_arn              = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    vpc                      = { subnet_ids = ["subnet-0a1", "subnet-0a2"], security_group_ids = ["sg-0a1"] }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    role_path                = "/catchment/"
    tracing                  = true
    object_lock              = { mode = "COMPLIANCE", days = 365 }
    event_retention_days     = 365
    replication              = { bucket_arn = "arn:aws:s3:::replicas", kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/replicas", storage_class = "GLACIER" }
    point_in_time_recovery   = false
    deletion_protection      = false
  }

  # Everything that has an encryption setting has the key.
  assert {
    condition = alltrue([for key in concat(
      [for queue in concat(values(aws_sqs_queue.queue), values(aws_sqs_queue.dead_letter)) : queue.kms_master_key_id],
      [for secret in concat(values(aws_secretsmanager_secret.source), values(aws_secretsmanager_secret.destination), values(aws_secretsmanager_secret.credential)) : secret.kms_key_id],
      values(aws_cloudwatch_log_group.log)[*].kms_key_id,
      values(aws_lambda_function.function)[*].kms_key_arn,
      aws_dynamodb_table.ledger.server_side_encryption[*].kms_key_arn,
      [for rule in aws_s3_bucket_server_side_encryption_configuration.bucket.rule : rule.apply_server_side_encryption_by_default[0].kms_master_key_id],
      [aws_sns_topic.alarms.kms_master_key_id],
      ) : key == var.kms_key_arn]) && aws_dynamodb_table.ledger.server_side_encryption[*].enabled == tolist([true]) && alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.bucket.rule :
      rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" && rule.bucket_key_enabled
    ])
    error_message = "Something is not encrypted by the key."
  }

  assert {
    condition = jsonencode({ for name, document in data.aws_iam_policy_document.common : name => {
      for statement in document.statement : join(", ", statement.actions) => sort(flatten(statement.condition[*].values[*])) if statement.resources == toset([var.kms_key_arn])
      } }) == jsonencode({
      ingest = {
        "kms:Decrypt"         = ["lambda.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"]
        "kms:GenerateDataKey" = ["s3.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"]
      }
      worker = {
        "kms:Decrypt"         = ["dynamodb.eu-west-1.amazonaws.com", "lambda.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"]
        "kms:GenerateDataKey" = ["s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"]
      }
    })
    error_message = "The permissions on the key are: ${jsonencode([for document in data.aws_iam_policy_document.common : document.statement])}"
  }

  # The worker alone is in the VPC. Its permissions there are Lambda's, and denied to its own code.
  assert {
    condition = jsonencode({ for name, function in aws_lambda_function.function : name => [for vpc in function.vpc_config : [vpc.subnet_ids, vpc.security_group_ids]] }) == jsonencode({
      ingest = [], worker = [[["subnet-0a1", "subnet-0a2"], ["sg-0a1"]]]
      }) && jsonencode({ for statement in data.aws_iam_policy_document.worker.statement : coalesce(statement.effect, "Allow") => flatten(statement.condition[*].values[*]) if contains(statement.actions, "ec2:CreateNetworkInterface") }) == jsonencode({
      Allow = []
      Deny  = ["arn:aws:lambda:eu-west-1:123456789012:function:test-worker"]
    })
    error_message = "The VPC is ${jsonencode(data.aws_iam_policy_document.worker.statement)}"
  }

  assert {
    condition = alltrue([for role in concat(values(aws_iam_role.function), aws_iam_role.replication) :
      role.path == "/catchment/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    ]) && alltrue([for policy in aws_iam_policy.deliveries : policy.path == "/catchment/"]) && length(aws_iam_policy.deliveries) == 1
    error_message = "A role or a managed policy has another path or no boundary."
  }

  assert {
    condition = alltrue([for function in aws_lambda_function.function : function.tracing_config[0].mode == "Active"]) && alltrue([
      for document in data.aws_iam_policy_document.common : contains(flatten(document.statement[*].actions), "xray:PutTraceSegments")
    ])
    error_message = "A function is not traced."
  }

  # Ingest sets the retention of events. A default of the bucket would lock the configuration, too.
  assert {
    condition = jsondecode(aws_s3_object.config.content).object_lock == { mode = "COMPLIANCE", days = 365 } && jsonencode([
      for lock in aws_s3_bucket_object_lock_configuration.bucket : [lock.object_lock_enabled, length(lock.rule)]
      ]) == jsonencode([["Enabled", 0]]) && jsonencode([for statement in data.aws_iam_policy_document.ingest.statement : statement.resources if contains(statement.actions, "s3:PutObjectRetention")]) == jsonencode([
      ["arn:aws:s3:::test-bucket/events/*"]
    ])
    error_message = "Object Lock is configured otherwise."
  }

  assert {
    condition = jsonencode({ for rule in aws_s3_bucket_replication_configuration.bucket[0].rule : rule.filter[0].prefix => [
      rule.status, rule.delete_marker_replication[0].status, rule.destination[0].bucket, rule.destination[0].storage_class,
      rule.destination[0].encryption_configuration[0].replica_kms_key_id, rule.source_selection_criteria[0].sse_kms_encrypted_objects[0].status,
      ] }) == jsonencode({ for prefix in ["events/", "bodies/"] : prefix => [
      "Enabled", "Disabled", "arn:aws:s3:::replicas", "GLACIER", "arn:aws:kms:eu-central-1:123456789012:key/replicas", "Enabled",
    ] })
    error_message = "The replication is ${jsonencode(aws_s3_bucket_replication_configuration.bucket)}"
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.replication[0].statement : statement.sid => [
      join(" ", sort(statement.actions)), join(" ", sort(statement.resources)), join(" ", flatten(statement.condition[*].values[*]))
      ] }) == jsonencode({
      ReadBucket      = ["s3:GetReplicationConfiguration s3:ListBucket", "arn:aws:s3:::test-bucket", ""]
      ReadObjects     = ["s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectVersionAcl s3:GetObjectVersionForReplication s3:GetObjectVersionTagging", "arn:aws:s3:::test-bucket/bodies/* arn:aws:s3:::test-bucket/events/*", ""]
      WriteReplicas   = ["s3:ReplicateObject s3:ReplicateTags", "arn:aws:s3:::replicas/bodies/* arn:aws:s3:::replicas/events/*", ""]
      DecryptObjects  = ["kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "s3.eu-west-1.amazonaws.com"]
      EncryptReplicas = ["kms:Encrypt", "arn:aws:kms:eu-central-1:123456789012:key/replicas", "s3.eu-central-1.amazonaws.com"]
    })
    error_message = "The permissions of the replication are: ${jsonencode(data.aws_iam_policy_document.replication[0].statement)}"
  }

  assert {
    condition = !aws_dynamodb_table.ledger.deletion_protection_enabled && !aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled && !anytrue([
      for document in data.aws_iam_policy_document.queue : contains(flatten(document.statement[*].actions), "sqs:DeleteQueue")
    ])
    error_message = "A protection is on although it is switched off."
  }

  # The statements are not larger than the plan reckons with. They are largest in a region with a long name.
  assert {
    condition = alltrue([for size in [
      { reckoned = local.key_grants_size, statements = [for it in data.aws_iam_policy_document.common["worker"].statement : it if length(it.condition) > 0] },
      { reckoned = local.interface_grants_size, statements = [for it in data.aws_iam_policy_document.worker.statement : it if contains(it.actions, "ec2:DescribeSubnets")] },
      ] : [for characters in [length(jsonencode([for it in size.statements : {
        Sid = it.sid, Effect = it.effect, Action = it.actions, Resource = it.resources, Condition = { for condition in it.condition : condition.test => { (condition.variable) = condition.values } }
    }]))] : characters > size.reckoned / 2 && characters + 100 <= size.reckoned] == [true]])
    error_message = "The statements are larger than ${local.key_grants_size} and ${local.interface_grants_size} characters."
  }
}

# These variables do not depend on each other, so one run checks them all.
run "refuses_values_that_aws_would_refuse" {
  command = plan
  variables {
    vpc                      = { subnet_ids = [], security_group_ids = ["sg-0a1"] }
    permissions_boundary_arn = "boundary"
    role_path                = "/catchment"
    object_lock              = { mode = "governance", days = 1 }
    replication              = { bucket_arn = "replicas" }
  }
  expect_failures = [var.vpc, var.permissions_boundary_arn, var.role_path, var.object_lock, var.replication]
}

run "refuses_settings_that_contradict_each_other" {
  command = plan
  variables {
    vpc                  = { subnet_ids = ["subnet-0a1"], security_group_ids = ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"] }
    object_lock          = { mode = "GOVERNANCE", days = 91 }
    event_retention_days = 90
    replication          = { bucket_arn = "arn:aws:s3:::replicas", kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/replicas" }
  }
  expect_failures = [var.vpc, var.object_lock, var.replication]
}

run "refuses_a_lock_in_a_bucket_that_may_be_destroyed_and_replicas_without_a_key" {
  command = plan
  variables {
    object_lock   = { mode = "GOVERNANCE", days = 1 }
    force_destroy = true
    kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/mine"
    replication   = { bucket_arn = "arn:aws:s3:::replicas" }
  }
  expect_failures = [var.object_lock, var.replication]
}

run "refuses_a_key_of_another_region" {
  command = plan
  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/mine"
  }
  expect_failures = [data.aws_region.current]
}

run "refuses_private_addresses_without_a_vpc" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    destinations = { crm = { http = { url = "https://10.0.0.1", allow_private = true } } }
  }
  expect_failures = [aws_s3_object.config]

  assert {
    condition     = [for error in local.private_errors : startswith(error, "destinations.crm: http.allow_private is true, but ")] == [true]
    error_message = "The messages are: ${jsonencode(local.config_errors)}"
  }
}

run "accepts_private_addresses_in_a_vpc" {
  command = plan

  plan_options {
    target = [aws_s3_object.config]
  }

  variables {
    vpc          = { subnet_ids = ["subnet-0a1"], security_group_ids = ["sg-0a1"] }
    destinations = { crm = { http = { url = "http://10.0.0.1", allow_private = true } } }
  }

  assert {
    condition     = length(local.config_errors) == 0
    error_message = "The messages are: ${jsonencode(local.config_errors)}"
  }
}
