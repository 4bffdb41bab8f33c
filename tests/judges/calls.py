"""Reads a record of MiniStack's calls as AWS's service models describe them.

moto's router finds the operation, and its parser the parameters, both from botocore's models.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

# The name that a service signs with, where its model has another.
MODELS = {"monitoring": "cloudwatch", "apigateway": "apigatewayv2"}


@dataclass
class Call:
    """One call: who made it, which operation it asked for, and with what."""

    role: str | None
    agent: str
    service: str
    region: str
    operation: str
    shape: object
    params: dict


def read(path):
    """All calls of a record, in their order."""
    with open(path, encoding="utf-8") as record:
        return [parse(json.loads(line)) for line in record]


def parse(call):
    """What a recorded request asks for. An unknown operation is an error: nothing goes unjudged."""
    service = MODELS.get(call["service"], call["service"])
    headers, body = call["headers"], call["body"]
    url = f"http://{headers['host']}{call['path']}?{call['query']}"
    request = Request.from_primitives(call["method"], url, headers, body.encode())
    request.environ["RAW_URI"] = call["path"]
    operation, url_params = get_service_router(service).match(request)
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    params = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "body": body,
            "headers": request.headers,
            "method": call["method"],
            "url_params": url_params,
            "url_path": urlsplit(url).path,
            "values": request.values,
        }
    )
    return Call(
        role=call["role"],
        agent=headers.get("user-agent", ""),
        service=service,
        region=call["region"],
        operation=operation.name,
        shape=operation.input_shape,
        params=params,
    )
