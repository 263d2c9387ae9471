"""Requests as values, and reading and writing them in AWS's form."""

from __future__ import annotations

import json
import pickle
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lightsnap import (
    ConfigurationError,
    ConstraintError,
    CreateInstanceSnapshotRequest,
    Tag,
    Violation,
    snapshot_name,
)
from lightsnap._request.rules import name_violations
from tests import documented


def request(**changes: Any) -> CreateInstanceSnapshotRequest:
    given = {
        "instance_name": "WordPress-1",
        "instance_snapshot_name": "WordPress-Snapshot-1",
    }
    return CreateInstanceSnapshotRequest(**{**given, **changes})


def test_the_documented_request() -> None:
    assert request().to_dict() == documented.REQUEST
    assert CreateInstanceSnapshotRequest.from_dict(documented.REQUEST) == request()
    assert request().check() == request()


def test_no_tags_and_an_empty_list_of_tags_are_distinct() -> None:
    assert "tags" not in request(tags=None).to_dict()
    assert request(tags=()).to_dict()["tags"] == []
    assert CreateInstanceSnapshotRequest.from_dict(request().to_dict()).tags is None
    assert CreateInstanceSnapshotRequest.from_dict({"tags": []}).tags == ()


@pytest.mark.parametrize(
    "tags",
    [
        [Tag("env", "prod"), Tag("keep"), Tag("empty", "")],
        (tag for tag in (Tag("env", "prod"), Tag("keep"), Tag("empty", ""))),
        {"env": "prod", "keep": None, "empty": ""},
    ],
)
def test_tags_of_every_form_are_sent_in_the_same_way(tags: Any) -> None:
    created = request(tags=tags)

    assert created.to_dict()["tags"] == [
        {"key": "env", "value": "prod"},
        {"key": "keep"},
        {"key": "empty", "value": ""},
    ]
    assert CreateInstanceSnapshotRequest.from_dict(created.to_dict()) == created
    assert pickle.loads(pickle.dumps(created)) == created
    assert hash(created) == hash(request(tags=created.tags))


def test_every_violation_is_reported_at_once() -> None:
    invalid = request(instance_name=None, instance_snapshot_name=b"x", tags="env=prod")

    with pytest.raises(ConstraintError) as caught:
        invalid.check()

    assert caught.value.violations == invalid.violations
    assert [(each.path, each.rule) for each in invalid.violations] == [
        ("instance_name", "required"),
        ("instance_snapshot_name", "type"),
        ("tags", "type"),
    ]
    assert str(caught.value) == (
        "instance_name is missing: give a name; "
        "instance_snapshot_name is of type bytes: give text; "
        'tags is of type str: give [Tag("env", "prod")] or {"env": "prod"}'
    )


def test_a_snapshot_cannot_have_the_name_of_its_instance() -> None:
    (violation,) = request(instance_snapshot_name="WordPress-1").violations

    assert (violation.path, violation.rule) == ("instance_snapshot_name", "duplicate")
    assert "choose another" in violation.message


def test_a_request_of_another_form_is_rejected() -> None:
    with pytest.raises(ConstraintError) as caught:
        CreateInstanceSnapshotRequest.from_dict(
            {"InstanceName": "WordPress-1", "tags": {"key": "env"}}
        )

    assert caught.value.violations == (
        Violation(
            "InstanceName",
            "type",
            "is not a member of a request",
            "use instanceName, instanceSnapshotName and tags",
        ),
        Violation("tags", "type", "is of type dict", "give a list"),
    )


@pytest.mark.parametrize("data", [None, 5, "text", "", [], [("tags", [])]])
def test_a_request_must_be_a_mapping(data: Any) -> None:
    with pytest.raises(ConstraintError, match=r"request is of type .*: give a mapping"):
        CreateInstanceSnapshotRequest.from_dict(data)


@pytest.mark.parametrize(
    ("tag", "path", "rule"),
    [
        ("env", "tags[0]", "type"),
        (5, "tags[0]", "type"),
        (None, "tags[0]", "type"),
        ({}, "tags[0].key", "required"),
        ({"value": "v"}, "tags[0].key", "required"),
        ({"key": ["k"]}, "tags[0].key", "type"),
    ],
)
def test_from_dict_leaves_invalid_tags_to_the_check(
    tag: object, path: str, rule: str
) -> None:
    read = CreateInstanceSnapshotRequest.from_dict(
        {**documented.REQUEST, "tags": [tag]}
    )

    (violation,) = read.violations
    assert (violation.path, violation.rule) == (path, rule)


def test_a_tag_with_other_members_is_rejected() -> None:
    with pytest.raises(ConstraintError) as caught:
        CreateInstanceSnapshotRequest.from_dict(
            {"tags": [{"key": "k"}, {"Key": "k", "key": "k", "extra": 1}], "tag": 1}
        )

    assert [(each.path, each.rule) for each in caught.value.violations] == [
        ("tag", "type"),
        ("tags[1].Key", "type"),
        ("tags[1].extra", "type"),
    ]
    assert "tags[1].extra is not a member of a tag: use key and" in str(caught.value)


@pytest.mark.parametrize("tags", ["env=prod", 5, [Tag("env"), "env", 5]])
def test_to_dict_includes_invalid_tags_unchanged(tags: Any) -> None:
    written = [{"key": "env"}, "env", 5] if isinstance(tags, list) else tags

    assert request(tags=tags).to_dict()["tags"] == written


def test_from_dict_leaves_missing_names_to_the_check() -> None:
    read = CreateInstanceSnapshotRequest.from_dict({})

    assert [violation.rule for violation in read.violations] == ["required", "required"]


names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,253}[A-Za-z0-9_]", fullmatch=True)


@given(names, st.datetimes(timezones=st.just(UTC)))
def test_a_generated_name_is_always_valid(instance_name: str, at: datetime) -> None:
    name = snapshot_name(instance_name, at=at)

    assert list(name_violations("name", name)) == []
    assert len(name) <= 255
    assert name.startswith(instance_name[:231])
    assert name != snapshot_name(
        instance_name, at=at.replace(microsecond=(at.microsecond + 1) % 1_000_000)
    )


def test_a_generated_name_cuts_a_long_name_to_fit() -> None:
    name = snapshot_name("a" * 255)

    assert len(name) == 255
    assert name.startswith("a" * 231 + "-20")


def test_the_names_of_a_request_are_keyword_only() -> None:
    request_type: Any = CreateInstanceSnapshotRequest
    with pytest.raises(TypeError):
        request_type("WordPress-1", "WordPress-Snapshot-1")


def test_a_generated_name_has_the_instance_and_the_time_in_utc() -> None:
    at = datetime(2026, 11, 24, 15, 5, 1, 42, tzinfo=timezone(timedelta(hours=-7)))

    assert snapshot_name("WordPress-1", at=at) == "WordPress-1-20261124T220501-000042Z"


def test_a_generated_name_has_the_current_time_by_default() -> None:
    before = snapshot_name("WordPress-1", at=datetime.now(UTC))
    name = snapshot_name("WordPress-1")
    after = snapshot_name("WordPress-1", at=datetime.now(UTC))

    assert before <= name <= after


@pytest.mark.parametrize(
    ("instance_name", "stem"),
    [("näme-", "nme-"), (".a b.", "ab-"), ("", ""), ("--", ""), ("_", "_-")],
)
def test_a_generated_name_leaves_out_invalid_characters(
    instance_name: str, stem: str
) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)

    assert snapshot_name(instance_name, at=at) == f"{stem}20261124T000000-000000Z"


@pytest.mark.parametrize("instance_name", [None, 5, b"name"])
def test_a_name_is_generated_from_text_only(instance_name: Any) -> None:
    with pytest.raises(ConstraintError, match="instance_name is "):
        snapshot_name(instance_name)


def test_the_time_of_a_generated_name_must_be_timezone_aware() -> None:
    with pytest.raises(ValueError, match="timezone-aware"):
        snapshot_name("WordPress-1", at=datetime(2026, 11, 24))  # noqa: DTZ001


def test_a_request_from_json() -> None:
    text = json.dumps(documented.REQUEST)

    assert CreateInstanceSnapshotRequest.from_json(text) == request()
    assert CreateInstanceSnapshotRequest.from_json(text.encode("utf-16")) == request()


def test_a_request_comes_back_from_json() -> None:
    created = request(tags={"env": "prod", "keep": None, "größe\x7f": "\u2028"})

    text = created.to_json()

    assert CreateInstanceSnapshotRequest.from_json(text) == created
    assert text.isascii()
    assert text.isprintable()
    with pytest.raises(TypeError, match="bytes"):
        request(instance_name=b"x").to_json()


def test_a_request_from_yaml() -> None:
    text = """
    instanceName: WordPress-1  # the old one
    instanceSnapshotName: WordPress-Snapshot-1
    tags:
    - key: on
      value: "1"
    - key: 'no'
    """
    read = CreateInstanceSnapshotRequest.from_yaml(text)

    assert read == request(tags={"on": "1", "no": None})
    assert CreateInstanceSnapshotRequest.from_yaml(text.encode()) == read


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "syntax"),
        ("", "syntax"),
        (b"\xff", "syntax"),
        ("[" * 100_000, "syntax"),
        ("null", "type"),
        ("[]", "type"),
        (5, "type"),
    ],
)
def test_invalid_json_is_rejected(text: Any, rule: str) -> None:
    with pytest.raises(ConstraintError, match="request is") as caught:
        CreateInstanceSnapshotRequest.from_json(text)

    assert [each.rule for each in caught.value.violations] == [rule]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: [b", "syntax"),
        ("a: 1\na: 2", "syntax"),
        ("when: 2026-13-45", "syntax"),
        ("!!python/object:object {}", "syntax"),
        ("a: *b", "syntax"),
        ("a: !!bool maybe", "syntax"),
        ("a: !!int", "syntax"),
        (b"\xff", "syntax"),
        ("\0", "syntax"),
        ("[" * 1_000, "syntax"),
        ("", "type"),
        ("- a", "type"),
        (None, "type"),
    ],
)
def test_invalid_yaml_is_rejected(text: Any, rule: str) -> None:
    with pytest.raises(ConstraintError, match="request is") as caught:
        CreateInstanceSnapshotRequest.from_yaml(text)

    assert [each.rule for each in caught.value.violations] == [rule]
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="a1:-?[]{},&*!|>'\"%@`#. \n\t\\~=<b"))
def test_yaml_raises_no_other_error(text: str) -> None:
    with suppress(ConstraintError):
        CreateInstanceSnapshotRequest.from_yaml(text)


def test_yaml_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'lightsnap\[cli\]'"):
        CreateInstanceSnapshotRequest.from_yaml("{}")


def members(shape: Any) -> dict[str, Any]:
    """Return the members that a skeleton should have for a botocore shape."""
    blanks: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.type_name == "list":
            blanks[name] = [members(member.member)]
        elif member.type_name == "structure":
            blanks[name] = members(member)
        else:
            blanks[name] = member.type_name
    return blanks


def names_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: names_of(item) for name, item in value.items()}
    return [names_of(item) for item in value] if isinstance(value, list) else None


def operation_model() -> Any:
    model = botocore.session.Session().get_service_model("lightsail")
    return model.operation_model("CreateInstanceSnapshot")


def test_skeletons_match_the_model_of_botocore() -> None:
    model = operation_model()
    blank = json.loads(CreateInstanceSnapshotRequest.skeleton())
    response = json.loads(CreateInstanceSnapshotRequest.skeleton("output"))
    blank_in_yaml = YAML(typ="safe").load(
        CreateInstanceSnapshotRequest.skeleton("yaml-input")
    )

    assert names_of(blank) == names_of(members(model.input_shape))
    assert blank_in_yaml == blank
    assert names_of(response) == names_of(members(model.output_shape))


def test_skeleton_comments_come_from_botocore() -> None:
    lines = CreateInstanceSnapshotRequest.skeleton("yaml-input").splitlines()
    documentation = operation_model().input_shape.members["instanceName"].documentation

    comment = lines[1].partition("[REQUIRED] ")[2]
    assert len(comment) > 10
    assert comment in documentation


def test_a_filled_in_skeleton_can_be_read() -> None:
    blank = CreateInstanceSnapshotRequest.skeleton("yaml-input")
    filled = blank.replace("Name: ''", "Name: S-1").replace("key: ''", "key: env")

    read = CreateInstanceSnapshotRequest.from_yaml(filled)
    assert read.tags == (Tag("env", ""),)
    assert read.instance_name == "S-1"


def test_an_unknown_kind_of_skeleton_is_rejected() -> None:
    with pytest.raises(ConstraintError, match="kind is 'yaml': give input, yaml-input"):
        CreateInstanceSnapshotRequest.skeleton(cast("Any", "yaml"))
