"""Operations in a file, for another process to wait for."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from stat import S_ISREG, S_ISVTX, S_IWOTH
from tempfile import mkstemp
from typing import Any, BinaryIO, TypeAlias

from lightsnap._model.operations import Operations
from lightsnap._request.documents import parse_json
from lightsnap.errors import (
    ConstraintError,
    LightsnapError,
    MalformedResponseError,
    ResumeError,
    Violation,
)

_Writer: TypeAlias = Callable[[bytes], None]

_MAX_LINKS = 40  # as in Linux
_RESERVED = 16384  # bytes; the operations of a create take far less


@contextmanager
def saving(name: str | None) -> Generator[Callable[[Operations], None], None, None]:
    """Yield a function that saves operations to a file, after checking that it can.

    The file is replaced atomically, and only its owner may read it. A file that can be
    written but not replaced, such as a bind mount, is overwritten in place, and keeps
    its owner and permissions.

    Raises:
        ConstraintError: The file cannot be written.
    """
    if name is None:
        yield lambda _: None
        return
    with ExitStack() as resources:
        try:
            writers = _writers(_follow_links(Path(name)), resources)
        except OSError as error:
            problem = _cannot_write(name, error)
            raise ConstraintError([Violation("--save", "type", problem)]) from error

        def save(operations: Operations) -> None:
            content = f"{operations.to_json()}\n".encode()
            try:
                _write(content, writers)
            except OSError as error:
                raise LightsnapError(f"--save {_cannot_write(name, error)}") from error

        yield save


def _cannot_write(name: str, error: OSError) -> str:
    return f"cannot write file {name!r:.200}: {error.strerror}"


def _write(content: bytes, writers: list[_Writer]) -> None:
    *others, last = writers
    for write in others:
        with suppress(OSError):
            return write(content)
    return last(content)


def _follow_links(path: Path) -> Path:
    """Return the file that a path leads to, which may not exist.

    Raises:
        OSError: A folder does not exist, or the path leads to an open file of a
            process, as ``/dev/stdout`` does, or through another user's link.
    """
    for _ in range(_MAX_LINKS):
        folder = Path(os.path.realpath(path.parent, strict=True))
        path = folder / path.name
        if any(folder.is_relative_to(each) for each in ("/proc", "/dev/fd")):
            raise OSError(errno.EINVAL, "It names an open file of a process")
        if not path.is_symlink():
            return path
        _require_trusted(path)
        path = folder / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _require_trusted(path: Path) -> None:
    """Refuse a file or link that another user may have placed to be written through.

    In a folder such as /tmp, where anyone may create files, it must belong to this user
    or to the folder's owner. A shell's ``>`` obeys the same rule where Linux's
    ``protected_symlinks`` and ``protected_regular`` are on.
    """
    folder, owner = path.parent.stat(), path.lstat().st_uid
    is_shared = folder.st_mode & S_ISVTX and folder.st_mode & S_IWOTH
    if is_shared and owner not in (os.geteuid(), folder.st_uid):
        problem = "Another user placed it in a folder where anyone may create files"
        raise PermissionError(errno.EACCES, problem)


def _writers(path: Path, resources: ExitStack) -> list[_Writer]:
    """Open what is needed to write a file, and return the ways to do so, best first.

    Whether a file can be replaced shows only when it is. So if there is a file, it must
    be possible to overwrite it.
    """
    overwriters = _overwriters(path, resources)
    try:
        descriptor, name = mkstemp(prefix=".lightsnap-", dir=path.parent)
    except OSError:
        if not overwriters:
            raise
        return overwriters
    resources.callback(Path(name).unlink, missing_ok=True)
    temporary = resources.enter_context(os.fdopen(descriptor, "wb"))
    # A full disk is found before anything is sent.
    if os.write(descriptor, bytes(_RESERVED)) < _RESERVED:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def replace(content: bytes) -> None:
        _overwrite(temporary, content)
        Path(name).replace(path)

    return [replace, *overwriters]


def _overwriters(path: Path, resources: ExitStack) -> list[_Writer]:
    """Return the way to overwrite a file in place; none if there is no file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return []
    if not S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    if any(os.path.samestat(status, each) for each in _output_streams()):
        raise OSError(errno.EINVAL, "Standard output or standard error goes there")
    _require_trusted(path)
    return [partial(_overwrite, resources.enter_context(path.open("r+b")))]


def _output_streams() -> Iterator[os.stat_result]:
    for descriptor in (1, 2):
        with suppress(OSError):  # closed
            yield os.fstat(descriptor)


def _overwrite(file: BinaryIO, content: bytes) -> None:
    with file:
        file.seek(0)
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


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


def load_answer(name: str) -> Operations:
    """Load operations from what a command printed, in JSON.

    Args:
        name: The file; ``-`` is standard input.

    Raises:
        ConstraintError: It cannot be read, or is not a response with operations.
    """
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        problem = f"cannot load file {name!r:.200}: {error.strerror}"
        raise ConstraintError([Violation("--answer", "syntax", problem)]) from error
    answer: Any = parse_json(text, path="--answer")
    try:
        return Operations.from_response(answer)
    except MalformedResponseError as error:
        problem = f"is not a response with operations: {error}"
        advice = "use --output json, and no --query"
        violation = Violation("--answer", "syntax", problem, advice)
        raise ConstraintError([violation]) from error
