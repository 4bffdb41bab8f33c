# The queues through which an event may reach each destination, and the limits that follow from them.
locals {
  # By source: the queues in which its events may wait.
  source_queues = { for name, source in var.sources : name => concat([source.queue], values(source.queue_by_type)) }

  # By source: the largest number of destinations that one of its events may have.
  max_destinations = { for name in keys(var.sources) : name => length(distinct(flatten([
    for route in var.routes : route.destinations if contains([name, "*"], route.source)
  ]))) }

  # By destination: the queues whose events may be delivered to it.
  destination_queues = { for destination in keys(var.destinations) : destination => distinct(flatten([
    for route in var.routes : [for name, queues in local.source_queues : queues if contains([name, "*"], route.source)]
    if contains(route.destinations, destination)
  ])) }
}

# Lower limit of max_receives. The destinations of an event are retried independently, and each attempt at a different
# time uses up a receive. In a FIFO queue, it also uses up a receive of all messages of the group that were received
# with it. SQS must not dead-letter an event that the worker is still trying to deliver.
locals {
  # By queue: the attempts that one of its events may take, and the events of its group that may come before it in a
  # batch.
  receive_demand = { for name, queue in local.queues : name => {
    attempts = queue.max_attempts * max(1, [for source, queues in local.source_queues : local.max_destinations[source] if contains(queues, name)]...)
    earlier  = queue.fifo ? queue.batch_size - 1 : 0
  } }

  max_receives_errors = [for name, demand in local.receive_demand :
    format(
      "queues.%s: max_receives is %d, but must be at least %d: an event of this queue may take %d attempts (max_attempts for each of its destinations, which are retried independently)%s, and SQS would dead-letter an event that the worker is still trying to deliver. Raise max_receives, to at most %d, or lower %s.",
      name, local.queues[name].max_receives, demand.attempts * (demand.earlier + 1), demand.attempts,
      demand.earlier > 0 ? ", and so may each of the ${demand.earlier} events of its group that are received with it and come before it" : "",
      local.queue_ranges.max_receives[1], demand.earlier > 0 ? "max_attempts or batch_size" : "max_attempts",
    )
    if local.queues[name].max_receives < demand.attempts * (demand.earlier + 1)
  ]
}

# Lower limit of a rate. The worker environments that may deliver to a destination divide its rate evenly, so their
# number must be configured. The interval between two deliveries of one environment must be shorter than an invocation.
# Lambda may give the next batch to another environment, which knows nothing of the earlier delivery.
locals {
  # By destination: the number of worker environments that may deliver to it.
  worker_environments = { for name, queues in local.destination_queues : name => sum(concat([0], [for queue in queues : try(local.queues[queue].maximum_concurrency, 0)])) }

  rate_errors = concat(local.rates_without_concurrency, [for name, destination in var.destinations :
    "destinations.${name}: rate is ${destination.rate} deliveries per second, which is one in ${ceil(local.worker_environments[name] / destination.rate)} seconds for each of the ${local.worker_environments[name]} worker environments that may deliver there (the sum of maximum_concurrency of its queues). It must be one in at most ${local.max_delivery_timeout} seconds, because an environment keeps its share of the rate only within an invocation (worker_timeout is ${var.worker_timeout} seconds). Lower maximum_concurrency, or raise rate or worker_timeout."
    if try(local.worker_environments[name] / destination.rate > local.max_delivery_timeout, false)
  ])

  # Calls per second that a FIFO queue takes in high-throughput mode, by region, from
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html. The worker sends each
  # event by a call of its own.
  fifo_rates = merge(
    { for region in ["us-east-1", "us-west-2", "eu-west-1"] : region => 70000 },
    { for region in ["us-east-2", "eu-central-1"] : region => 19000 },
    { for region in ["ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"] : region => 9000 },
    { for region in ["eu-west-2", "sa-east-1"] : region => 4500 },
  )
  other_fifo_rate = 2400

  fifo_rate_errors = [for name, sqs in local.destinations.sqs :
    "destinations.${name}: rate is ${var.destinations[name].rate} deliveries per second, but a FIFO queue in ${split(":", sqs.arn)[3]} takes at most ${try(local.fifo_rates[split(":", sqs.arn)[3]], local.other_fifo_rate)}: lower rate, or use a standard queue."
    if try(endswith(sqs.arn, ".fifo") && var.destinations[name].rate > try(local.fifo_rates[split(":", sqs.arn)[3]], local.other_fifo_rate), false)
  ]

  rates_without_concurrency = flatten([for name, destination in var.destinations : [for queue in local.destination_queues[name] :
    "destinations.${name}: rate is ${destination.rate} deliveries per second, which is divided among the worker environments. Set maximum_concurrency of queues.${queue}, whose events may be delivered there."
    if try(var.queues[queue].maximum_concurrency == null, false)
  ] if destination.rate != null])
}
