# Where the packages come from, and what is refused as one. The runs only plan, with the real provider and without AWS.

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

variables {
  name    = "test"
  sources = { shop = { provider = "stripe" } }
  package = {
    version = "1.2.3"
    bucket  = "releases"
    sha256 = {
      ingest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      worker = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }
}

run "takes_the_versions_of_the_objects_that_were_checked" {
  command = plan

  override_data {
    target = data.aws_s3_object.package
    values = { version_id = "checked", checksum_sha256 = "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=" }
  }

  assert {
    condition = alltrue([for name, function in aws_lambda_function.function :
      function.s3_bucket == "releases" &&
      function.s3_key == "catchment/1.2.3/${name}-lambda-arm64.zip" &&
      function.s3_object_version == "checked" &&
      function.source_code_hash == "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=" &&
      function.filename == null
    ])
    error_message = "A function takes something else: ${jsonencode(aws_lambda_function.function["ingest"])}"
  }
}

run "refuses_another_object_such_as_a_saved_error_page" {
  command = plan
  override_data {
    target = data.aws_s3_object.package
    values = { version_id = "checked", checksum_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  }
  expect_failures = [aws_lambda_function.function["ingest"], aws_lambda_function.function["worker"]]
}

run "refuses_an_object_whose_hash_s3_does_not_know" {
  command = plan
  override_data {
    target = data.aws_s3_object.package
    values = { version_id = "checked", checksum_sha256 = "" }
  }
  expect_failures = [aws_lambda_function.function["ingest"], aws_lambda_function.function["worker"]]
}

run "refuses_an_object_that_may_change_after_the_check" {
  command = plan
  override_data {
    target = data.aws_s3_object.package
    values = { version_id = "null", checksum_sha256 = "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=" }
  }
  expect_failures = [aws_lambda_function.function["ingest"], aws_lambda_function.function["worker"]]
}

run "takes_local_zips_with_the_hash_of_the_release" {
  command = plan
  variables {
    ingest_zip = "tests/package.zip"
    worker_zip = "tests/package.zip"
    package    = { version = "1.2.3", sha256 = { ingest = filesha256("tests/package.zip"), worker = filesha256("tests/package.zip") } }
  }

  # The hash that the configuration has is converted to base64, which Terraform computes here.
  assert {
    condition     = alltrue([for function in aws_lambda_function.function : function.source_code_hash == filebase64sha256("tests/package.zip")])
    error_message = "The hash is ${aws_lambda_function.function["ingest"].source_code_hash}."
  }
}

run "refuses_a_local_zip_with_another_hash" {
  command = plan
  variables {
    ingest_zip = "tests/package.zip"
    worker_zip = "tests/package.zip"
    package    = { version = "1.2.3", sha256 = { ingest = filesha256("versions.tf"), worker = filesha256("tests/package.zip") } }
  }
  expect_failures = [aws_lambda_function.function["ingest"]]
}

# Even with the hash of it.
run "refuses_a_local_file_that_is_no_zip" {
  command = plan
  variables {
    ingest_zip = "tests/package.zip"
    worker_zip = "versions.tf"
    package    = { version = "1.2.3", sha256 = { ingest = filesha256("tests/package.zip"), worker = filesha256("versions.tf") } }
  }
  expect_failures = [aws_lambda_function.function["worker"]]
}

run "refuses_a_version_with_the_v_of_its_tag" {
  command = plan
  variables {
    package = { version = "v1.2.3", bucket = "releases", sha256 = { ingest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", worker = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } }
  }
  expect_failures = [var.package]
}

run "refuses_a_hash_in_base64" {
  command = plan
  variables {
    package = { version = "1.2.3", bucket = "releases", sha256 = { ingest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", worker = "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=" } }
  }
  expect_failures = [var.package]
}

run "refuses_the_url_of_a_bucket" {
  command = plan
  variables {
    package = { version = "1.2.3", bucket = "s3://releases", sha256 = { ingest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", worker = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } }
  }
  expect_failures = [var.package]
}

run "refuses_a_prefix_that_is_not_a_folder" {
  command = plan
  variables {
    package = { version = "1.2.3", bucket = "releases", prefix = "/catchment", sha256 = { ingest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", worker = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } }
  }
  expect_failures = [var.package]
}

run "refuses_a_bucket_and_a_local_zip" {
  command = plan
  variables {
    ingest_zip = "tests/package.zip"
  }
  expect_failures = [var.package]
}

run "refuses_a_release_of_which_it_does_not_know_the_zips" {
  command = plan
  variables {
    ingest_zip = "tests/package.zip"
    package    = { version = "1.2.3", sha256 = { ingest = filesha256("tests/package.zip"), worker = filesha256("tests/package.zip") } }
  }
  expect_failures = [var.package]
}
