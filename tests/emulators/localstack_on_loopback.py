"""Starts LocalStack so that only this machine can reach it.

LocalStack 4.13.1 ignores the address in GATEWAY_LISTEN and binds its port on every interface
(`TCP4ServerEndpoint(reactor, port)`); it also goes on as if ready where it cannot bind at all.
"""

import os
import runpy
import sys

from twisted.internet import endpoints


class LoopbackEndpoint(endpoints.TCP4ServerEndpoint):
    def __init__(self, reactor, port):
        super().__init__(reactor, port, interface="127.0.0.1")

    def listen(self, factory):
        return super().listen(factory).addErrback(stop)


def stop(failure):
    print(f"ERROR: {failure.getErrorMessage()}", file=sys.stderr, flush=True)
    os._exit(1)


endpoints.TCP4ServerEndpoint = LoopbackEndpoint
runpy.run_module("localstack.runtime.main", run_name="__main__")
