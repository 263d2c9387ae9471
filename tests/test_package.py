"""The package as a whole: its public names, what it loads, which way it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lightsnap
from lightsnap import testing

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
    script = f"import sys; {statement}; print(*sys.modules)"
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


def test_a_plain_import_loads_nothing_of_ours() -> None:
    loaded = loaded_by("import lightsnap")

    assert {name for name in loaded if name.startswith("lightsnap")} == {"lightsnap"}
    assert "attr" not in loaded


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ([], set()),
        (["--version"], set()),
        (["--help"], set()),
        (["create-instance-snapshot", "help"], set()),
        (["create-instance-snapshot", "--generate-cli-skeleton"], set()),
        (["create-instance-snapshot", "--tags", "key"], set()),
        (["create-instance-snapshot", "--generate-cli-skeleton", "yaml-input"], BOTO),
        (["get-operation", "--operation-id", "1", "--region", "no region"], BOTO),
    ],
)
def test_the_program_loads_what_it_needs(words: list[str], loaded: set[str]) -> None:
    run = f"from lightsnap.cli import main; main({words})"
    found = loaded_by(run) & (HEAVY | {"flask", "prompt_toolkit", "rich", "ruamel"})

    assert found == loaded


def test_boto3_is_not_needed_to_build_a_client() -> None:
    statement = (
        "from lightsnap import Client; Client(region_name='us-west-2')._connect()"
    )
    loaded = loaded_by(statement)

    assert "botocore" in loaded
    assert "boto3" not in loaded


# Each module may import those before it.
LAYERS = [
    {"_display", "_log", "errors"},
    {"documents", "enums", "failures", "shorthand"},
    {"_wire"},
    {"models"},
    {"constraints", "polling", "skeleton"},
    {"notebook", "requests", "schedule"},
    {"service", "state"},
    {"creation", "settings", "waiting"},
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
