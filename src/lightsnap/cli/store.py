"""Operations in a file, so that another process can wait for them."""

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
    """Make what stores operations in a file; whether it can is found out now.

    The file is there as a whole, or it is what it was. Only its owner may read it.

    Raises:
        ConstraintError: The file cannot be written.
    """
    if name is None:
        yield lambda _: None
        return
    path = Path(name).resolve()
    try:
        _refuse_what_is_no_file(path)
        descriptor, temporary = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        problem = f"names {name!r:.200}, which cannot be written: {error.strerror}"
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


def _refuse_what_is_no_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")


def saved(name: str) -> Operations:
    """Read what ``--save`` stored.

    Raises:
        ResumeError: It cannot be read, or is something else.
    """
    try:
        return Operations.from_json(Path(name).read_bytes())
    except (OSError, ResumeError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"--resume: {name!r:.200} cannot be resumed: {reason}"
        raise ResumeError(message) from error
