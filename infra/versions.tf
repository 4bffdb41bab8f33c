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

# Credentials, region and endpoint come from the environment: AWS_PROFILE, AWS_REGION and, for an emulator,
# AWS_ENDPOINT_URL.
provider "aws" {
  default_tags {
    tags = merge({ application = "catchment", stack = var.name }, var.tags)
  }
}
