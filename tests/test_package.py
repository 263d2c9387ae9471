"""The package as a whole: its public names, what it loads, which way it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lightsnap
from lightsnap import testing
from tests import documented
from tests.stub import Answer, Stub

SOURCE = Path(lightsnap.__file__).parent

# A contract with everyone who imports them; the errors first.
PUBLIC_NAMES = sorted(
    """
    AccessDeniedError AccountSetupInProgressError ApiError ConfigurationError
    ConstraintError InvalidInputError LightsnapError MalformedResponseError
    NotFoundError OperationFailureError RegionSetupInProgressError ResumeError
    ServiceError SnapshotFailedError ThrottlingError TransportError
    UnauthenticatedError WaitCancelledError WaitError WaitFailedError
    WaitInterruptedError WaitTimeoutError

    AddOn AsyncClient AsyncClock AsyncOperationWaiter AutoMountStatus Client Clock
    CreateInstanceSnapshotRequest Disk DiskState InstanceSnapshot
    InstanceSnapshotState Operation OperationStatus OperationType OperationWaiter
    Operations ResourceLocation ResourceType SnapshotProgress Tag Violation
    WaitProgress check_tags progress snapshot_name
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
        "FakeAsyncClock",
        "FakeClock",
        "FaultError",
        "Faults",
        "LightsailMock",
        "LightsailServer",
        "faults",
        "mock_lightsail",
    ]
    for name in testing.__all__:
        assert getattr(testing, name).__doc__
        assert name in dir(testing)
    with pytest.raises(AttributeError, match="no attribute 'fautls'"):
        testing.__getattribute__("fautls")


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


def ours_and_heavy(loaded: set[str]) -> set[str]:
    """Our modules, without ``lightsnap``, and the packages that take their time."""
    heavy = HEAVY | set("attr flask prompt_toolkit rich ruamel".split())
    if "tenacity" in loaded:
        heavy -= {"asyncio"}  # its old releases load it
    ours = {name for name in loaded if name.startswith("lightsnap.")}
    return loaded & heavy | {name.removeprefix("lightsnap.") for name in ours}


def names(text: str) -> set[str]:
    return set(text.split())


# What each way into the package loads, and no more: a module that is new to one of
# these lists makes it slower for everyone who takes it.
ERRORS = names("attr errors")
REQUEST = ERRORS | names("_display _wire constraints enums models requests")
CLIENT = REQUEST | names("_log client creation failures schedule service settings")
WAITING = names("polling snapshots state tenacity waiting")
PROGRAM = names(
    "cli cli.arguments cli.failures cli.options testing testing.__main__ testing.clocks"
)
REFUSED = (
    PROGRAM | REQUEST | names("cli.commands cli.inputs cli.outputs documents shorthand")
)
CALL = REFUSED | CLIENT | BOTO | names("cli.connection cli.debug sessions")
WAIT = CALL | WAITING | names("cli.progress cli.store")


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import lightsnap", set[str]()),
        ("from lightsnap import LightsnapError", ERRORS),
        ("from lightsnap import Client, Tag", CLIENT),
        ("import lightsnap.testing", {"testing", "testing.clocks"}),
    ],
)
def test_an_import_loads_just_this(statement: str, loaded: set[str]) -> None:
    assert ours_and_heavy(loaded_by(statement)) == loaded


ID = documented.WIRE[0]["id"]
CREATE = "create-instance-snapshot --instance-name Web-1 --instance-snapshot-name Web-2"


@pytest.mark.parametrize(
    ("command_line", "exit_code", "loaded"),
    [
        ("", 252, PROGRAM),
        ("--version", 0, PROGRAM),
        ("--help", 0, PROGRAM),
        ("create-instance-snapshot --help", 0, PROGRAM),
        ("wait operations-terminal --help", 0, PROGRAM),
        ("--no-such-option", 252, PROGRAM),
        (f"{CREATE} --tgas key=env", 252, PROGRAM),
        (f"{CREATE} --instance-name x", 252, REFUSED),
        (f"{CREATE} --tags key", 252, REFUSED),
        (f"{CREATE} --generate-cli-skeleton", 0, REFUSED),
        (
            f"{CREATE} --generate-cli-skeleton yaml-input",
            0,
            REFUSED | BOTO | {"skeleton"},
        ),
        (f"{CREATE} --tags key=env,value=prod", 0, CALL | {"cli.store"}),
        ("get-operation --operation-id 1", 0, CALL),
        (f"wait operations-terminal --operation-ids {ID}", 0, WAIT),
        (f"wait operations-terminal --operation-ids {ID} --progress plain", 0, WAIT),
    ],
)
def test_the_program_loads_just_this(
    stub: Stub, command_line: str, exit_code: int, loaded: set[str]
) -> None:
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    ended = {**documented.WIRE[0], "isTerminal": True, "status": "Succeeded"}
    stub.on("GetOperation", Answer({"operation": ended}))
    words = f"--region us-west-2 --endpoint-url {stub.url} {command_line}".split()

    found = loaded_by(
        f"from lightsnap.cli import main; assert main({words}) == {exit_code}"
    )

    assert ours_and_heavy(found) == loaded


BUILT = "from lightsnap import Client; client = Client(region_name='us-west-2', "


@pytest.mark.parametrize(
    ("call", "loaded"),
    [
        (
            (
                "create_instance_snapshot(instance_name='Web-1', "
                "instance_snapshot_name='Web-2')"
            ),
            set[str](),
        ),
        ("get_operation('1')", set[str]()),
        ("get_instance_snapshot('Web-2')", {"snapshots"}),
        (f"wait(['{ID}'])", WAITING),
        ("wait_until_available('Web-2')", WAITING | {"snapshot_state"}),
    ],
)
def test_a_call_loads_just_this(stub: Stub, call: str, loaded: set[str]) -> None:
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    ended = {**documented.WIRE[0], "isTerminal": True, "status": "Succeeded"}
    stub.on("GetOperation", Answer({"operation": ended}))
    snapshot = {**documented.SNAPSHOT, "name": "Web-2", "createdAt": 0}
    del snapshot["fromAttachedDisks"]
    stub.on("GetInstanceSnapshot", Answer({"instanceSnapshot": snapshot}))

    found = loaded_by(f"{BUILT} endpoint_url='{stub.url}'); client.{call}")

    assert ours_and_heavy(found) == CLIENT | BOTO | {"sessions"} | loaded


def test_boto3_is_not_needed_to_build_a_client() -> None:
    statement = (
        "from lightsnap import Client; Client(region_name='us-west-2')._connect()"
    )
    loaded = loaded_by(statement)

    assert "botocore" in loaded
    assert "boto3" not in loaded


# Each module may import those before it.
LAYERS = [
    {"_display", "_log", "errors", "protocols", "sessions"},
    {"documents", "enums", "failures", "shorthand"},
    {"_wire"},
    {"models"},
    {"constraints", "skeleton", "snapshots"},
    {"polling", "requests", "schedule"},
    {"notebook", "service", "state"},
    {"creation", "settings", "snapshot_state", "waiting"},
    {"aio", "client"},
    {"cli"},
    {"__main__"},
]

# The program, likewise.
LAYERS_OF_CLI = [
    {"outputs", "progress", "prompt", "store", "demo"},
    {"inputs", "options"},
    {"arguments", "debug"},
    {"failures"},
    {"connection"},
    {"commands"},
    {"__init__"},
]


def imports_at_run_time(path: Path, package: str = "lightsnap") -> set[str]:
    """Modules of a package that a module imports, but for those under TYPE_CHECKING."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            imported = (node.module, *(f"{node.module}.{n.name}" for n in node.names))
            found |= {
                name.removeprefix(f"{package}.").partition(".")[0]
                for name in imported
                if name.startswith(f"{package}.")
            }
        nodes += ast.iter_child_nodes(node)
    return found


def modules(package: Path) -> set[str]:
    return {
        path.stem
        for path in package.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }


@pytest.mark.parametrize(
    ("package", "layers", "apart"),
    [
        ("lightsnap", LAYERS, {"__init__", "testing"}),
        ("lightsnap.cli", LAYERS_OF_CLI, set[str]()),
    ],
)
def test_imports_point_one_way(
    package: str, layers: list[set[str]], apart: set[str]
) -> None:
    folder = SOURCE.joinpath(*package.split(".")[1:])
    assert set().union(*layers) == modules(folder) - apart

    below: set[str] = set()
    for layer in layers:
        for module in layer:
            path = folder / f"{module}.py"
            paths = [path] if path.exists() else (folder / module).glob("*.py")
            for each in paths:
                found = imports_at_run_time(each, package) & set().union(*layers)
                assert found <= below | {module}, each
        below |= layer


def test_only_the_program_imports_testing() -> None:
    for path in SOURCE.glob("*.py"):
        assert "testing" not in imports_at_run_time(path)


def test_testing_imports_no_client() -> None:
    for path in (SOURCE / "testing").rglob("*.py"):
        assert imports_at_run_time(path) <= {"testing"}, path
    loaded = loaded_by("from lightsnap.testing import mock_lightsail; mock_lightsail()")
    assert {name for name in loaded if name.startswith("lightsnap.")} == {
        name for name in loaded if name.startswith("lightsnap.testing")
    }


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
