"""``--save`` and ``--resume``: the file that operations are saved to."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

import pytest

from lightsnap import Operations
from lightsnap.cli import store
from tests import documented
from tests.cli.conftest import CREATE, IDS, Run, sent
from tests.stub import Answer, Stub, error

LIGHTSNAP = (sys.executable, "-m", "lightsnap")


def names_in(folder: str = ".") -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


def saved_ids(name: str) -> list[str]:
    return list(Operations.from_json(Path(name).read_text(encoding="utf-8")).ids)


def test_a_wait_resumes_from_saved_operations(run: Run, service: Stub) -> None:
    assert run(*CREATE, "--save", "saved.json").exit_code == 0
    assert saved_ids("saved.json") == IDS
    assert names_in() == ["saved.json"]
    assert Path("saved.json").stat().st_mode & 0o777 == 0o600

    ended = [
        {**each, "isTerminal": True, "status": "Completed"} for each in documented.WIRE
    ]
    service.on("GetOperation", *(Answer({"operation": each}) for each in ended))
    ran = run("wait", "operations-terminal", "--resume", "saved.json")
    assert ran == (0, "", "lightsnap: 2 operations succeeded after 0 s\n")


@pytest.mark.parametrize("text", ["{}", None])
def test_a_file_that_cannot_be_resumed_is_reported(run: Run, text: str | None) -> None:
    if text is not None:
        Path("saved.json").write_text(text, encoding="utf-8")

    ran = run("wait", "operations-terminal", "--resume", "saved.json")

    assert ran.exit_code == 252
    assert "--resume cannot load file 'saved.json': " in ran.stderr


# Files that exist


def test_a_file_is_replaced(run: Run, service: Stub) -> None:
    Path("saved.json").write_text("before" * 9999, encoding="utf-8")
    os.link("saved.json", "other.json")

    assert run(*CREATE, "--save", "saved.json").exit_code == 0
    assert saved_ids("saved.json") == IDS
    assert Path("other.json").read_text(encoding="utf-8") == "before" * 9999
    assert len(sent(service)) == 1


def test_a_refused_create_leaves_the_file_unchanged(run: Run, service: Stub) -> None:
    Path("saved.json").write_text("before", encoding="utf-8")
    service.on("CreateInstanceSnapshot", error("AccessDeniedException", "no"))

    assert run(*CREATE, "--save", "saved.json").exit_code == 254
    assert names_in() == ["saved.json"]
    assert Path("saved.json").read_text(encoding="utf-8") == "before"


def fail_to_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail as for a bind mount."""

    def replace(*_: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(Path, "replace", replace)


def fail_to_create(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail as in a folder where the user may not create files."""

    def mkstemp(**_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(store, "mkstemp", mkstemp)


@pytest.mark.parametrize("fail", [fail_to_replace, fail_to_create])
@pytest.mark.parametrize("before", ["", "before" * 9999])
def test_a_file_that_cannot_be_replaced_is_overwritten(
    run: Run,
    service: Stub,
    fail: Callable[[pytest.MonkeyPatch], None],
    before: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("saved.json").write_text(before, encoding="utf-8")
    Path("saved.json").chmod(0o644)
    fail(monkeypatch)

    assert run(*CREATE, "--save", "saved.json") == (0, run(*CREATE).stdout, "")
    assert saved_ids("saved.json") == IDS
    assert Path("saved.json").stat().st_mode & 0o777 == 0o644
    assert names_in() == ["saved.json"]
    assert len(sent(service)) == 2


def test_a_new_file_in_a_folder_that_permits_none_is_reported_before_sending(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_create(monkeypatch)

    ran = run(*CREATE, "--save", "saved.json")

    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr == (
        "lightsnap: --save cannot write file 'saved.json': Permission denied\n"
    )


def test_operations_that_cannot_be_saved_after_all_are_shown(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_replace(monkeypatch)

    ran = run(*CREATE, "--save", "saved.json")

    assert ran.exit_code == 255
    assert all(each in ran.stdout for each in IDS)
    first, hint = ran.stderr.splitlines()
    assert first == (
        f"lightsnap: --save cannot write file 'saved.json': {os.strerror(errno.EBUSY)}"
    )
    assert hint.startswith("To resume waiting: lightsnap wait operations-terminal")
    assert names_in() == []
    assert len(sent(service)) == 1


@pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(["unshare", "-rm", "true"], check=False).returncode != 0,
    reason="needs Linux, and permission to mount",
)
@pytest.mark.parametrize("is_folder_read_only", [False, True])
def test_a_bind_mount_is_overwritten(
    service: Stub, *, is_folder_read_only: bool
) -> None:
    Path("folder").mkdir()
    Path("file").write_text("before" * 9999, encoding="utf-8")
    Path("folder/saved.json").touch()
    script = "mount --bind file folder/saved.json"
    if is_folder_read_only:
        script = f"mount --bind -o ro folder folder && {script}"
    words = [*LIGHTSNAP, *CREATE, "--save", "folder/saved.json"]

    ran = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{script} && exec "$@"', "sh", *words],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert saved_ids("file") == IDS
    assert names_in("folder") == ["saved.json"]
    assert len(sent(service)) == 1


# Files that are refused, before anything is sent


@pytest.mark.parametrize("name", ["no-folder/saved.json", ".", "", "x" * 300, "loop"])
def test_a_file_that_cannot_be_created_is_reported(
    run: Run, service: Stub, name: str
) -> None:
    Path("loop").symlink_to("loop")

    ran = run(*CREATE, "--save", name)

    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr.startswith("lightsnap: --save cannot write file '")
    assert names_in() == ["loop"]


def test_a_file_without_write_permission_is_refused(service: Stub) -> None:
    Path("saved.json").write_text("before", encoding="utf-8")
    Path("saved.json").chmod(0o444)
    words = [*LIGHTSNAP, *CREATE, "--save", "saved.json"]
    if os.geteuid() == 0:  # whom permissions do not stop
        words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *words]

    ran = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (ran.returncode, sent(service)) == (252, [])
    assert ran.stderr.endswith("Permission denied\n")
    assert Path("saved.json").read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("name", [os.devnull, "pipe", "link"])
def test_only_a_regular_file_is_replaced(run: Run, service: Stub, name: str) -> None:
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")

    ran = run(*CREATE, "--save", name)

    assert (ran.exit_code, sent(service)) == (252, [])
    assert "Not a regular file" in ran.stderr
    assert not Path(name).is_file()


@pytest.mark.parametrize("name", ["out", "/dev/stdout"])
def test_why_the_file_of_a_stream_is_refused(
    run: Run, service: Stub, name: str
) -> None:
    stdout = os.dup(1)
    try:
        with Path("out").open("w") as file:
            os.dup2(file.fileno(), 1)
        ran = run(*CREATE, "--save", name)
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)

    reason = {
        "out": "Standard output or standard error goes there",
        "/dev/stdout": "It names an open file of a process",
    }
    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr == (
        f"lightsnap: --save cannot write file '{name}': {reason[name]}\n"
    )


@pytest.mark.parametrize(
    ("redirection", "name"),
    [
        (">>", "/dev/stdout"),
        (">>", "/dev/fd/1"),
        (">>", "/proc/self/fd/1"),
        (">>", "link"),
        (">>", "out"),
        (">>", "folder/../out"),
        (">>", "hard"),
        ("2>>", "/dev/stderr"),
        ("2>>", "out"),
        ("3>>", "/dev/fd/3"),
        ("3>>", "/proc/self/fd/3"),
        ("0<>", "/dev/stdin"),
    ],
)
def test_the_file_that_a_stream_goes_to_is_refused(
    service: Stub, redirection: str, name: str
) -> None:
    Path("folder").mkdir()
    Path("out").write_text("before\n", encoding="utf-8")
    os.link("out", "hard")
    Path("link").symlink_to("/dev/stdout")
    words = [*LIGHTSNAP, *CREATE, "--save", name]

    ran = subprocess.run(
        ["sh", "-c", f'"$@" {redirection}out', "sh", *words],
        stderr=subprocess.DEVNULL,
        check=False,
    )

    written = Path("out").read_text(encoding="utf-8")
    assert (ran.returncode, sent(service)) == (252, [])
    assert written.startswith("before\n")
    assert written.count("\n") == (2 if redirection == "2>>" else 1)


def test_standard_streams_that_are_closed_are_no_obstacle(service: Stub) -> None:
    words = [*LIGHTSNAP, *CREATE, "--save", "saved.json", "--output", "off"]

    ran = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&-', "sh", *words], text=True, check=False
    )

    assert ran.returncode == 0
    assert saved_ids("saved.json") == IDS
    assert len(sent(service)) == 1


def test_a_full_disk_is_reported_before_sending(run: Run, service: Stub) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (4096, before[1])
    )  # instead of the disk's
    try:
        ran = run(*CREATE, "--save", "saved.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr.endswith(f"{os.strerror(errno.ENOSPC)}\n")
    assert names_in() == []


# Links


@pytest.mark.parametrize("exists", [True, False])
def test_symbolic_links_are_followed(run: Run, service: Stub, *, exists: bool) -> None:
    Path("folder").mkdir()
    Path("folder/link").symlink_to("file.json")
    Path("saved.json").symlink_to("folder/link")
    if exists:
        Path("folder/file.json").write_text("before", encoding="utf-8")

    assert run(*CREATE, "--save", "saved.json").exit_code == 0
    assert Path("saved.json").is_symlink()
    assert Path("folder/link").is_symlink()
    assert saved_ids("folder/file.json") == IDS
    assert len(sent(service)) == 1


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder where anyone may create files, which another user owns, or root."""
    folder = tmp_path / "shared"
    if os.geteuid() != 0:
        folder = Path(gettempdir())
        if folder.stat().st_uid != 0 or not folder.stat().st_mode & 0o1000:
            pytest.skip("there is no shared folder")
    else:
        folder.mkdir()
        folder.chmod(0o1777)
    return folder


OTHER = 54321


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file or a link another user's."""
    if os.geteuid() == 0:
        os.chown(path, OTHER, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: OTHER)


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "link to a link"])
def test_what_another_user_placed_in_a_shared_folder_is_refused(
    run: Run,
    service: Stub,
    shared: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed, target = shared / f"saved-{os.getpid()}.json", Path("target").absolute()
    try:
        if kind == "file":
            placed.write_text("before", encoding="utf-8")
        else:
            placed.symlink_to(target)
        if kind == "link":
            target.write_text("before", encoding="utf-8")
        give_away(placed, monkeypatch)
        name = placed
        if kind == "link to a link":
            name = Path("mine")
            name.symlink_to(placed)

        ran = run(*CREATE, "--save", str(name))

        assert (ran.exit_code, sent(service)) == (252, [])
        assert "Another user placed it in a folder where anyone may" in ran.stderr
        assert target.exists() is (kind == "link")
        for path in (placed, target):
            if path.exists():
                assert path.read_text(encoding="utf-8") == "before"
    finally:
        placed.unlink()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_ones_own_files_and_links_in_a_shared_folder_are_used(
    run: Run, service: Stub, shared: Path, kind: str, tmp_path: Path
) -> None:
    placed, target = shared / f"saved-{os.getpid()}.json", tmp_path / "target"
    try:
        if kind == "file":
            placed.touch()
        else:
            placed.symlink_to(target)

        assert run(*CREATE, "--save", str(placed)).exit_code == 0
        assert saved_ids(str(placed)) == IDS
        assert placed.is_symlink() is (kind == "link")
        assert len(sent(service)) == 1
    finally:
        placed.unlink()


def test_another_users_file_in_a_folder_of_ones_own_is_replaced(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("saved.json").touch()
    give_away(Path("saved.json"), monkeypatch)

    assert run(*CREATE, "--save", "saved.json").exit_code == 0
    assert saved_ids("saved.json") == IDS
    assert len(sent(service)) == 1
