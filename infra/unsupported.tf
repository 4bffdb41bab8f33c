# What the types of the variables allow, because the design has it, and this release does not do
# yet. It is refused at plan rather than silently ignored; the release that brings it deletes its
# entry here (see the validations that read this in variables_*.tf).
locals {
  not_supported_yet = {
    queues = ["fifo", "ordering_key"]
  }

  # An attribute that asks for nothing is no use of it: `fifo = false` is the same as leaving it out.
  asks_for_nothing = ["null", "false", "[]", "{}"]
}
