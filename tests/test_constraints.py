"""Violations of the service's constraints on tags and names."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightsnap import Tag, Violation, check_tags
from lightsnap._request.rules import _invalid_in_tag, name_violations

LISTED = "+-=._:/@"
# Unicode will never assign these.
NONCHARACTERS = {
    *map(chr, range(0xFDD0, 0xFDF0)),
    *(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)),
}


def is_valid(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category[0] in "LNZ"
        or character in LISTED
        or (category == "Cn" and character not in NONCHARACTERS)
    )


def rules(tags: Any) -> list[tuple[str, str]]:
    return [(violation.path, violation.rule) for violation in check_tags(tags)]


def name_rules(name: Any) -> list[str]:
    return [violation.rule for violation in name_violations("name", name)]


def test_exactly_the_valid_characters_of_unicode_pass() -> None:
    characters = [chr(point) for point in range(sys.maxunicode + 1)]

    invalid = set(_invalid_in_tag("".join(characters)))

    assert invalid == {each for each in characters if not is_valid(each)}


@pytest.mark.parametrize(
    "letter",
    [
        "\U00031350",  # CJK, Unicode 15
        "\U00011f02",  # Kawi, Unicode 15
        "\U0001e4d0",  # Nag Mundari, Unicode 15
        "\U0002ebf0",  # CJK, Unicode 15.1
        "\U00010d40",  # a digit of Garay, Unicode 16
        "\ua7da",  # Latin, Unicode 16
        "\U000323b0",  # CJK, Unicode 17
    ],
)
def test_a_letter_passes_that_is_newer_than_this_python(letter: str) -> None:
    assert check_tags({f"a{letter}": letter}) == ()


@pytest.mark.parametrize(
    "character", ["\ufdd0", "\ufffe", "\U0010ffff", "\ue000", "\ud800", "\u200b"]
)
def test_a_character_that_will_never_be_a_letter_is_rejected(character: str) -> None:
    assert rules({"key": character}) == [("tags[0].value", "characters")]


@given(st.text(alphabet=st.characters(), max_size=300))
def test_a_value_has_a_violation_for_each_broken_rule_and_no_other(
    value: str,
) -> None:
    expected = [
        rule
        for rule, is_broken in (
            ("length", len(value) > 256),
            ("characters", not all(map(is_valid, value))),
            ("reserved-prefix", value.lower().startswith("aws:")),
        )
        if is_broken
    ]

    assert rules([Tag("key", value)]) == [("tags[0].value", rule) for rule in expected]


valid_text = st.text(
    alphabet=st.characters(categories=["L", "N", "Z"], include_characters=LISTED),
    min_size=1,
    max_size=100,
).filter(lambda text: not text.lower().startswith("aws:"))


@given(st.dictionaries(valid_text, st.none() | valid_text, max_size=50))
def test_valid_tags_pass_in_every_form(tags: dict[str, str | None]) -> None:
    assert check_tags(tags) == ()
    assert check_tags([Tag(key, value) for key, value in tags.items()]) == ()
    assert check_tags(Tag(key, value) for key, value in tags.items()) == ()


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (Tag("k" * 128, "v" * 256), []),
        (Tag("k" * 129), [("tags[0].key", "length")]),
        (Tag(""), [("tags[0].key", "length")]),
        (Tag("k", "v" * 257), [("tags[0].value", "length")]),
        (Tag("k", ""), []),
        (Tag("😀"), [("tags[0].key", "characters")]),
        (Tag("a\nb"), [("tags[0].key", "characters")]),
        (Tag("k", "line\n"), [("tags[0].value", "characters")]),
        (Tag("\ud800"), [("tags[0].key", "characters")]),
        (Tag("aws:x"), [("tags[0].key", "reserved-prefix")]),
        (
            Tag("AwS:x", "aWS:y"),
            [(f"tags[0].{x}", "reserved-prefix") for x in ("key", "value")],
        ),
        (Tag("aw\u017f:x"), []),  # str.casefold would turn this into aws:
        (Tag("aws"), []),
        (Tag("x-aws:y"), []),
    ],
)
def test_the_limits_of_a_tag(tag: Tag, expected: list[tuple[str, str]]) -> None:
    assert rules([tag]) == expected


def test_lengths_count_characters_not_bytes() -> None:
    assert check_tags([Tag("漢" * 128, "é" * 256)]) == ()
    assert check_tags([Tag("\U0001d4b3" * 128)]) == ()


def test_at_most_50_tags() -> None:
    tags = [Tag(f"key-{number}") for number in range(51)]

    assert check_tags(tags[:50]) == ()
    assert check_tags(tags) == (
        Violation("tags", "count", "has 51 tags", "a resource can have 50 at most"),
    )


def test_duplicate_keys_are_violations_and_case_matters() -> None:
    assert check_tags([Tag("env"), Tag("Env")]) == ()
    assert check_tags(
        [Tag("a"), Tag("env", "1"), Tag("env", "2"), Tag("env", "3")]
    ) == (
        Violation("tags[2].key", "duplicate", "repeats tags[1].key: 'env'"),
        Violation("tags[3].key", "duplicate", "repeats tags[1].key: 'env'"),
    )


def test_every_violation_is_reported_at_once() -> None:
    invalid = [Tag("aws:" + "," * 130, "*"), Tag("ok"), Tag("ok", 5)]  # type: ignore[arg-type]

    assert rules(invalid) == [
        ("tags[0].key", "length"),
        ("tags[0].key", "characters"),
        ("tags[0].key", "reserved-prefix"),
        ("tags[0].value", "characters"),
        ("tags[2].key", "duplicate"),
        ("tags[2].value", "type"),
    ]


@pytest.mark.parametrize(
    "tags", [5, None, b"env", "env", bytearray(b"env"), 1.5, Tag("a")]
)
def test_tags_of_a_wrong_type_are_a_violation(tags: Any) -> None:
    (violation,) = check_tags(tags)

    assert (violation.path, violation.rule) == ("tags", "type")
    assert violation.message == (
        f"tags is of type {type(tags).__name__}: "
        'give [Tag("env", "prod")] or {"env": "prod"}'
    )


@pytest.mark.parametrize(
    ("tags", "path"),
    [
        (["env"], "tags[0]"),
        ([Tag("a"), None], "tags[1]"),
        ([{"key": "env"}], "tags[0]"),
        ([("env", "prod")], "tags[0]"),
        ([Tag(b"env")], "tags[0].key"),  # type: ignore[arg-type]
        ([Tag([])], "tags[0].key"),  # type: ignore[arg-type]
        ({5: "five"}, "tags[0].key"),
        ({"five": 5}, "tags[0].value"),
        ({"bytes": b""}, "tags[0].value"),
    ],
)
def test_a_tag_or_a_part_of_it_of_a_wrong_type_is_a_violation(
    tags: Any, path: str
) -> None:
    assert rules(tags) == [(path, "type")]


def test_a_tag_without_a_key_is_a_violation() -> None:
    assert rules({None: "value"}) == [("tags[0].key", "required")]


def test_a_message_names_at_most_five_characters() -> None:
    (violation,) = check_tags([Tag("!#$%&'()*" * 10)])

    assert violation.message == (
        "tags[0].key may not contain '!', '#', '$', '%', '&', ...: "
        "use letters, numbers, spaces and + - = . _ : / @"
    )


def test_a_message_names_five_characters_in_full() -> None:
    (violation,) = check_tags([Tag("!#$%&")])

    assert "may not contain '!', '#', '$', '%', '&': use" in violation.message


def test_a_message_gives_the_valid_lengths() -> None:
    assert [each.message for each in check_tags([Tag("", "v" * 257)])] == [
        "tags[0].key has 0 characters: use 1 to 128",
        "tags[0].value has 257 characters: use 0 to 256",
    ]


@pytest.mark.parametrize(
    "name", ["ab", "WordPress-1", "a.b", "_a_", "__", "9" * 255, "MEAN-1-1571419854"]
)
def test_names_that_the_service_may_accept_pass(name: str) -> None:
    assert name_rules(name) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", ["length"]),
        ("a", ["length"]),
        ("a" * 256, ["length"]),
        ("a b", ["characters"]),
        ("näme", ["characters"]),
        ("name\n", ["characters"]),
        ("٣٤", ["characters"]),
        (".name", ["characters"]),
        ("name.", ["characters"]),
        ("-name", ["characters"]),
        ("name-", ["characters"]),
        ("-", ["length", "characters"]),
        ("-a/", ["characters", "characters"]),
        (None, ["required"]),
        (5, ["type"]),
        (b"name", ["type"]),
        (["name"], ["type"]),
    ],
)
def test_names_that_the_service_refuses(name: Any, expected: list[str]) -> None:
    assert name_rules(name) == expected


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,253}[A-Za-z0-9_]", fullmatch=True))
def test_every_name_of_the_documented_form_passes(name: str) -> None:
    assert name_rules(name) == []
