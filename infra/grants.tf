# The worker Lambda's permissions for the configured destinations. They cover destinations that no route names, because
# a redrive may deliver to any destination.
locals {
  # Statements of the worker's policy. A statement needs a resource, so kinds without a destination are left out.
  delivery_grants = [for grant in concat(
    [
      { sid = "ReadSigningSecrets", actions = ["secretsmanager:GetSecretValue"], resources = values(aws_secretsmanager_secret.destination)[*].arn },
      { sid = "ReadCredentials", actions = ["secretsmanager:GetSecretValue"], resources = values(aws_secretsmanager_secret.credential)[*].arn },
      { sid = "InvokeFunctions", actions = ["lambda:InvokeFunction"], resources = values(local.destinations.lambda)[*].arn },
      { sid = "SendToQueues", actions = ["sqs:SendMessage"], resources = values(local.destinations.sqs)[*].arn },
      # SQS uses the KMS key with the permissions of the sender.
      { sid = "EncryptForQueues", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = compact(values(local.destinations.sqs)[*].kms_key_arn) },
      # EventBridge accepts and drops entries for a bus that does not exist, so the worker checks that it exists.
      { sid = "PutOnBuses", actions = ["events:DescribeEventBus", "events:PutEvents"], resources = values(local.bus_arns) },
    ],
    [for number, permission in flatten(values(local.destinations.handler)[*].permissions) : merge(permission, { sid = "Handler${number}" })],
  ) : grant if length(grant.resources) > 0]

  # ARNs of all destinations. Values that are not ARNs are refused in destinations.tf.
  grantable_arns = [for it in flatten([
    [for name, it in local.destinations.lambda : { at = "${name}: lambda.arn", arn = it.arn }],
    [for name, it in local.destinations.sqs : { at = "${name}: sqs.arn", arn = it.arn }],
    [for name, it in local.destinations.sqs : { at = "${name}: sqs.kms_key_arn", arn = it.kms_key_arn } if it.kms_key_arn != null],
    [for name, arn in local.bus_arns : { at = "${name}: eventbridge.bus", arn = arn }],
  ]) : it if try(startswith(it.arn, "arn:"), false)]

  # ARNs of the stack's own queues and functions. A delivery to one of them would arrive as an event again, or as a
  # message that is not a reference.
  stack_arns = concat(
    [for name in values(local.queue_names) : "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${name}"],
    [for name in keys(local.functions) : "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}-${name}"],
  )

  # Rules that need the partition and the account of the stack.
  grant_errors = concat(
    [for it in local.grantable_arns :
      "destinations.${it.at} is in the partition ${split(":", it.arn)[1]}, but this stack is in ${local.partition}, and AWS partitions cannot access each other: use an ARN in ${local.partition}."
      if split(":", it.arn)[1] != local.partition
    ],
    [for it in local.grantable_arns :
      "destinations.${it.at} is part of this stack itself: use the resource that is to receive the events."
      if anytrue([for arn in local.stack_arns : it.arn == arn || startswith(it.arn, "${arn}:")])
    ],
  )
}
