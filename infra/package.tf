# The package of each function: a local zip, or a version of an object in a release's bucket.
#
# Whatever it is, its hash is known and checked at plan, before anything changes. So an error page that was saved under the
# name of a zip is never deployed.

# S3 computed the checksum itself when the zip was uploaded.
data "aws_s3_object" "package" {
  for_each = try(var.package.bucket, null) == null ? {} : local.built_zips

  bucket        = var.package.bucket
  key           = "${var.package.prefix}${var.package.version}/${each.key}-lambda-${var.architecture}.zip"
  checksum_mode = "ENABLED"
}

locals {
  built_zips = {
    ingest = "${path.module}/../target/lambda/ingest-lambda/bootstrap.zip"
    worker = "${path.module}/../target/lambda/worker-lambda/bootstrap.zip"
  }
  local_zips = try(var.package.bucket, null) != null ? {} : {
    ingest = coalesce(var.ingest_zip, local.built_zips.ingest)
    worker = coalesce(var.worker_zip, local.built_zips.worker)
  }

  package_patterns = {
    # SemVer, as the release's tag has it after the `v`.
    version = "^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$"
    sha256  = "^[0-9a-f]{64}$"
    bucket  = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
    # Nothing, or folders.
    prefix = "^([A-Za-z0-9!_.*'()-]+/)*$"
  }

  # The hashes that the configuration wants, in base64 as AWS has them. Terraform has no function for that: three
  # hexadecimal digits are two digits of base64. The 64 digits are filled up to 66, for which base64 has `=`.
  base64_digits = split("", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  package_hashes = { for name, sha256 in try(var.package.sha256, {}) : name => format("%s=", regex("^.{43}", join("", [
    for three in regexall("[0-9a-f]{3}", "${sha256}00") :
    "${local.base64_digits[floor(parseint(three, 16) / 64)]}${local.base64_digits[parseint(three, 16) % 64]}"
  ]))) }

  # What aws_lambda_function takes, and why it must not, if so.
  packages = { for name in keys(local.built_zips) : name => {
    zip     = try(local.local_zips[name], null)
    bucket  = try(data.aws_s3_object.package[name].bucket, null)
    key     = try(data.aws_s3_object.package[name].key, null)
    version = try(data.aws_s3_object.package[name].version_id, null)
    hash    = try(local.package_hashes[name], filebase64sha256(local.local_zips[name]), null)
    problem = coalesce(
      try(local.zip_problems[name], null),
      try(local.object_problems[name], null),
      "none",
    )
  } }

  # A zip begins with the bytes 50 4B 03 04, in base64 UEsDB and more.
  zip_problems = { for name, zip in local.local_zips : name => (
    !fileexists(zip) ? "There is no Lambda package at ${abspath(zip)}. Build both packages in the repository's root:\n\n  cargo lambda build --release --output-format zip ${local.build_flags[var.architecture]} -p ingest-lambda -p worker-lambda\n\nor set ${name}_zip to its path." :
    !startswith(filebase64(zip), "UEsDB") ? "${abspath(zip)} is not a zip. If it was downloaded, it may be an error page." :
    filebase64sha256(zip) != try(local.package_hashes[name], filebase64sha256(zip)) ? "${abspath(zip)} has the SHA-256 ${filesha256(zip)}, but package.sha256.${name} is ${var.package.sha256[name]}. It is another version, or damaged." : null
  ) }

  object_problems = { for name, object in data.aws_s3_object.package : name => (
    contains(["", "null"], coalesce(object.version_id, "null")) ? "s3://${object.bucket}/${object.key} has no version. Enable the versioning of ${object.bucket} and upload the zip again, so that what is checked is what is deployed." :
    coalesce(object.checksum_sha256, "none") == "none" ? "s3://${object.bucket}/${object.key} has no SHA-256. Upload it with `aws s3api put-object --checksum-algorithm SHA256`." :
    object.checksum_sha256 != local.package_hashes[name] ? "s3://${object.bucket}/${object.key} has the SHA-256 ${object.checksum_sha256} (in base64), but package.sha256.${name} is ${var.package.sha256[name]}, which is ${local.package_hashes[name]}. It is another version, damaged, or an error page." : null
  ) }
}
