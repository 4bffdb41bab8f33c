# The worker Lambda's permissions for the configured destinations. They cover destinations that no route names, because
# a redrive may deliver to any destination.
locals {
  # Statements of the worker's policy. A statement needs a resource, so kinds without a destination are left out.
  delivery_grants = [for grant in concat(
    [
      { sid = "InvokeFunctions", actions = ["lambda:InvokeFunction"], resources = values(local.destinations.lambda)[*].arn },
      { sid = "SendToQueues", actions = ["sqs:SendMessage"], resources = values(local.destinations.sqs)[*].arn },
      # SQS uses the KMS key with the permissions of the sender.
      { sid = "EncryptForQueues", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = compact(values(local.destinations.sqs)[*].kms_key_arn) },
      # EventBridge accepts and drops entries for a bus that does not exist, so the worker checks that it exists.
      { sid = "PutOnBuses", actions = ["events:DescribeEventBus", "events:PutEvents"], resources = values(local.bus_arns) },
    ],
    [for number, permission in flatten(values(local.destinations.handler)[*].permissions) : merge(permission, { sid = "Handler${number}" })],
  ) : grant if length(grant.resources) > 0]

  # The same as managed policies: lists of statements by their sid, with one entry for each resource. A managed policy has
  # at most 6,144 characters, and an ARN at most some 250.
  delivery_entries = flatten([for grant in local.delivery_grants : [for resource in grant.resources :
    # A null is refused in destinations.tf, and must not fail here before that.
    { sid = grant.sid, actions = [for action in grant.actions : coalesce(action, "-")], resource = coalesce(resource, "-") }
  ]])
  delivery_policies = [for entries in chunklist(local.delivery_entries, 20) : { for entry in entries : entry.sid => entry... }]

  # Secrets are read by the prefix of their names, which are those of this stack alone.
  secret_arns = "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:${var.name}"
  secret_grants = merge(
    length(local.destinations.http) > 0 ? { ReadSigningSecrets = "${local.secret_arns}/destination/*" } : {},
    anytrue([for http in values(local.destinations.http) : http.auth != null]) ? { ReadCredentials = "${local.secret_arns}/credential/*" } : {},
  )

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
    values(local.queue_arns),
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

  # A role's own policies have at most 10,240 characters in all. During an upgrade, the old and the new ones exist side by
  # side. All but the lists of ARNs takes less than 2,000 characters.
  max_policy_size = 10240 / 2
  policy_sizes = {
    ingest = local.fixed_size + sum(concat([0], [for name in distinct(flatten(values(local.source_queues))) : length(local.queue_arns[name]) + 3],
    [for name in local.enrolling_sources : length("${local.secret_arns}/source/${name}") + 36]))
    worker = local.fixed_size + (var.vpc == null ? 0 : local.interface_grants_size) + sum([for arn in values(local.queue_arns) : length(arn) + 3])
  }
  fixed_size = 2000 + (var.kms_key_arn == null ? 0 : local.key_grants_size)

  size_errors = {
    ingest = [for size in [local.policy_sizes.ingest] :
      "The permissions of the ingest Lambda would have ${size} characters, of which AWS allows ${local.max_policy_size} beside those of the version before: set `enroll` for fewer sources at a time, or use fewer queues."
      if size > local.max_policy_size
    ]
    worker = concat(
      [for size in [local.policy_sizes.worker] :
        "The permissions of the worker Lambda would have ${size} characters, of which AWS allows ${local.max_policy_size} beside those of the version before: use fewer queues."
        if size > local.max_policy_size
      ],
      [for number in [length(local.delivery_entries)] :
        "The worker would need permission for ${number} destinations and resources of handlers, but AWS allows ${20 * local.max_delivery_policies}: use fewer destinations, or resources with a wildcard."
        if number > 20 * local.max_delivery_policies
      ],
    )
  }

  # AWS allows 10 managed policies for a role. Half of them are for the old ones during an upgrade.
  max_delivery_policies = 5
}
