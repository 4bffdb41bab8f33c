# Where the packages of both functions come from, if not from a build on this machine.

variable "package" {
  description = "Release that both functions run, so that nothing has to be built. Its zips lie in an S3 bucket, or are local files that ingest_zip and worker_zip name. If null, these are the zips that `cargo lambda build` wrote."
  type = object({
    # Version of the release, such as 0.1.0.
    version = string
    # SHA-256 of each zip, in 64 hexadecimal digits, as the release's SHA256SUMS has it. Nothing else is deployed.
    sha256 = object({
      ingest = string
      worker = string
    })
    # Name of an S3 bucket in the stack's region, with versioning. If null, the zips are local files.
    bucket = optional(string)
    # What comes before the keys of the zips in the bucket, which are VERSION/ingest-lambda-ARCHITECTURE.zip and
    # VERSION/worker-lambda-ARCHITECTURE.zip.
    prefix = optional(string, "catchment/")
  })
  default = null

  validation {
    condition     = can(regex(local.package_patterns.version, var.package.version)) || var.package == null
    error_message = "package.version is \"${try(var.package.version, "")}\", but must be a version such as 0.1.0."
  }
  validation {
    condition = alltrue([for name, sha256 in try(var.package.sha256, {}) : can(regex(local.package_patterns.sha256, sha256))])
    error_message = format("package.sha256.%s must be 64 hexadecimal digits in lower case, as the release's SHA256SUMS has them.",
      join(", ", [for name, sha256 in try(var.package.sha256, {}) : name if !can(regex(local.package_patterns.sha256, sha256))]),
    )
  }
  validation {
    condition     = try(var.package.bucket, null) == null || can(regex(local.package_patterns.bucket, var.package.bucket))
    error_message = "package.bucket is \"${coalesce(try(var.package.bucket, null), "null")}\", but must be the name of an S3 bucket, not a URL."
  }
  validation {
    condition     = can(regex(local.package_patterns.prefix, var.package.prefix)) || var.package == null
    error_message = "package.prefix is \"${try(var.package.prefix, "")}\", but must be empty, or end with a slash and not begin with one."
  }
  validation {
    condition     = try(var.package.bucket, null) == null || (var.ingest_zip == null && var.worker_zip == null)
    error_message = "package.bucket excludes ingest_zip and worker_zip: a zip comes from the bucket or from a local file."
  }
  validation {
    condition     = var.package == null || try(var.package.bucket, null) != null || (var.ingest_zip != null && var.worker_zip != null)
    error_message = "package has no bucket, so ingest_zip and worker_zip must be the paths of its zips on this machine."
  }
}
