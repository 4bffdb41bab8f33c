terraform {
  # 1.11 introduced write-only arguments, which keep the signing secrets out of the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# There is no provider block: a module with one cannot be called with for_each, count, depends_on or providers. If the
# module is applied as the root, credentials, region and endpoint come from the environment: AWS_PROFILE, AWS_REGION and,
# for an emulator, AWS_ENDPOINT_URL.
