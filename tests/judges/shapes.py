"""Judges what Terraform sends to AWS by botocore's service models.

    python shapes.py RECORD

Every call of the Terraform provider in the record is parsed and compared with its operation's model: required
parameters, lengths, patterns, ranges and enumerations. limits.py has what the models leave out. Prints a JSON object:
how many calls of each operation were judged, and what AWS would refuse.
"""

import json
import re
import sys
from collections import Counter, defaultdict

import calls
import limits

# Shapes of API Gateway have their limits in their names only.
IN_NAME = re.compile(r"(?:String|Uri|Integer)With(?:Length)?Between(\d+)And(\d+)$")


def judge(of_terraform):
    """What AWS would refuse, each with the operation and the parameter's path."""
    errors = []
    for call in of_terraform:
        at = f"{call.service}.{call.operation}"
        if call.shape is not None:
            errors += structure(call.shape, call.params, at)
    return errors + policies(of_terraform)


def value(shape, it, at):
    """Errors of a parameter and all below it."""
    errors = beyond_model(at, it)
    if shape.type_name == "structure":
        return errors + structure(shape, it, at)
    if shape.type_name == "list":
        errors += length(shape, len(it), at, "items")
        return errors + [error for n, item in enumerate(it) for error in value(shape.member, item, f"{at}[{n}]")]
    if shape.type_name == "map":
        errors += length(shape, len(it), at, "entries")
        for key, item in it.items():
            errors += value(shape.key, key, f"{at}[{key}] (key)") + value(shape.value, item, f"{at}[{key}]")
        return errors
    if shape.type_name == "string":
        return errors + string(shape, it, at)
    if shape.type_name in ("integer", "long", "float", "double"):
        return errors + length(shape, float(it), at, "as value")
    if shape.type_name == "blob":
        return errors + length(shape, len(it), at, "bytes")
    return errors


def structure(shape, it, at):
    missing = [f"{at}.{name} is missing" for name in shape.required_members if it.get(name) is None]
    given = [(name, item) for name, item in it.items() if item is not None]
    return missing + [error for name, item in given for error in value(shape.members[name], item, f"{at}.{name}")]


def string(shape, it, at):
    errors = length(shape, len(it), at, "characters")
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not re.search(as_python(pattern), it):
        errors.append(f"{at} is {it!r}, which does not match {pattern}")
    if enum and it not in enum:
        errors.append(f"{at} is {it!r}, which is none of {enum}")
    return errors


def length(shape, count, at, unit):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    named = IN_NAME.search(shape.name)
    if named:
        low, high = map(int, named.groups())
    if (low is None or count >= low) and (high is None or count <= high):
        return []
    return [f"{at} has {count:g} {unit}, outside {low} to {high}"]


def as_python(pattern):
    """A pattern of Java for Python, anchored as AWS anchors it."""
    pattern = pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s")
    return rf"\A(?:{pattern})\Z"


def beyond_model(at, it):
    """Errors by the limits that only the documentation has."""
    errors = []
    keys = {at, re.sub(r"^(\w+)\.\w+\.", r"\1.*.", at)}
    for key in keys & limits.PATTERNS.keys():
        if not re.fullmatch(limits.PATTERNS[key], str(it)):
            errors.append(f"{at} is {it!r}, which does not match {limits.PATTERNS[key]}")
    for key in keys & limits.RANGES.keys():
        low, high = limits.RANGES[key]
        if not low <= float(it) <= high:
            errors.append(f"{at} is {it}, outside {low} to {high}")
    return errors


def policies(of_terraform):
    """Policies that are longer than IAM's quotas, which count what all policies of a role have together."""
    errors, inline = [], defaultdict(dict)
    for call in of_terraform:
        if call.operation == "PutRolePolicy":
            inline[call.params["RoleName"]][call.params["PolicyName"]] = call.params["PolicyDocument"]
        one = {
            "CreatePolicy": ("PolicyDocument", limits.MANAGED_POLICY),
            "CreateRole": ("AssumeRolePolicyDocument", limits.TRUST_POLICY),
        }.get(call.operation)
        if call.service == "iam" and one:
            name, most = one
            count = limits.characters(call.params[name])
            errors += [f"iam.{call.operation}.{name} has {count} characters, over {most}"] * (count > most)
    for role, documents in inline.items():
        count = sum(map(limits.characters, documents.values()))
        if count > limits.ROLE_INLINE_POLICIES:
            errors.append(f"the inline policies of {role} have {count} characters, over {limits.ROLE_INLINE_POLICIES}")
    return errors


if __name__ == "__main__":
    of_terraform = [call for call in calls.read(sys.argv[1]) if "terraform" in call.agent.lower()]
    judged = Counter(f"{call.service}.{call.operation}" for call in of_terraform)
    print(json.dumps({"judged": judged, "errors": sorted(set(judge(of_terraform)))}, indent=1))
