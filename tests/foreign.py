"""The environments of other people's clients; `make test` makes them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(name: str) -> Path:
    """The root of the virtual environment of that client, as in ``"awscli"``.

    Raises:
        FileNotFoundError: It has not been made.
    """
    root = ROOT / ".venv" / f"client-{name}"
    if not (root / "ready").exists():
        raise FileNotFoundError(
            f"there is no environment of the client {name} in {root}: "
            f"run `make .venv/client-{name}/ready`, or `make test`, which needs it too"
        )
    return root
