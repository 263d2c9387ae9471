"""What is done for every answer and every request, by pyperf, in its own processes.

``measure`` runs this module again, as pyperf's program; that runs itself once more for
each of its worker processes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import cattrs
import pydantic
import pyperf
from botocore.utils import parse_timestamp
from cattrs.gen import make_dict_structure_fn, override
from pydantic.alias_generators import to_camel

from benchmarks.report import Goal, Section
from benchmarks.server import operation
from lightsnap import (
    Operation,
    OperationStatus,
    OperationType,
    ResourceLocation,
    ResourceType,
    Tag,
    check_tags,
)
from lightsnap.constraints import _NO_TAG_CHARACTER

PROCESSES, VALUES = 5, 3
OPERATION_ID = "4c1f7e2a-0000-4000-8000-000000000000"
PROGRAM = ("-m", "benchmarks.hot_paths")


@attrs.frozen
class AttrsLocation:
    availability_zone: str
    region_name: str


@attrs.frozen
class AttrsOperation:
    id: str
    resource_name: str
    resource_type: str
    created_at: datetime
    location: AttrsLocation
    is_terminal: bool
    operation_type: str
    status: str
    status_changed_at: datetime
    operation_details: str | None = None
    error_code: str | None = None
    error_details: str | None = None


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def utc(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(value)
    return value.astimezone(UTC)


def text_or_none(value: object) -> str | None:
    return None if value is None else text(value)


@attrs.frozen(kw_only=True)
class ConvertingOperation:
    """Reads its fields on its own, where lightsnap has readers that are compiled."""

    id: str = attrs.field(converter=text)
    resource_name: str = attrs.field(converter=text)
    resource_type: ResourceType = attrs.field(converter=ResourceType)
    created_at: datetime = attrs.field(converter=utc)
    location: ResourceLocation = attrs.field(
        converter=ResourceLocation.from_dict  # type: ignore[misc] # mypy wants less
    )
    is_terminal: bool = attrs.field(converter=flag)
    operation_details: str | None = attrs.field(converter=text_or_none)
    operation_type: OperationType = attrs.field(converter=OperationType)
    status: OperationStatus = attrs.field(converter=OperationStatus)
    status_changed_at: datetime = attrs.field(converter=utc)
    error_code: str | None = attrs.field(converter=text_or_none)
    error_details: str | None = attrs.field(converter=text_or_none)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ConvertingOperation:
        return cls(
            id=data["id"],
            resource_name=data["resourceName"],
            resource_type=data["resourceType"],
            created_at=data["createdAt"],
            location=data["location"],
            is_terminal=data["isTerminal"],
            operation_details=data.get("operationDetails"),
            operation_type=data["operationType"],
            status=data["status"],
            status_changed_at=data["statusChangedAt"],
            error_code=data.get("errorCode"),
            error_details=data.get("errorDetails"),
        )


class PydanticModel(pydantic.BaseModel):  # type: ignore[misc] # mypy does not see it
    model_config = pydantic.ConfigDict(alias_generator=to_camel, frozen=True)


class PydanticLocation(PydanticModel):
    availability_zone: str
    region_name: str


class PydanticOperation(PydanticModel):
    id: str
    resource_name: str
    resource_type: str
    created_at: datetime
    location: PydanticLocation
    is_terminal: bool
    operation_type: str
    status: str
    status_changed_at: datetime
    operation_details: str | None = None
    error_code: str | None = None
    error_details: str | None = None


def of_botocore(read_timestamp: Callable[[Any], datetime]) -> dict[str, Any]:
    """An operation as botocore's parser makes it."""
    parsed: dict[str, Any] = operation(OPERATION_ID, ended=False)
    for name in ("createdAt", "statusChangedAt"):
        parsed[name] = read_timestamp(parsed[name])
    return parsed


def in_utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def by_cattrs() -> Any:
    # The quicker of its two ways to tell what is wrong.
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(datetime, lambda value, _: value.astimezone(UTC))
    for model in (AttrsLocation, AttrsOperation):
        names = {
            each.name: override(rename=to_camel(each.name))
            for each in attrs.fields(model)
        }
        hook = make_dict_structure_fn(model, converter, **names)
        converter.register_structure_hook(model, hook)
    return converter


def converted(data: dict[str, Any]) -> dict[str, Any]:
    """What the constructor of ``Operation`` takes."""
    return {
        "id": data["id"],
        "resource_name": data["resourceName"],
        "resource_type": ResourceType(data["resourceType"]),
        "created_at": data["createdAt"],
        "location": ResourceLocation.from_dict(data["location"]),
        "is_terminal": data["isTerminal"],
        "operation_details": data["operationDetails"],
        "operation_type": OperationType(data["operationType"]),
        "status": OperationStatus(data["status"]),
        "status_changed_at": data["statusChangedAt"],
    }


def full_tags(letters: str) -> list[Tag]:
    """As many tags as a resource may have, as long as they may be."""
    key, value = (letters * 256)[:126], (letters * 256)[:256]
    return [Tag(f"{number:02}{key}", value) for number in range(50)]


def searched(tags: list[Tag]) -> bool:
    """Whether the regular expression for tags finds what they may not hold."""
    search = _NO_TAG_CHARACTER.search
    return any(search(tag.key) or search(tag.value or "") for tag in tags)


UTC_DICT = "lightsnap: Operation.from_dict, timestamps in UTC"
LOCAL_DICT = "lightsnap: the same, timestamps of a bare boto3 client"
PLAIN = "lightsnap: the constructor that attrs makes, of values already read"
CONVERTERS = "tried and dropped: attrs, with a converter for each field"
CATTRS = "cattrs"
PYDANTIC = "pydantic"
ASCII = "lightsnap: check_tags, 50 full tags, ASCII"
SEARCH = "tried and dropped: nothing but a regular expression for those ASCII tags"
OTHERS = "lightsnap: check_tags, 50 full tags, other letters"


def run_pyperf() -> None:
    runner = pyperf.Runner(
        processes=PROCESSES, values=VALUES, min_time=0.05, program_args=PROGRAM
    )
    utc_dict, local_dict = of_botocore(in_utc), of_botocore(parse_timestamp)
    values = converted(utc_dict)
    converter = by_cattrs()
    ascii_tags, other_tags = full_tags("abcdefghij"), full_tags("äöüßéñçλжש")

    runner.bench_func(UTC_DICT, Operation.from_dict, utc_dict)
    runner.bench_func(LOCAL_DICT, Operation.from_dict, local_dict)
    runner.bench_func(PLAIN, lambda: Operation(**values))
    runner.bench_func(CONVERTERS, ConvertingOperation.from_dict, utc_dict)
    runner.bench_func(CATTRS, converter.structure, utc_dict, AttrsOperation)
    runner.bench_func(PYDANTIC, PydanticOperation.model_validate, utc_dict)
    runner.bench_func(ASCII, check_tags, ascii_tags)
    runner.bench_func(SEARCH, searched, ascii_tags)
    runner.bench_func(OTHERS, check_tags, other_tags)


def measure() -> Section:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "hot-paths.json"
        subprocess.run(
            [sys.executable, *PROGRAM, "--quiet", f"--output={output}"],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        suite = pyperf.BenchmarkSuite.load(str(output))
    microseconds = {
        each.get_name(): round(1e6 * each.median(), 2)
        for each in suite.get_benchmarks()
    }
    goals: list[Goal] = [
        {
            "what": "building one Operation from botocore's dict",
            "measured": round(microseconds[UTC_DICT], 1),
            "goal": 2.0,
            "form": "{:.1f} µs",
            "against": (
                f"cattrs {microseconds[CATTRS]:.1f} µs, "
                f"pydantic {microseconds[PYDANTIC]:.1f} µs"
            ),
        }
    ]
    for letters, name in (("ASCII", ASCII), ("other letters", OTHERS)):
        goals.append(
            {
                "what": f"checking 50 full tags, {letters}",
                "measured": round(microseconds[name]),
                "goal": 150,
                "form": "{:.0f} µs",
                "against": "",
            }
        )
    return {
        "goals": goals,
        "tables": [
            {
                "title": "Values",
                "text": (
                    "One operation is read from the dict that botocore makes of it; "
                    "cattrs and pydantic read it into equal fields, but the statuses "
                    "and types into plain text. Full tags have keys of 128 characters "
                    f"and values of 256. By pyperf, {PROCESSES} processes, medians."
                ),
                "columns": {"what": "{}", "time": "{:.2f} µs"},
                "rows": [[name, value] for name, value in microseconds.items()],
            }
        ],
    }


if __name__ == "__main__":
    run_pyperf()
