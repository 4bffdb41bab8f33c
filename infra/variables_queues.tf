variable "queues" {
  description = <<-EOT
    Queues by name; each gets a dead-letter queue of its own. Give a source, or some of its event types, a queue of its own so that nothing else holds it up. Taking a queue out, or changing its fifo, deletes what waits in it: let it run empty first.
    - fifo: true to keep events in order, group by group: one that must be tried again holds up what comes behind it in its group, and no other group. It needs an ordering_key.
    - ordering_key: JMESPath over source, type, headers, query and body, such as "body.data.envelopeId"; what it gives is the group of an event. One for which it gives nothing is a group of its own, and counted as unordered.
    - max_attempts: deliveries tried before an event becomes a dead letter.
    - backoff: seconds before the next attempt, at most min(cap, base * factor^n) after attempt n + 1; the actual wait is random below that.
    - maximum_concurrency: worker Lambdas working on this queue at a time, 10 unless said. It must be said where a destination of its events has a rate.
    - max_receives: receives after which SQS itself makes a dead letter of what the worker never finished, 100 unless said, and 1000 for FIFO. A receive without an attempt (throttled, not yet due, claimed elsewhere) counts too, so leave it far above max_attempts. At least max_attempts for each destination that an event may have: each is tried at times of its own. For FIFO batch_size times that: records of a group are received together, and all but the first may wait.
    - batch_size: references that a worker Lambda takes at a time.
  EOT
  type = map(object({
    fifo         = optional(bool, false)
    ordering_key = optional(string)
    max_attempts = optional(number, 8)
    backoff = optional(object({
      base   = optional(number, 2)
      factor = optional(number, 2)
      cap    = optional(number, 900)
    }), {})
    maximum_concurrency = optional(number)
    max_receives        = optional(number)
    batch_size          = optional(number, 10)
  }))
  default  = { default = {} }
  nullable = false

  validation {
    condition     = length(var.queues) > 0
    error_message = "queues is empty, but every source needs one. Leave it out to have one named \"default\"."
  }

  validation {
    # 32 characters, so that the longest queue name, {name}-{queue}-dead.fifo, stays under SQS's 80;
    # `-dead` would be the name of another queue's dead-letter queue.
    condition = alltrue([for name in keys(var.queues) : can(regex("^[a-z0-9][a-z0-9_-]{0,31}$", name)) && !endswith(name, "-dead")])
    error_message = format("queues: these names must be 1 to 32 lower-case letters, digits, _ and -, beginning with a letter or digit and not ending in -dead: %s.",
      join(", ", [for name in keys(var.queues) : name if !can(regex("^[a-z0-9][a-z0-9_-]{0,31}$", name)) || endswith(name, "-dead")]),
    )
  }

  validation {
    condition = alltrue([for queue in var.queues : alltrue([
      for attribute, range in local.queue_ranges : try(queue[attribute] >= range[0] && queue[attribute] <= range[1] && floor(queue[attribute]) == queue[attribute], queue[attribute] == null)
    ])])
    error_message = join("\n", flatten([for name, queue in var.queues : [
      for attribute, range in local.queue_ranges :
      "queues.${name}: ${attribute} is ${queue[attribute]}, but must be a whole number from ${range[0]} to ${range[1]}."
      if try(queue[attribute] < range[0] || queue[attribute] > range[1] || floor(queue[attribute]) != queue[attribute], false)
    ]]))
  }

  validation {
    condition = alltrue([for queue in var.queues : try(queue.max_receives >= queue.max_attempts, queue.max_receives == null)])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: max_receives is ${queue.max_receives}, but must be at least max_attempts (${queue.max_attempts}): every attempt takes a receive, and SQS would make a dead letter of what the worker is still trying."
      if try(queue.max_receives < queue.max_attempts, false)
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues : queue.backoff.base > 0 && queue.backoff.factor >= 1 && queue.backoff.factor <= 10 && queue.backoff.cap >= queue.backoff.base])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: backoff is base ${queue.backoff.base}, factor ${queue.backoff.factor}, cap ${queue.backoff.cap}, but base must be above 0, factor from 1 to 10, and cap at least base."
      if queue.backoff.base <= 0 || queue.backoff.factor < 1 || queue.backoff.factor > 10 || queue.backoff.cap < queue.backoff.base
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues : queue.backoff.cap <= local.longest_backoff])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: backoff.cap is ${queue.backoff.cap} seconds, but must be at most ${local.longest_backoff} (11 hours): SQS hides a message for no more than 12 hours in all."
      if queue.backoff.cap > local.longest_backoff
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues :
      sum(concat([0], [for n in range(queue.max_attempts - 1) : min(queue.backoff.cap, queue.backoff.base * pow(queue.backoff.factor, n))])) <= local.queue_retention / 2
    ])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: ${queue.max_attempts} attempts with backoff up to ${queue.backoff.cap} seconds can take longer than ${local.queue_retention / 2} seconds, half of what SQS keeps a message for (${local.queue_retention / local.day} days). Lower max_attempts or backoff.cap."
      if sum(concat([0], [for n in range(queue.max_attempts - 1) : min(queue.backoff.cap, queue.backoff.base * pow(queue.backoff.factor, n))])) > local.queue_retention / 2
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues : queue.fifo == (queue.ordering_key != null)])
    error_message = join("\n", [for name, queue in var.queues :
      queue.fifo ?
      "queues.${name}: fifo = true needs an ordering_key, by which events are kept in order, such as \"body.data.envelopeId\"." :
      "queues.${name}: ordering_key is for a FIFO queue: set fifo = true, or take it away."
      if queue.fifo != (queue.ordering_key != null)
    ])
  }
}
