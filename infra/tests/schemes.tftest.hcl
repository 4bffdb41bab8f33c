# Each mistake in an inline scheme, reply or handshake on its own (schemes.tf), with all else right.

# Plans only, with the real provider and no AWS: Terraform cannot mock a provider once a module has
# an ephemeral resource, as the signing secrets' password is.

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
  ingest_zip = "versions.tf" # Any file that exists: nothing is uploaded.
  worker_zip = "versions.tf"
  sources    = { shop = { provider = "stripe" } }
}

# At the limits, still right.
run "nothing_wrong" {
  command = plan
  variables {
    sources = {
      least  = { provider = "hmac", scheme = { header = "x" } }
      token  = { provider = "custom", scheme = { path = true, algorithm = "token", encoding = "utf8", query = null } }
      basic  = { provider = "custom", scheme = { header = "authorization", prefix = ["Basic "], algorithm = "token", encoding = "base64" } }
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

run "scheme_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { encoding = "hex" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_with_two_places" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", query = "y" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_with_an_empty_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_path_false" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { path = false } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_body_is_no_path" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { body = "data[0].signature" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_algorithm" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "md5" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", encoding = "base32" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_encoding_for_tokens_only" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", encoding = "utf8" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_token_in_hex" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_secret_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { encoding = "raw" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_secret_is_no_public_key" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "ed25519" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_secret_is_a_public_key" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { encoding = "pem" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_secret_unprefixed" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { strip_prefix = "whsec_", unprefixed = "raw" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_secret_unprefixed_without_prefix" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", secret = { unprefixed = "refused" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_unit" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", unit = "days" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_direction" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", direction = "future" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_tolerance" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", tolerance = -1 } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_tolerance_not_whole" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}", fields = { t = { header = "y" } }, timestamp = { field = "t", tolerance = 0.5 } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_unsigned" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_in_an_unsigned_body" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{id}", body_unsigned = true, fields = { id = { header = "id" }, t = { body = "t" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_timestamp_of_a_token" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token", encoding = "utf8", fields = { t = { body = "t" } }, timestamp = { field = "t" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_separator_empty" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = "" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_entry_negative" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = ",", entry = -1 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_entry_not_whole" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", separator = ",", entry = 0.5 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_entry_without_separator" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", entry = 1 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_field_separator_empty" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y", separator = "" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_field_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = {} } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_field_with_two_places" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { t = { header = "y", query = "z" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_field_named_like_a_variable" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { url = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_field_param_missing" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", fields = { id = { param = "webhook_id" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_param_of_no_use" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, params = { webhook_id = "4JH8" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_unknown_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}.{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_unclosed" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{body}.{t", fields = { t = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_without_body" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{t}", fields = { t = { header = "y" } } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_body_unsigned_and_signed" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", body_unsigned = true } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_of_a_token" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "token", encoding = "utf8", content = "{url}{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_without_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", algorithm = "sha256" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "scheme_content_with_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x", content = "{secret}{body}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "methods_unknown" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, methods = ["PSOT"] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "methods_empty" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, methods = [] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_status_of_a_refusal" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 401 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_status_too_small" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 199 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_status_not_whole" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { status = 200.5 } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_of_two_kinds" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { text = "ok", empty = true } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_text" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { text = "{id}" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_header" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { headers = { x-id = "{id}" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_json" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { json = { id = "{id}" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_header_name" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { headers = { "x id" = "y" } } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_method" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", method = "get", when = [{ query = "challenge" }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_of_every_request" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_when_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ is = "y" }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_when_both" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ header = "y", is = "z", absent = true }], reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_token_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], token = { equals_param = "token" }, reply = {} }], params = { token = "t" } } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_token_without_param" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], token = { query = "t", equals_param = "token" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_field_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = {} }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_reply_unknown_field" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = { text = "{challenge}" } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_reply_without_mac" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, reply = { text = "{mac}" } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_reply_of_two_kinds" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = { text = "ok", json = { ok = "ok" } } }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_mac_of" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], mac = { of = "challenge" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_mac_algorithm" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, mac = { of = "challenge", algorithm = "md5" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_mac_encoding" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], fields = { challenge = { query = "challenge" } }, mac = { of = "challenge", encoding = "utf8" }, reply = {} }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_then" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = {}, then = "confirm-subscription" }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "handshake_enroll_without_secret" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, handshakes = [{ title = "it", when = [{ query = "challenge" }], reply = {}, then = "enroll" }] } }
  }
  expect_failures = [aws_s3_object.config]
}

run "reply_field_without_place" {
  command = plan
  variables {
    sources = { shop = { provider = "custom", scheme = { header = "x" }, reply = { fields = { id = {} } } } }
  }
  expect_failures = [aws_s3_object.config]
}
