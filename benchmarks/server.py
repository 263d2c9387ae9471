"""A Lightsail of canned answers, in a process of its own and on loopback.

It answers at once, or after a delay, and does nothing else, so that what is measured
is the client: ``python -m benchmarks.server`` prints the port and serves until it is
ended.
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
"""What the environment of its clients holds: no others are looked for."""


def operation(operation_id: str, *, ended: bool) -> dict[str, object]:
    """An operation, as the service tells it."""
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


def answer(target: bytes, body: bytes) -> bytes:
    """The whole response to a call."""
    document: dict[str, object]
    if target.endswith(b".GetOperation"):
        asked = json.loads(body)["operationId"]
        document = {"operation": operation(asked, ended=True)}
    else:
        document = {"operations": [operation(each, ended=False) for each in "12"]}
    content = json.dumps(document).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
        b"x-amzn-RequestId: 1\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    )


class Connection(asyncio.Protocol):
    """HTTP/1.1 as AWS's clients use it: one request after the other, none in chunks."""

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
            response = answer(headers[b"x-amz-target"], body)
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
    """Let one run; the value is its URL. Each answer takes ``delay`` seconds."""
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
