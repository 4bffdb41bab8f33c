# Each run breaks one rule for inline schemes, replies and handshakes (schemes.tf) and expects the refusal.

# The runs only plan, with the real provider and without AWS. Terraform cannot mock a provider if the module has an
# ephemeral resource, such as the password of the signing secrets.

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
  name       = "test"
  ingest_zip = "tests/package.zip" # Any zip will do, because nothing is uploaded.
  worker_zip = "tests/package.zip"
  sources    = { shop = { provider = "stripe" } }
}

# Each source is valid, with values at their limits.
run "accepts_schemes_at_their_limits" {
  command = plan
  variables {
    sources = {
      least  = { provider = "hmac", scheme = { header = "x" } }
      token  = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8", query = null } }
      basic  = { provider = "custom", scheme = { header = "authorization", prefix = ["Basic "], algorithm = "token", encoding = "base64" } }
      form   = { provider = "custom", scheme = { header = "x", algorithm = "hmac-sha1", encoding = "base64", content = "{url}{sorted_form}" } }
      hash   = { provider = "custom", scheme = { query = "s", algorithm = "sha256", content = "{secret}{method}{url}{body}" } }
      crc    = { provider = "custom", scheme = { body = "a.b || c-d", algorithm = "rsa-sha256", encoding = "base64", content = "{body_crc32}", body_unsigned = true, secret = { encoding = "pem" } } }
      point  = { provider = "custom", scheme = { header = "x", algorithm = "ecdsa-p256-sha256-fixed", secret = { encoding = "jwk" } } }
      in_it  = { provider = "custom", scheme = { header = "x", fields = { t = { body = "t" } }, timestamp = { field = "t", tolerance = 0, unit = "rfc3339", direction = "past" } } }
      places = { provider = "custom", scheme = { header = "x-*", separator = ",", entry = 0, content = "{id}{body}", fields = { id = { param = "id", path = false } }, secret = { strip_prefix = "whsec_", encoding = "base64", unprefixed = "refused" } }, params = { id = "1" } }
      answers = {
        provider = "custom", scheme = { header = "x" }, methods = ["POST", "PUT"], params = { token = "t" }, enroll = true
        reply    = { status = 299, text = "{id}", headers = { x-id = "{id}" }, fields = { id = { header = "id" } } }
        handshakes = [
          { title = "a", method = "GET", when = [{ query = "c" }, { header = "x", absent = true }], token = { query = "t", equals_param = "token" }, fields = { c = { query = "c" } }, mac = { of = "c" }, reply = { json = { c = "{c}{mac}" } } },
          { title = "b", when = [{ body = "type", is = "ping" }], verified = false, fields = { secret_offered = { header = "y" } }, reply = { status = 200, empty = true }, then = "enroll" },
        ]
      }
    }
  }
}

run "refuses_a_signature_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { encoding = "hex" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_signature_with_two_locations" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", query = "y" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_signature_in_a_header_without_a_name" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_path_false_as_the_only_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { path = false } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_body_path_with_an_index" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { body = "data[0].signature" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_algorithm" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "md5" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", encoding = "base32" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_utf8_for_a_signature_that_is_not_a_token" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", encoding = "utf8" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_token_in_hex" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_secret_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { encoding = "raw" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_utf8_for_a_public_key" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "ed25519" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_pem_for_an_hmac_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { encoding = "pem" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_encoding_of_unprefixed_secrets" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { strip_prefix = "whsec_", unprefixed = "raw" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_unprefixed_without_strip_prefix" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { unprefixed = "refused" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_timestamp_unit" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", unit = "days" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_timestamp_direction" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", direction = "future" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_negative_tolerance" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", tolerance = -1 } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_fractional_tolerance" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", tolerance = 0.5 } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unsigned_timestamp" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_timestamp_in_an_unsigned_body" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{id}", body_unsigned = true, fields = { id = { header = "id" }, t = { body = "t" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_timestamp_without_its_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_timestamp_for_a_token" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token", encoding = "utf8", fields = { t = { body = "t" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_empty_separator" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = "" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_negative_entry" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = ",", entry = -1 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_fractional_entry" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = ",", entry = 0.5 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_entry_without_a_separator" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", entry = 1 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_empty_separator_of_a_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y", separator = "" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_field_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = {} } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_field_with_two_locations" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y", query = "z" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_field_with_the_name_of_a_variable" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { url = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_field_with_a_missing_param" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { id = { param = "webhook_id" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unused_param" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, params = { webhook_id = "4JH8" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_field_in_content" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unclosed_brace_in_content" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{body}.{t", fields = { t = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_content_without_the_body" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}", fields = { t = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_body_unsigned_with_the_body_in_content" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", body_unsigned = true } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_content_for_a_token" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token", encoding = "utf8", content = "{url}{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_plain_hash_without_the_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "sha256" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_the_secret_in_content_of_an_hmac" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{secret}{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_method" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, methods = ["PSOT"] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_empty_methods" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, methods = [] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_reply_status_above_299" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 401 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_reply_status_below_200" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 199 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_fractional_reply_status" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 200.5 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_reply_with_two_bodies" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { text = "ok", empty = true } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_field_in_the_text_of_a_reply" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { text = "{id}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_field_in_a_header_of_a_reply" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { headers = { x-id = "{id}" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_field_in_the_json_of_a_reply" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { json = { id = "{id}" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_invalid_header_name_in_a_reply" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { headers = { "x id" = "y" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_handshake_with_an_unknown_method" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", method = "get", when = [{ query = "challenge" }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_handshake_without_conditions" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_condition_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ is = "y" }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_condition_with_is_and_absent" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ header = "y", is = "z", absent = true }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_token_check_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], token = { equals_param = "token" }, reply = {} }], params = { token = "t" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_token_check_with_a_missing_param" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], token = { query = "t", equals_param = "token" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_handshake_field_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = {} }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_unknown_field_in_a_handshake_reply" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = { text = "{challenge}" } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_mac_in_a_handshake_reply_without_a_mac" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, reply = { text = "{mac}" } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_handshake_reply_with_two_bodies" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = { text = "ok", json = { ok = "ok" } } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_mac_of_an_unknown_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], mac = { of = "challenge" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_mac_with_an_unknown_algorithm" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, mac = { of = "challenge", algorithm = "md5" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_mac_with_an_unknown_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, mac = { of = "challenge", encoding = "utf8" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_an_action_other_than_enroll" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = {}, then = "confirm-subscription" }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_enroll_without_the_field_of_the_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = {}, then = "enroll" }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "refuses_a_reply_field_without_a_location" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { fields = { id = {} } } } }
  }
  expect_failures = [aws_s3_object.config]
}
