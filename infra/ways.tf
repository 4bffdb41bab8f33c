# Which queues an event may come through and which destinations it may go to, and what must hold
# because of it.
locals {
  # By source.
  source_queues = { for name, source in var.sources : name => concat([source.queue], values(source.queue_by_type)) }

  # By source: how many destinations one of its events may have.
  most_destinations = { for name in keys(var.sources) : name => length(distinct(flatten([
    for route in var.routes : route.destinations if contains([name, "*"], route.source)
  ]))) }

  # By destination: the queues from which it may be delivered to.
  destination_queues = { for destination in keys(var.destinations) : destination => distinct(flatten([
    for route in var.routes : [for name, queues in local.source_queues : queues if contains([name, "*"], route.source)]
    if contains(route.destinations, destination)
  ])) }

  # Each destination of an event is tried at times of its own, and where those differ, each try takes a
  # receive. Of a FIFO queue it takes one from all records of the group that came with it. SQS must not
  # make a dead letter of what the worker is still trying.
  receives = { for name, queue in local.queues : name => {
    tries  = queue.max_attempts * max(1, [for source, queues in local.source_queues : local.most_destinations[source] if contains(queues, name)]...)
    before = queue.fifo ? queue.batch_size - 1 : 0
  } }

  receive_mistakes = [for name, it in local.receives :
    format(
      "queues.%s: max_receives is %d, but must be at least %d: an event that waits there may be tried %d times (max_attempts for each destination, at times of its own)%s, and SQS would make a dead letter of what the worker is still trying. Raise it, to %d at most, or lower %s.",
      name, local.queues[name].max_receives, it.tries * (it.before + 1), it.tries,
      it.before > 0 ? ", and so may each of the ${it.before} of its group that are received with it and come before it" : "",
      local.queue_ranges.max_receives[1], it.before > 0 ? "max_attempts or batch_size" : "max_attempts",
    )
    if local.queues[name].max_receives < it.tries * (it.before + 1)
  ]

  # A pace is parted among all worker environments that may deliver, so it must be said how many those are.
  # A share that has a turn less often than an invocation is long cannot be kept: Lambda may choose another
  # environment for the next batch, which knows nothing of it.
  environments = { for name, queues in local.destination_queues : name => sum(concat([0], [for queue in queues : try(local.queues[queue].maximum_concurrency, 0)])) }

  rate_mistakes = concat(local.rates_without_concurrency, [for name, destination in var.destinations :
    "destinations.${name}: rate is ${destination.rate} deliveries per second, which is one in ${ceil(local.environments[name] / destination.rate)} seconds for each of the ${local.environments[name]} worker environments that may deliver there (maximum_concurrency of its events' queues), but must be one in at most ${local.longest_delivery}: less often than an invocation is long (worker_timeout is ${var.worker_timeout}), no environment can keep it. Lower maximum_concurrency, or raise rate or worker_timeout."
    if try(local.environments[name] / destination.rate > local.longest_delivery, false)
  ])

  rates_without_concurrency = flatten([for name, destination in var.destinations : [for queue in local.destination_queues[name] :
    "destinations.${name}: rate is ${destination.rate} deliveries per second, to be parted among the worker environments; events of queues.${queue} may go there: say its maximum_concurrency."
    if try(var.queues[queue].maximum_concurrency == null, false)
  ] if destination.rate != null])
}
