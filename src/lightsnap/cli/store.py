"""Operations in a file, for another process to wait for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from lightsnap._model.operations import Operations
from lightsnap.errors import ConstraintError, ResumeError, Violation


@contextmanager
def saving(name: str | None) -> Generator[Callable[[Operations], None], None, None]:
    """Yield a function that saves operations to a file, after checking that it can.

    The file is replaced atomically. Only its owner may read it.

    Raises:
        ConstraintError: The file cannot be written.
    """
    if name is None:
        yield lambda _: None
        return
    path = Path(name).resolve()
    try:
        _require_regular_file(path)
        descriptor, temporary = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        problem = f"cannot write file {name!r:.200}: {error.strerror}"
        raise ConstraintError([Violation("--save", "type", problem)]) from error

    def save(operations: Operations) -> None:
        with file:
            file.write(operations.to_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)

    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (no path)
            yield save
    finally:
        Path(temporary).unlink(missing_ok=True)


def _require_regular_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "Not a regular file")


def load_operations(name: str) -> Operations:
    """Load operations from a file written by ``--save``.

    Raises:
        ResumeError: The file cannot be read, or holds something else.
    """
    try:
        return Operations.from_json(Path(name).read_bytes())
    except (OSError, ResumeError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"--resume cannot load file {name!r:.200}: {reason}"
        raise ResumeError(message) from error
