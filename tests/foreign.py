"""The virtual environments of third-party clients, which `make test` creates."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(name: str) -> Path:
    """Return the root of a client's virtual environment, such as ``"awscli"``'s.

    Raises:
        FileNotFoundError: It has not been created.
    """
    root = ROOT / ".venv" / f"client-{name}"
    if not (root / "ready").exists():
        raise FileNotFoundError(
            f"the client {name} has no environment in {root}: "
            f"run `make .venv/client-{name}/ready` or `make test`, which creates it too"
        )
    return root
