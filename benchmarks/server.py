"""A loopback server with canned responses, in a process of its own.

It does nothing but respond, at once or after a delay, so that the benchmarks measure
the client. ``python -m benchmarks.server`` prints the port and serves until stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment variables for its clients, which look for no other credentials."""


def operation(operation_id: str, *, ended: bool) -> dict[str, object]:
    """Return an operation as the service does."""
    return {
        "id": operation_id,
        "resourceName": "monday",
        "resourceType": "InstanceSnapshot",
        "createdAt": 1569866438.48,
        "location": {"availabilityZone": "all", "regionName": "us-west-2"},
        "isTerminal": ended,
        "operationDetails": "WordPress-1",
        "operationType": "CreateInstanceSnapshot",
        "status": "Succeeded" if ended else "Started",
        "statusChangedAt": 1569866439.122,
    }


def respond(target: bytes, body: bytes) -> bytes:
    """Return the whole HTTP response to a call."""
    document: dict[str, object]
    if target.endswith(b".GetOperation"):
        operation_id = json.loads(body)["operationId"]
        document = {"operation": operation(operation_id, ended=True)}
    else:
        document = {"operations": [operation(each, ended=False) for each in "12"]}
    content = json.dumps(document).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
        b"x-amzn-RequestId: 1\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    )


class Connection(asyncio.Protocol):
    """HTTP/1.1 as AWS clients use it: sequential requests, never in chunks."""

    transport: asyncio.Transport

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
        headers = {name.lower(): value.strip() for name, _, value in lines}
        if end and len(body) == int(headers[b"content-length"]):
            self._received = b""
            response = respond(headers[b"x-amz-target"], body)
            if self._delay:
                loop = asyncio.get_running_loop()
                loop.call_later(self._delay, self.transport.write, response)
            else:
                self.transport.write(response)


async def serve(delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(delay), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(delay: float = 0.0) -> Iterator[str]:
    """Run a server and yield its URL. Each response takes ``delay`` seconds."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", f"--delay={delay}"],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds")
    asyncio.run(serve(parser.parse_args().delay))
