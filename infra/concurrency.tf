# How the Lambda functions share the concurrency of the account. Ingest must never starve: a webhook that it cannot take is
# refused, while a delivery can wait.
locals {
  # AWS demands that as many concurrent executions stay unreserved:
  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  min_unreserved_concurrency = 100

  # What ingest keeps: a fifth, or what is reserved for it if that is more. The queues share the rest.
  ingest_concurrency = max(ceil(var.account_concurrency / 5), coalesce(var.ingest_reserved_concurrency, 0))
  worker_concurrency = var.account_concurrency - local.ingest_concurrency

  # The default of a queue's maximum_concurrency: an equal share of what the other queues leave, from 2, the least that AWS
  # accepts, to 10.
  default_maximum_concurrency = max(local.queue_ranges.maximum_concurrency[0], min(10, floor(
    (local.worker_concurrency - sum(concat([0], [for queue in var.queues : queue.maximum_concurrency if queue.maximum_concurrency != null])))
    / max(1, length([for queue in var.queues : queue if queue.maximum_concurrency == null]))
  )))
}
