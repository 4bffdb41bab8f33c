# What the worker Lambda may do because of what is configured. It reaches just the destinations that there
# are, named by a route or not, since a redrive may go to any of them.
locals {
  # A statement must name a resource, and a stack may have no destination of a kind.
  delivery_grants = [for grant in concat(
    [
      { sid = "ReadSigningSecrets", actions = ["secretsmanager:GetSecretValue"], resources = values(aws_secretsmanager_secret.destination)[*].arn },
      { sid = "InvokeFunctions", actions = ["lambda:InvokeFunction"], resources = values(local.destinations.lambda)[*].arn },
      { sid = "SendToQueues", actions = ["sqs:SendMessage"], resources = values(local.destinations.sqs)[*].arn },
      # SQS encrypts with the key in the name of who sends.
      { sid = "EncryptForQueues", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = compact(values(local.destinations.sqs)[*].kms_key_arn) },
      # What is put on a bus that does not exist is taken and dropped, so the worker looks for it first.
      { sid = "PutOnBuses", actions = ["events:DescribeEventBus", "events:PutEvents"], resources = values(local.bus_arns) },
    ],
    [for number, permission in flatten(values(local.destinations.handler)[*].permissions) : merge(permission, { sid = "Handler${number}" })],
  ) : grant if length(grant.resources) > 0]

  # What has no form of an ARN is refused elsewhere (destinations.tf).
  grantable_arns = [for it in flatten([
    [for name, it in local.destinations.lambda : { at = "${name}: lambda.arn", arn = it.arn }],
    [for name, it in local.destinations.sqs : { at = "${name}: sqs.arn", arn = it.arn }],
    [for name, it in local.destinations.sqs : { at = "${name}: sqs.kms_key_arn", arn = it.kms_key_arn } if it.kms_key_arn != null],
    [for name, arn in local.bus_arns : { at = "${name}: eventbridge.bus", arn = arn }],
  ]) : it if try(startswith(it.arn, "arn:"), false)]

  # What carries on from here would come back as an event, or as a reference to none.
  own_arns = concat(
    [for name in values(local.queue_names) : "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${name}"],
    [for name in keys(local.functions) : "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}-${name}"],
  )

  # What can be told only once it is known where the stack will be.
  grant_mistakes = concat(
    [for it in local.grantable_arns :
      "destinations.${it.at} is in the partition ${split(":", it.arn)[1]}, but this stack is in ${local.partition}, and nothing reaches from one into another: name one in ${local.partition}."
      if split(":", it.arn)[1] != local.partition
    ],
    [for it in local.grantable_arns :
      "destinations.${it.at} is part of this stack itself: name what the events are for."
      if anytrue([for arn in local.own_arns : it.arn == arn || startswith(it.arn, "${arn}:")])
    ],
  )
}
