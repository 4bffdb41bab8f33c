# Variables of keys, roles and networks: what an organisation prescribes for everything that it runs in AWS.

variable "kms_key_arn" {
  description = "ARN of a customer managed KMS key that encrypts everything this stack keeps: bucket, queues, ledger, secrets, alarm topic, log groups, and the environment variables of both Lambdas. If null, AWS's own keys do. The key policy must allow what docs/operate/encryption.md lists, and the key must stay as long as anything that it encrypted: without it, the events cannot be read."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex(local.key_pattern, var.kms_key_arn))
    error_message = "kms_key_arn is \"${coalesce(var.kms_key_arn, "-")}\", but must be a key's ARN, not that of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "vpc" {
  description = "VPC of the worker Lambda, which it needs to deliver to private addresses; null for none. In a VPC, the worker reaches AWS services and public destinations only by the endpoints and the NAT gateway of that VPC: see docs/operate/vpc.md. The ingest Lambda is never in a VPC."
  type = object({
    # IDs of private subnets, at least one. Two in different availability zones survive the loss of one.
    subnet_ids = set(string)
    # IDs of the security groups of the worker, at least one and at most 5. They must let it connect to the endpoints
    # and to the destinations. Nothing connects to the worker.
    security_group_ids = set(string)
  })
  default = null

  validation {
    condition     = var.vpc == null || try(length(var.vpc.subnet_ids) >= 1 && length(var.vpc.subnet_ids) <= 16 && alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))]), false)
    error_message = "vpc.subnet_ids must be 1 to 16 IDs of subnets, subnet-…."
  }

  validation {
    condition     = var.vpc == null || try(length(var.vpc.security_group_ids) >= 1 && length(var.vpc.security_group_ids) <= 5 && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))]), false)
    error_message = "vpc.security_group_ids must be 1 to 5 IDs of security groups, sg-…."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the IAM policy that bounds the permissions of every role of this stack; null for none. What it does not allow fails, whatever the roles have."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\\x21-\\x7e]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is \"${coalesce(var.permissions_boundary_arn, "-")}\", but must be the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "role_path" {
  description = "IAM path of every role and managed policy of this stack, such as /catchment/. A change replaces the roles, and meanwhile no webhook is accepted and none delivered: choose it before the first apply."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([\\x21-\\x2e\\x30-\\x7e]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path is \"${var.role_path}\", but must be / or begin and end with it, such as /catchment/, with at most 512 printable characters and no empty part."
  }
}

variable "tracing" {
  description = "Whether both Lambdas send traces to AWS X-Ray."
  type        = bool
  default     = false
  nullable    = false
}
