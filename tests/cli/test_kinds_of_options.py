"""The CLI reads a value of each kind of option as the AWS CLI does.

Each kind stands for all options of that shape: both read a value by its shape alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from tests.cli.side_by_side import Pair, both
from tests.stub import Answer

pytestmark = pytest.mark.foreign

# Few, since the AWS CLI takes a fifth of a second for each. After a change to how
# values are read, run 300, which takes ten minutes.
EXAMPLES = 12

SERVICE: Any = botocore.session.Session().get_service_model("lightsail")
KINDS = {
    "number": "create-disk --disk-name d --availability-zone z --size-in-gb",
    "list of texts": "create-certificate --certificate-name c --domain-name d "
    "--subject-alternative-names",
    "structure": "create-domain-entry --domain-name a --domain-entry",
    "map": "create-container-service --service-name s --power nano --scale 1 "
    "--public-domain-names",
    "list of structures": "put-instance-public-ports --instance-name web --port-infos",
    "nested": "create-container-service-deployment --service-name s --containers",
    "timestamp": "get-cost-estimate --resource-name r --end-time 1 --start-time",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both(tmp_path_factory.mktemp("home")) as pair:
        for name in SERVICE.operation_names:
            pair.stub.on(name, Answer({}))
        yield pair


def shape_of(command: str) -> Any:
    name, *_, option = command.split()
    (operation,) = (e for e in SERVICE.operation_names if xform_name(e, "-") == name)
    members = SERVICE.operation_model(operation).input_shape.members
    (member,) = (e for e in members if f"--{xform_name(e, '-')}" == option)
    return members[member]


texts = st.text("abé7 .-_", min_size=1, max_size=6)
odd: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.floats(-2, 2), st.lists(texts, max_size=2), st.just({}), st.just("")
)
numbers = st.sampled_from(["7", "08", " 9", "1_0", "-1", "0", "1.5", "x", ""])
# No fractions: their botocore is older, and cuts them.
times = st.sampled_from(
    ["2026-11-30", "2026-11-30T03:00:00+01:00", "1764471600", "yesterday", ""]
)


def valid(shape: Any) -> st.SearchStrategy[Any]:
    """Return values of a shape, most of them valid."""
    match shape.type_name:
        case "structure":
            members = {name: usual(each) for name, each in shape.members.items()}
            return st.fixed_dictionaries({}, optional=members)
        case "map":
            return st.dictionaries(texts, usual(shape.value), max_size=2)
        case "list":
            return st.lists(usual(shape.member), max_size=2)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.integers(-1, 70000)
        case _:
            return st.sampled_from(shape.enum) if shape.enum else texts


def usual(shape: Any) -> st.SearchStrategy[Any]:
    # Booleans are numbers to the AWS CLI, which lightsnap rejects.
    is_number = shape.type_name in ("integer", "long")
    return st.integers(0, 9).flatmap(
        lambda chance: odd if chance == 0 and not is_number else valid(shape)
    )


def shorthand(value: Any, *, depth: int = 0) -> str:
    """Write a value in shorthand."""
    if isinstance(value, dict):
        members = [f"{k}={shorthand(v, depth=1)}" for k, v in value.items()]
        joined = ",".join(members)
        return f"{{{joined}}}" if depth else joined
    if isinstance(value, list):
        return f"[{','.join(shorthand(each, depth=1) for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}"


@st.composite
def words_of(draw: st.DrawFn, kind: str) -> list[str]:
    """Draw the words after an option, most of them valid."""
    shape = shape_of(KINDS[kind])
    if kind == "number":
        return [draw(numbers)]
    if kind == "timestamp":
        return [draw(times)]
    value = draw(valid(shape))
    as_json = draw(st.booleans())
    if shape.type_name != "list" or (as_json and draw(st.booleans())):
        return [json.dumps(value) if as_json else shorthand(value)]
    written = [json.dumps(each) if as_json else shorthand(each) for each in value]
    return [e if isinstance(e, str) else w for e, w in zip(value, written, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_both_send_the_same_or_neither_sends_anything(kind: str, pair: Pair) -> None:
    @given(words=words_of(kind))
    @settings(max_examples=EXAMPLES, phases=set(Phase) - {Phase.explain})
    def test(words: list[str]) -> None:
        line = [*KINDS[kind].split(), *words]
        exit_code, sent, _ = pair.aws(line)
        event("sent" if sent else "rejected")
        ours = pair.lightsnap(line)
        if sent:
            assert (ours.exit_code, ours.sent) == (exit_code, sent)
        else:
            assert (ours.exit_code in (252, 255), ours.sent) == (True, [])

    test()
