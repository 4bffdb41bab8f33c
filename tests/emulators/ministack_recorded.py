"""Starts MiniStack so that the calls of Lambda functions and of Terraform are recorded.

    python ministack_recorded.py FILE

FILE gets one JSON object a line for each request of theirs. A function's calls name its role: each function has the
session of its role that MiniStack would give it if it checked every signature. Calls of the tests are left out.

It also keeps idle connections longer than its clients do, and does not take DeleteRouteSettings for DeleteStage.
"""

import json
import sys
from urllib.parse import parse_qs, unquote

import hypercorn.asyncio
import ministack.app
from ministack.core import lambda_runtime
from ministack.services import apigateway, lambda_svc

# Longer objects of S3, and longer strings of JSON such as a function's code, are left out.
MAX_LENGTH = 256 * 1024

# The record needs no signature.
LEFT_OUT = {"authorization", "x-amz-security-token"}

# Seconds. MiniStack closes an idle connection after 75, and Go's clients, Terraform among them, use one again for 90.
# If Hypercorn closes a connection at the moment in which a request arrives on it, it runs the request and sends no
# answer. The SDK then sends the request again, and a create fails because what it creates exists.
KEEP_IDLE = 3600

record = open(sys.argv.pop(1), "a", encoding="utf-8")
# The role of each access key.
roles = {}
answer = ministack.app.app
serve = hypercorn.asyncio.serve
handle_api = apigateway.handle_request
credentials = lambda_runtime.execution_credentials


def credentials_of_role(config):
    checks, ministack.app.AUTH = ministack.app.AUTH, True
    try:
        session = credentials(config)
    finally:
        ministack.app.AUTH = checks
    roles[session["AWS_ACCESS_KEY_ID"]] = config["Role"]
    return session


def text(body):
    if len(body) <= MAX_LENGTH:
        return body.decode("utf-8", "replace")
    try:
        return json.dumps(shortened(json.loads(body)))
    except ValueError:
        return ""


def shortened(value):
    if isinstance(value, dict):
        return {name: shortened(it) for name, it in value.items()}
    if isinstance(value, list):
        return [shortened(it) for it in value]
    return "" if isinstance(value, str) and len(value) > MAX_LENGTH else value


async def recorded(scope, receive, send):
    if scope["type"] != "http":
        return await answer(scope, receive, send)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    credential = headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
    credential = credential or parse_qs(query).get("X-Amz-Credential", [""])[0]
    if credential.count("/") != 4:
        return await answer(scope, receive, send)
    key, _, region, service, _ = credential.split("/")
    role = roles.get(key)
    if not role and "terraform" not in headers.get("user-agent", "").lower():
        return await answer(scope, receive, send)
    call = {
        "role": role,
        "service": service,
        "region": region,
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": query,
        "headers": {name: value for name, value in headers.items() if name not in LEFT_OUT},
    }
    body = bytearray()
    done = False

    def write():
        # One write, so that a reader sees whole lines.
        record.write(json.dumps(call | {"body": text(body)}) + "\n")
        record.flush()

    async def receive_and_record():
        nonlocal done
        message = await receive()
        if message["type"] == "http.request" and not done:
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                done = True
                write()
        return message

    await answer(scope, receive_and_record, send)
    if not done:  # MiniStack does not ask for the body of a GET.
        write()


# MiniStack looks at the first parts of the path only, and deletes the stage. Terraform sends this when the throttling of a
# route changes.
async def handle_route_settings(method, path, *request):
    stage, found, route_key = path.partition("/routesettings/")
    if method != "DELETE" or not found:
        return await handle_api(method, path, *request)
    api, name = stage.split("/")[-3::2]
    stages = apigateway._stages.get(unquote(api), {})
    stages.get(unquote(name), {}).get("routeSettings", {}).pop(unquote(route_key), None)
    return 204, {}, b""


async def serve_with_patience(app, config, **options):
    config.keep_alive_timeout = KEEP_IDLE
    await serve(app, config, **options)


hypercorn.asyncio.serve = serve_with_patience
apigateway.handle_request = handle_route_settings
lambda_runtime.execution_credentials = lambda_svc.execution_credentials = credentials_of_role
ministack.app.app = recorded
ministack.app.main()
