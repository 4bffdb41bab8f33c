# The worker in a VPC, which is how it reaches private addresses.
locals {
  # Lambda makes and removes the network interfaces with these permissions of the function's role. They have no narrower
  # resource: the two that list do not support one, and the interfaces do not exist yet.
  interface_actions = [
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
  ]

  # The largest size of these statements in the role's policies.
  interface_grants_size = 900

  # Whether the stack is on an emulator, whose functions run on this machine and reach its private addresses.
  emulated = contains(keys(var.environment), "AWS_ENDPOINT_URL")

  private_errors = [for name, http in local.destinations.http :
    "destinations.${name}: http.allow_private is true, but the worker reaches private addresses only in a VPC: set vpc, or remove allow_private. An emulator needs no VPC: set environment.AWS_ENDPOINT_URL to it."
    if http.allow_private && var.vpc == null && !local.emulated
  ]
}
