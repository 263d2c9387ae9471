"""The package as a whole: its public names, what it loads, which way it imports."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import get_type_hints

import pytest

import lightsnap
from lightsnap import testing, typing
from lightsnap._wait.options import DEFAULT_MAX_CONCURRENCY, DEFAULT_TIMEOUT

SOURCE = Path(lightsnap.__file__).parent

# A contract with everyone who imports them; the errors first.
PUBLIC_NAMES = sorted(
    """
    AccessDeniedError AccountSetupInProgressError ApiError BackupError
    ConfigurationError ConstraintError InvalidInputError LightsnapError
    MalformedResponseError
    NotFoundError OperationFailureError RegionSetupInProgressError ResumeError
    ServiceError SnapshotChangedError SnapshotFailedError ThrottlingError
    TransportError UnauthenticatedError WaitCancelledError WaitError WaitFailedError
    WaitInterruptedError WaitTimeoutError

    AddOn AsyncClient AsyncClock AsyncOperationWaiter AutoMountStatus BackupFailure
    BackupOutcome BackupPlan BackupProgress BackupReport Client Clock
    CreateInstanceSnapshotRequest Disk DiskState Instance InstanceHardware
    InstanceProgress InstanceSnapshot InstanceSnapshotState InstanceState Operation
    OperationStatus OperationType OperationWaiter Operations PrunePreview
    ResourceLocation ResourceType Retention Selection Site SnapshotProgress Tag Verdict
    Violation WaitProgress back_up check_tags progress snapshot_name
    """.split()
)


def test_the_public_names_are_these() -> None:
    assert lightsnap.__all__ == PUBLIC_NAMES


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_is_documented(name: str) -> None:
    assert getattr(lightsnap, name).__doc__
    assert name in dir(lightsnap)


def test_the_public_names_of_testing_are_these() -> None:
    assert testing.__all__ == [
        "Calls",
        "Emulator",
        "EmulatorClock",
        "FakeAsyncClock",
        "FakeClock",
        "FaultError",
        "Faults",
        "LightsailMock",
        "LightsailServer",
        "RecordedCall",
        "Transitions",
        "faults",
        "mock_lightsail",
    ]
    for name in testing.__all__:
        assert getattr(testing, name).__doc__
        assert name in dir(testing)
    with pytest.raises(AttributeError, match="no attribute 'fautls'"):
        testing.__getattribute__("fautls")


def test_the_public_types_are_these() -> None:
    assert typing.__all__ == [
        "AsyncLightsailClient",
        "Cancel",
        "LightsailClient",
        "PollInterval",
        "ProgressBar",
        "Rule",
        "Tags",
        "WaitStrategy",
    ]


COMPLETION = """
import rlcompleter, lightsnap
from lightsnap import *
lightsnap.testing, lightsnap.typing
names = rlcompleter.Completer(globals()).attr_matches("lightsnap.")
print(*(name.removeprefix("lightsnap.").rstrip("(") for name in names))
"""


def test_completion_shows_the_public_names_only() -> None:
    """Even when every module is loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", COMPLETION], capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == [*PUBLIC_NAMES, "testing", "typing"]


def test_signatures_show_the_real_defaults() -> None:
    methods = [
        getattr(client, name)
        for client in (lightsnap.Client, lightsnap.AsyncClient)
        for name in ("wait", "wait_until_available", "snapshot_instance")
    ]
    waiters = [lightsnap.OperationWaiter, lightsnap.AsyncOperationWaiter]
    for each in (*methods, *waiters):
        default = inspect.signature(each).parameters["timeout"].default
        assert default == DEFAULT_TIMEOUT
    concurrency = inspect.signature(waiters[1]).parameters["max_concurrency"]
    assert concurrency.default == DEFAULT_MAX_CONCURRENCY


FIELDS = [
    (value, field)
    for name in PUBLIC_NAMES
    if isinstance(value := getattr(lightsnap, name), type)
    for field in inspect.get_annotations(value)
    if not field.startswith("_")
]


@pytest.mark.parametrize(("value", "field"), FIELDS)
def test_every_field_has_a_docstring(value: type, field: str) -> None:
    """Editors show the string after a field."""
    (module,) = ast.parse(textwrap.dedent(inspect.getsource(value))).body
    assert isinstance(module, ast.ClassDef)
    documented = {
        ast.unparse(before.target)
        for before, after in pairwise(module.body)
        if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr)
    }

    assert field in documented


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Cleint'"):
        lightsnap.__getattribute__("Cleint")
    with pytest.raises(ImportError):
        exec("from lightsnap import Cleint")


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh process has loaded after a statement."""
    script = f"import sys; {statement}; print(); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.splitlines()[-1].split())


BOTO = {"botocore", "urllib3"}
HEAVY = BOTO | set("aiobotocore aiohttp asyncio boto3 moto tenacity tqdm".split())


@pytest.mark.parametrize(
    "statement",
    [
        "import lightsnap",
        "from lightsnap import Client, Tag",
        "from lightsnap import *",
        "from lightsnap import AsyncClient; AsyncClient()",
        "import lightsnap.testing",
        "from lightsnap.testing import FakeClock",
        "import lightsnap.testing.pytest_plugin",
    ],
)
def test_imports_are_cheap(statement: str) -> None:
    assert loaded_by(statement) & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        ([], 0),
        (["help"], 0),
        (["--version"], 0),
        (["--help"], 0),
        (["wait", "--help"], 0),
        (["--no-such-option"], 252),
    ],
)
def test_the_program_answers_without_botocore(words: list[str], exit_code: int) -> None:
    found = loaded_by(
        f"from lightsnap.cli import main; assert main({words}) == {exit_code}"
    )

    assert found & {*HEAVY, "attr"} == set()


def test_what_only_waits_need_is_loaded_by_the_first_wait() -> None:
    """It is 5 % of a process that creates a snapshot and ends."""
    loaded = loaded_by("from lightsnap import Client, Tag")

    assert "lightsnap._clients.client" in loaded
    assert "lightsnap._wait.machine" not in loaded


def test_boto3_is_not_needed_to_build_a_client() -> None:
    statement = (
        "from lightsnap import Client; Client(region_name='us-west-2')._connect()"
    )
    loaded = loaded_by(statement)

    assert "botocore" in loaded
    assert "boto3" not in loaded


# Each package or module may import those before it, and others of its own package.
LAYERS = [
    {"_escape", "_server_options"},
    {"errors", "_log"},
    {"_text"},
    {"_model"},
    {"_request", "_aws"},
    {"_backups"},
    {"_wait"},
    {"_flows"},
    {"_clients", "typing"},
    {"_sites"},
    {"cli", "airflow"},
    {"__main__"},
]


def imported_by(path: Path) -> set[str]:
    """The modules of ours that a module imports, be it for type checkers alone."""
    found: set[str] = set()
    folders = path.relative_to(SOURCE.parent).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            package = folders[: len(folders) + 1 - node.level] if node.level else ()
            module = ".".join([*package, *filter(None, [node.module])])
            names = {module, *(f"{module}.{each.name}" for each in node.names)}
            found |= {each for each in names if each in MODULES} - {"lightsnap"}
    # Of a module and its package, that one which is meant.
    return {each for each in found if not any(f.startswith(f"{each}.") for f in found)}


MODULES = {
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in SOURCE.rglob("*.py")
}


def test_imports_between_packages_point_one_way() -> None:
    assert set().union(*LAYERS) == {
        name.split(".")[1] for name in MODULES if name != "lightsnap"
    } - {"testing"}

    below: set[str] = set()
    for layer in LAYERS:
        for package in layer:
            for name, path in MODULES.items():
                if f"{name}.".startswith(f"lightsnap.{package}."):
                    found = {each.split(".")[1] for each in imported_by(path)}
                    assert found - {"testing"} <= below | {package}, name
        below |= layer


def test_there_is_no_circle_of_imports() -> None:
    left = {name: imported_by(path) - {name} for name, path in MODULES.items()}
    while free := {name for name in left if left[name].isdisjoint(left)}:
        left = {name: left[name] for name in left.keys() - free}

    assert left == {}


def test_only_the_commands_that_need_testing_import_it() -> None:
    importing = {
        name
        for name, path in MODULES.items()
        if not name.startswith("lightsnap.testing")
        and any(each.startswith("lightsnap.testing") for each in imported_by(path))
    }

    assert importing == {"lightsnap.cli.commands", "lightsnap.cli.demo"}


def test_testing_imports_no_client() -> None:
    loaded = loaded_by("from lightsnap.testing import mock_lightsail; mock_lightsail()")
    assert {name for name in loaded if name.startswith("lightsnap.")} == {
        name for name in loaded if name.startswith("lightsnap.testing")
    }


# Evaluates the annotations of everything public in the modules that are named, and of
# its methods.
HINTS = """
import importlib, inspect, sys, typing

for name in sys.argv[2:]:
    sys.modules[name] = None  # as if it were not installed

for module in map(importlib.import_module, sys.argv[1].split(",")):
    for name in reversed(module.__all__):  # functions before the classes they return
        value = getattr(module, name)
        members = [value]
        for each in inspect.getmro(value) if isinstance(value, type) else ():
            if each.__module__.startswith("lightsnap"):
                members += vars(each).values()
        for each in members:
            each = each.fget if isinstance(each, property) else each
            if isinstance(each, type) or inspect.isroutine(each):
                typing.get_type_hints(getattr(each, "__func__", each))
print(*sys.modules)
"""


def evaluate_hints(modules: str, *not_installed: str) -> set[str]:
    """Evaluate annotations in a fresh process, and return the modules it loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", HINTS, modules, *not_installed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


def test_annotations_can_be_evaluated_and_load_no_other_package() -> None:
    loaded = evaluate_hints("lightsnap,lightsnap.typing")

    assert "lightsnap._wait.progress" in loaded
    assert loaded & (HEAVY - {"asyncio"}) == set()


def test_annotations_can_be_evaluated_without_optional_packages() -> None:
    evaluate_hints("lightsnap,lightsnap.typing", *HEAVY)


@pytest.mark.fake
def test_annotations_of_testing_can_be_evaluated() -> None:
    evaluate_hints("lightsnap.testing")


def test_hints_hold_the_real_types() -> None:
    hints = get_type_hints(lightsnap.Client.wait)

    assert hints["on_poll"] == Callable[[lightsnap.WaitProgress], object] | None
    assert hints["poll_interval"] == typing.PollInterval | None
    assert hints["cancel"] == typing.Cancel | None
    assert hints["return"] is lightsnap.Operations
    assert get_type_hints(lightsnap.Client) == {"_check": bool}
    assert get_type_hints(lightsnap.Client.get_instance)["return"] is lightsnap.Instance


def test_the_public_types_can_be_used_in_annotations_that_are_evaluated() -> None:
    for name in typing.__all__:
        assert getattr(typing, name) | None


def test_the_lightsail_for_moto_could_be_moved_into_moto() -> None:
    for path in (SOURCE / "testing" / "lightsail").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {each.name for each in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom) and node.module:
                package = node.module.partition(".")[0]
                is_relative = node.level == 1
                assert is_relative or package in {"moto", *sys.stdlib_module_names}


def test_the_package_is_marked_as_typed() -> None:
    assert (SOURCE / "py.typed").exists()
