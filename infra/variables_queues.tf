variable "queues" {
  description = "Queues in which events wait, by name. Each queue has a dead-letter queue of its own. Give a source, or some of its event types, a queue of its own to isolate it from other traffic. Removing a queue, or changing its fifo, deletes the messages in it: let it drain first."
  type = map(object({
    # Whether the queue is FIFO, which keeps the events of a message group in order: an event that must be retried
    # holds up the later events of its group, but no other group. Needs an ordering_key.
    fifo = optional(bool, false)
    # JMESPath expression over source, type, headers, query and body, such as "body.data.envelopeId". Only for a FIFO
    # queue. Its result is the message group; an event without a result is a group of its own and is counted as
    # unordered.
    ordering_key = optional(string)
    # Attempts per destination before an event is dead-lettered, from 1 to 100.
    max_attempts = optional(number, 10)
    # Exponential backoff with full jitter: the delay after attempt n is random, between 0 and
    # min(cap, base * factor^(n - 1)) seconds.
    backoff = optional(object({
      # Upper limit of the first delay in seconds, above 0.
      base = optional(number, 2)
      # Factor by which the upper limit grows with each attempt, from 1 to 10.
      factor = optional(number, 3)
      # Upper limit of all delays in seconds: at least base, and at most 39600 (11 hours).
      cap = optional(number, 900)
    }), {})
    # Worker Lambda environments that process this queue at the same time, from 2 to 1000; null means an equal share of
    # what account_concurrency leaves, from 2 to 10. All queues together may have four fifths of account_concurrency.
    # Required if an event of this queue may be delivered to a destination with a rate limit.
    maximum_concurrency = optional(number)
    # Receives after which SQS itself dead-letters a message that the worker never finished, from 1 to 1000; null means
    # 100, or 1000 for a FIFO queue. Receives without an attempt (throttled, not yet due, leased by another worker)
    # count too, so keep it far above max_attempts. At least max_attempts for each destination that an event may have,
    # because destinations are retried independently. For a FIFO queue at least batch_size times that, because the
    # messages of a group are received together and all but the first may have to wait.
    max_receives = optional(number)
    # Messages that a worker Lambda receives in one batch, from 1 to 10.
    batch_size = optional(number, 10)
  }))
  default  = { default = {} }
  nullable = false

  validation {
    condition     = length(var.queues) > 0
    error_message = "queues is empty, but every source needs a queue. Omit it for one queue named \"default\"."
  }

  validation {
    # At most 32 characters, so that the longest queue name, {name}-{queue}-dead.fifo, stays below the 80 that SQS
    # allows. A name that ends in `-dead` could be that of another queue's dead-letter queue.
    condition = alltrue([for name in keys(var.queues) : can(regex("^[a-z0-9][a-z0-9_-]{0,31}$", name)) && !endswith(name, "-dead")])
    error_message = format("queues: these names must be 1 to 32 lower-case letters, digits, _ and -, starting with a letter or digit and not ending in -dead: %s.",
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

  # A queue that sets none has at least 2.
  validation {
    condition     = sum(concat([0], [for queue in var.queues : coalesce(queue.maximum_concurrency, local.queue_ranges.maximum_concurrency[0])])) <= local.worker_concurrency
    error_message = "queues: the sum of maximum_concurrency is ${sum(concat([0], [for queue in var.queues : coalesce(queue.maximum_concurrency, local.queue_ranges.maximum_concurrency[0])]))}, with ${local.queue_ranges.maximum_concurrency[0]}, the least that AWS accepts, for each queue that sets none. It must be at most ${local.worker_concurrency}, because ingest needs ${local.ingest_concurrency} of account_concurrency = ${var.account_concurrency}, a fifth, or what is reserved for it. Ask AWS for more (Service Quotas, lambda, L-B99A9384) and raise account_concurrency, lower maximum_concurrency, or use fewer queues."
  }

  validation {
    condition = alltrue([for queue in var.queues : try(queue.max_receives >= queue.max_attempts, queue.max_receives == null)])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: max_receives is ${queue.max_receives}, but must be at least max_attempts (${queue.max_attempts}): every attempt uses up a receive, and SQS would dead-letter an event that the worker is still trying to deliver."
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
    condition = alltrue([for queue in var.queues : queue.backoff.cap <= local.max_backoff])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: backoff.cap is ${queue.backoff.cap} seconds, but must be at most ${local.max_backoff} (11 hours): SQS hides a message for at most 12 hours in total."
      if queue.backoff.cap > local.max_backoff
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues :
      sum(concat([0], [for n in range(queue.max_attempts - 1) : min(queue.backoff.cap, queue.backoff.base * pow(queue.backoff.factor, n))])) <= local.queue_retention / 2
    ])
    error_message = join("\n", [for name, queue in var.queues :
      "queues.${name}: ${queue.max_attempts} attempts with backoff up to ${queue.backoff.cap} seconds can take longer than ${local.queue_retention / 2} seconds, half of the retention period of the queue (${local.queue_retention / local.day} days). Lower max_attempts or backoff.cap."
      if sum(concat([0], [for n in range(queue.max_attempts - 1) : min(queue.backoff.cap, queue.backoff.base * pow(queue.backoff.factor, n))])) > local.queue_retention / 2
    ])
  }

  validation {
    condition = alltrue([for queue in var.queues : queue.fifo == (queue.ordering_key != null)])
    error_message = join("\n", [for name, queue in var.queues :
      queue.fifo ?
      "queues.${name}: fifo = true needs an ordering_key, which puts events into message groups, such as \"body.data.envelopeId\"." :
      "queues.${name}: ordering_key is valid only for a FIFO queue: set fifo = true, or remove ordering_key."
      if queue.fifo != (queue.ordering_key != null)
    ])
  }
}
