"""Write the generated code; with ``--check``, only check that it is up to date.

* ``_clients/_methods.py``, the methods of ``Client``, from those of ``AsyncClient``
* ``_aws/protocols.py``, the methods that a client must have, from the table of calls
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from lightsnap._aws.calls import TABLE

PACKAGE = Path(__file__).parents[1] / "src" / "lightsnap"

DOCSTRING = "The methods of ``Client``, generated from ``_async_methods.py``."

# Regular expressions and their replacements, applied in this order.
ASYNC_TO_SYNC = [
    (r'""".*?"""', f'"""{DOCSTRING}"""'),
    (r"async def ", "def "),
    (r"await ", ""),
    (r"AsyncMethods", "Methods"),
    (r"AsyncClient", "Client"),
    (r"an asyncio\.Event", "a threading.Event"),
    (r"\n *It may be async\.", ""),
]

PROTOCOLS = '''"""Protocols for the clients that lightsnap calls, given or built.

Generated from the table of API calls in ``calls.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol


class LightsailClient(Protocol):
    """The methods of a boto3 Lightsail client that lightsnap calls."""
{methods}

class ClosableClient(LightsailClient, Protocol):
    """A client that lightsnap built and will close."""

    def close(self) -> None:
        """Close the connections."""
        ...


class AsyncLightsailClient(Protocol):
    """The methods of an aiobotocore Lightsail client that lightsnap calls."""
{async_methods}'''

METHOD = '''
    @property
    def {method_name}(self) -> Callable[..., {response}]:
        """Call {name}."""
        ...
'''


def sync_methods() -> str:
    text = (PACKAGE / "_clients" / "_async_methods.py").read_text(encoding="utf-8")
    for number, (pattern, replacement) in enumerate(ASYNC_TO_SYNC):
        count = 0 if number else 1  # only the first docstring, the module's
        text = re.sub(pattern, replacement, text, count=count, flags=re.DOTALL)
    return text


def protocols() -> str:
    def methods(response: str) -> str:
        return "".join(
            METHOD.format(
                method_name=each.method_name, name=each.name, response=response
            )
            for each in TABLE
        )

    return PROTOCOLS.format(
        methods=methods("Mapping[str, object]"),
        async_methods=methods("Awaitable[Mapping[str, object]]"),
    )


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "-"]
    return subprocess.run(
        command, input=text, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def main() -> int:
    generated = {
        PACKAGE / "_clients" / "_methods.py": formatted(sync_methods()),
        PACKAGE / "_aws" / "protocols.py": formatted(protocols()),
    }
    if "--check" not in sys.argv:
        for path, text in generated.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [
        path.name
        for path, text in generated.items()
        if path.read_text(encoding="utf-8") != text
    ]
    if stale:
        print(f"out of date: {', '.join(stale)}; run `make generate`")
    return len(stale)


if __name__ == "__main__":
    sys.exit(main())
