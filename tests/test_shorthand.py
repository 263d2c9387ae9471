"""Shorthand syntax: the same results as the AWS CLI, and clear error messages.

The expected values are what version 2 of the AWS CLI returns for the same text.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightsnap import ConstraintError, Tag, check_tags
from lightsnap._model.shorthand import parse

# Characters with a meaning in the syntax, and whitespace.
SIGNIFICANT = "=,'\"[]{}@\\ \t\n"
texts = st.text(alphabet=st.sampled_from(SIGNIFICANT) | st.characters(), max_size=40)


def error_message(text: str, **options: Any) -> str:
    """Return the message of the only violation in a text."""
    with pytest.raises(ConstraintError) as caught:
        parse(text, **options)
    (violation,) = caught.value.violations
    assert violation.rule == "syntax"
    assert violation.path == options.get("path", "tag")
    assert violation.message.startswith(f"{violation.path} ")
    return violation.message


def violations(text: Any) -> list[tuple[str, str, str]]:
    """Return the violations in a text that is parsed as a tag."""
    with pytest.raises(ConstraintError) as caught:
        Tag.from_shorthand(text)
    return [(each.path, each.rule, each.message) for each in caught.value.violations]


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("key=env", {"key": "env"}),
        ("key=env,value=prod", {"key": "env", "value": "prod"}),
        ("value=prod,key=env", {"value": "prod", "key": "env"}),
        ("key=env,value=", {"key": "env", "value": ""}),
        ("key=,value=prod", {"key": "", "value": "prod"}),
        ("a.b-c_d/e:f#1=x", {"a.b-c_d/e:f#1": "x"}),
        ("=x", {"": "x"}),
        ("key=a,,value=b", {"key": "a", "value": "b"}),
    ],
)
def test_members_have_a_name_and_a_value(text: str, members: object) -> None:
    assert parse(text) == members


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=Größe 3", "Größe 3"),
        ("a=b=c", "b=c"),
        ("a=b[c{d|e~f", "b[c{d|e~f"),
        ("a=]b", "]b"),
        ("a=}b", "}b"),
        (r"a=b\c", r"b\c"),
        ("a=\uffff", "\uffff"),
    ],
)
def test_unquoted_text_ends_at_the_next_delimiter(text: str, value: str) -> None:
    assert parse(text) == {"a": value}


@pytest.mark.parametrize(
    "text",
    [
        "a=b ",
        "a\t=\nb\r\n",
        "a=b\N{NO-BREAK SPACE}\N{LINE SEPARATOR}\x1f",
        "a= 'b' ",
    ],
)
def test_whitespace_around_a_value_is_stripped(text: str) -> None:
    assert parse(text) == {"a": "b"}


def test_whitespace_around_delimiters_is_ignored() -> None:
    assert parse("key = env ,\n value\t=prod") == {"key": "env", "value": "prod"}
    assert parse("key @ = env") == {"key": "env"}
    assert parse("key=  ") == {"key": ""}
    assert parse("a=[ b , [ ] ],c={ d = e , f = { } }") == {
        "a": ["b", []],
        "c": {"d": "e", "f": {}},
    }


def test_other_whitespace_before_a_value_is_kept() -> None:
    assert parse("a=\N{NO-BREAK SPACE}b") == {"a": "\N{NO-BREAK SPACE}b"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a='b, c=[d]'", "b, c=[d]"),
        ('a="b, c={d}"', "b, c={d}"),
        ("a=''", ""),
        ("a=' b '", " b "),
        ("a='😀\x00\n'", "😀\x00\n"),
        (r"a='it\'s'", "it's"),
        (r'a="say \"so\""', 'say "so"'),
        ("a='\"'", '"'),
        ('a="\'"', "'"),
        (r"a='b\\c\d'", r"b\c\d"),
        (r"a='b\,c'", r"b\,c"),
    ],
)
def test_quoted_text_may_contain_anything(text: str, value: str) -> None:
    assert parse(text) == {"a": value}


def test_a_backslash_before_the_last_quote_is_literal() -> None:
    assert parse("a='b\\'") == {"a": "b\\"}
    assert parse(r"a='b\\'") == {"a": "b\\"}
    assert parse(r"a='b\'c\'") == {"a": r"b'c" + "\\"}


def test_two_backslashes_escape_a_quote_if_another_follows() -> None:
    assert parse(r"a='b\\',c='") == {"a": r"b\',c="}


def test_a_backslash_escapes_a_comma() -> None:
    assert parse(r"a=b\,c,d=\,") == {"a": "b,c", "d": ","}
    assert parse(r"a=b\\,c") == {"a": r"b\,c"}
    assert parse(r"a=b,c\,d") == {"a": ["b", "c,d"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=b,c", ["b", "c"]),
        ("a=b , c , d", ["b", "c", "d"]),
        ("a='b,c',\"d\"", ["b,c", "d"]),
        ("a=,b", ["", "b"]),
        ("a=b,]}[{", ["b", "]}[{"]),
    ],
)
def test_commas_make_a_list(text: str, value: object) -> None:
    assert parse(text) == {"a": value}


def test_a_list_ends_where_the_next_member_begins() -> None:
    assert parse("a=b,c,d=e") == {"a": ["b", "c"], "d": "e"}
    assert parse("a=b,c,,d=e") == {"a": ["b", "c"], "d": "e"}
    assert parse("a=b,c,=d") == {"a": ["b", "c"], "": "d"}


def test_the_next_member_begins_after_the_last_comma_of_any_kind() -> None:
    assert parse(r"a=b,c\,d=e") == {"a": "b", "d": "e"}
    assert parse("a=b,'c,d=' e'") == {"a": "b", "d": " e"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=[]", []),
        ("a=[b]", ["b"]),
        ("a=[b,'c]',d=e]", ["b", "c]", "d=e"]),
        ("a=[b,]", ["b"]),
        ("a=[,]", [""]),
        ("a=[,}]", ["", "}"]),
        ("a=[[b,c],{d=e},f]", [["b", "c"], {"d": "e"}, "f"]),
    ],
)
def test_brackets_make_a_list(text: str, value: object) -> None:
    assert parse(text) == {"a": value}
    assert parse(f"{text},z=y") == {"a": value, "z": "y"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a={}", {}),
        ("a={b=c}", {"b": "c"}),
        ("a={b=c,d='}'}", {"b": "c", "d": "}"}),
        ("a={b=,}", {"b": ""}),
        ("a={b=}}", {"b": "}"}),
        ("a={=b}", {"": "b"}),
        ("a={b=[c],d={e=f}}", {"b": ["c"], "d": {"e": "f"}}),
    ],
)
def test_braces_make_a_map(text: str, value: object) -> None:
    assert parse(text) == {"a": value}
    assert parse(f"{text},z=y") == {"a": value, "z": "y"}


def test_in_a_map_the_last_of_a_repeated_member_wins() -> None:
    assert parse("a={b=c,b=d}") == {"a": {"b": "d"}}


class Files:
    """A fake ``read_file`` that records its arguments."""

    def __init__(self) -> None:
        self.texts_read: list[str] = []

    def __call__(self, text: str) -> object:
        self.texts_read.append(text)
        return text.encode()


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("a@=file://b", {"a": b"file://b"}),
        ("a@=fileb://b", {"a": b"fileb://b"}),
        ("a @= 'file://b, c' ", {"a": b"file://b, c"}),
        ("a@=b,file://c,d", {"a": ["b", b"file://c", "d"]}),
        ("a@=[file://b,c]", {"a": [b"file://b", "c"]}),
        ("a={b@=file://c}", {"a": {"b": b"file://c"}}),
    ],
)
def test_after_an_at_sign_a_file_is_read(text: str, members: object) -> None:
    files = Files()

    assert parse(text, read_file=files) == members

    assert len(files.texts_read) == 1


@pytest.mark.parametrize("text", ["b", "'https://b'", " FILE://b", ""])
def test_after_an_at_sign_other_text_is_literal(text: str) -> None:
    assert parse(f"a@={text}") == {"a": text.strip(" '")}


def test_no_file_is_read_without_an_at_sign() -> None:
    assert parse("a=file://b,c=d", read_file=Files()) == {"a": "file://b", "c": "d"}
    assert parse("a@=b,c=file://d", read_file=Files()) == {"a": "b", "c": "file://d"}


def test_an_at_sign_applies_until_the_next_name_regardless_of_brackets() -> None:
    assert parse("a@=[{b=c},file://d]") == {"a": [{"b": "c"}, "file://d"]}
    assert parse("a=[{b@=c},file://d]", read_file=Files()) == {
        "a": [{"b": "c"}, b"file://d"]
    }


def test_an_exception_from_read_file_propagates() -> None:
    def read_file(text: str) -> object:
        raise FileNotFoundError(text)

    with pytest.raises(FileNotFoundError, match="file://b"):
        parse("a@=file://b", read_file=read_file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs = at the end of ''"),
        ("env", "needs = at the end of 'env'"),
        (" key=env", "needs = instead of 'k' at character 2 of ' key=env'"),
        ("{key=env}", "needs = instead of '{' at character 1 of '{key=env}'"),
        ("schlüssel=env", "needs = instead of 'ü' at character 5 of 'schlüssel=env'"),
        ("key=env,", "needs a value at the end of 'key=env,'"),
        ("key env", "needs = instead of 'e' at character 5 of 'key env'"),
        ("key=[env", "needs , or ] at the end of 'key=[env'"),
        ("key=[env] ", "needs , at the end of 'key=[env] '"),
        ("key={a=b", "needs , or } at the end of 'key={a=b'"),
        ("key={a=b,", "needs = at the end of 'key={a=b,'"),
        ("key='env", "has a ' that nothing closes at character 5 of \"key='env\""),
        ('key=a,"b', "has a \" that nothing closes at character 7 of 'key=a,\"b'"),
    ],
)
def test_invalid_syntax_is_rejected_with_its_position(text: str, message: str) -> None:
    assert error_message(text) == f"tag {message}: write key=env,value=prod"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key=it's", 'needs , instead of "\'" at character 7 of "key=it\'s"'),
        ("key='a'b", "needs , instead of 'b' at character 8 of \"key='a'b\""),
        ("key=a]b", "needs , instead of ']' at character 6 of 'key=a]b'"),
        ("key=[a'", 'needs , or ] instead of "\'" at character 7 of "key=[a\'"'),
        ("key=\x00", "needs , instead of '\\x00' at character 5 of 'key=\\x00'"),
        ("key=a😀", "needs , instead of '😀' at character 6 of 'key=a😀'"),
    ],
)
def test_a_character_that_needs_quotes_is_rejected_without_them(
    text: str, message: str
) -> None:
    advice = "put the value in quotes, as in key=env,value='prod'"
    assert error_message(text) == f"tag {message}: {advice}"


def test_a_file_is_rejected_if_no_files_are_read() -> None:
    assert error_message("key=env,value@=file://v") == (
        "tag reads no files but names one after @= at character 16 of "
        "'key=env,value@=file://v': write the value itself"
    )


def test_brackets_nested_too_deep_are_rejected() -> None:
    assert error_message("a=" + "[" * 100_000).startswith(
        "tag nests brackets too deep in 'a=[[["
    )


def test_a_repeated_name_is_rejected() -> None:
    assert error_message("key=env,key=x") == (
        "tag repeats 'key' at character 9 of 'key=env,key=x': "
        "separate tags with a space, not a comma"
    )


def test_a_message_quotes_at_most_80_characters() -> None:
    name = "k" * 1000
    quoted = f"'{'k' * 79}"

    assert error_message(name) == (
        f"tag needs = at the end of {quoted}: write key=env,value=prod"
    )
    assert error_message(f"{name}=,{name}=") == (
        f"tag repeats {quoted} at character 1003 of {quoted}: "
        "separate tags with a space, not a comma"
    )
    assert violations(f"key=env,{name}=") == [is_not_a_member(f"tag.{name[:80]}")]


def test_a_message_has_the_given_path() -> None:
    assert error_message("env", path="--tags[2]") == (
        "--tags[2] needs = at the end of 'env': write key=env,value=prod"
    )


@given(texts)
def test_any_text_is_parsed_or_rejected_with_one_short_line(text: str) -> None:
    try:
        read = parse(text, read_file=Files())
    except ConstraintError:
        message = error_message(text, read_file=Files())
        assert len(message) < 300
        assert message.isprintable()
    else:
        assert all(isinstance(name, str) for name in read)


def in_quotes(text: str, quote: str) -> str:
    return quote + text.replace(quote, f"\\{quote}") + quote


def write(value: object, quote: str) -> str:
    """Write a value, with lists in brackets and text in quotes."""
    if isinstance(value, list):
        return "[" + " , ".join(write(each, quote) for each in value) + "]"
    if isinstance(value, dict):
        members = (f"{name} = {write(each, quote)}" for name, each in value.items())
        return "{" + ", ".join(members) + "}"
    return in_quotes(str(value), quote)


names = st.text("abz019._:/#-", max_size=5)
free_text = st.text(st.characters(exclude_characters="\\"), max_size=20)
values = st.recursive(
    free_text,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(names, values, min_size=1, max_size=3), st.sampled_from("'\""))
def test_quoted_values_round_trip(members: dict[str, object], quote: str) -> None:
    text = ",".join(f"{name}={write(each, quote)}" for name, each in members.items())

    assert parse(text) == members


valid_text = st.text(
    st.characters(categories=["L", "N", "Z"], include_characters="+-=._:/@"),
    min_size=1,
    max_size=20,
).filter(lambda text: not text.lower().startswith("aws:"))


def ways_to_write(text: str) -> list[str]:
    """Return every way to write text that is valid in a tag."""
    ways = [in_quotes(text, "'"), in_quotes(text, '"')]
    if text == text.rstrip() and text[0] not in " =" and max(text) <= "\uffff":
        ways.append(text)
    return ways


@given(st.data(), valid_text, st.none() | st.just("") | valid_text)
def test_every_valid_tag_can_be_written(
    data: st.DataObject, key: str, value: str | None
) -> None:
    members = ["key=" + data.draw(st.sampled_from(ways_to_write(key)))]
    if value is not None:
        ways = ways_to_write(value) if value else ["", "''", '""']
        members.append("value=" + data.draw(st.sampled_from(ways)))
    separator = data.draw(st.sampled_from([",", ", ", "\n,"]))

    tag = Tag.from_shorthand(separator.join(data.draw(st.permutations(members))))

    assert tag == Tag(key, value)
    assert check_tags([tag]) == ()


def test_a_key_only_tag_and_an_empty_value_are_distinct() -> None:
    assert Tag.from_shorthand("key=env") == Tag("env")
    assert Tag.from_shorthand("key=env,value=") == Tag("env", "")


def test_characters_and_lengths_are_not_checked() -> None:
    assert Tag.from_shorthand("key=,value='aws: \x00?'") == Tag("", "aws: \x00?")


def test_from_shorthand_of_a_subclass_returns_the_subclass() -> None:
    class Label(Tag):
        """A subclass of Tag."""

    assert type(Label.from_shorthand("key=env")) is Label


@pytest.mark.parametrize("other", [None, 5, b"key=env", Tag("env")])
def test_other_types_are_rejected(other: Any) -> None:
    name = type(other).__name__
    message = f"tag is of type {name}: give text, like key=env,value=prod"

    assert violations(other) == [("tag", "type", message)]


def test_a_tag_with_invalid_syntax_is_rejected() -> None:
    message = "tag needs = at the end of 'env': write key=env,value=prod"

    assert violations("env") == [("tag", "syntax", message)]


def test_a_tag_reads_no_files() -> None:
    ((path, rule, message),) = violations("key=env,value@=file://v")

    assert (path, rule) == ("tag", "syntax")
    assert "reads no files" in message


def is_not_text(path: str, type_name: str) -> tuple[str, str, str]:
    advice = "give text, in quotes if it holds a comma or brackets"
    return path, "type", f"{path} is of type {type_name}: {advice}"


def is_not_a_member(path: str) -> tuple[str, str, str]:
    return path, "type", f"{path} is not a member of a tag: use key and value"


HAS_NO_KEY = ("tag.key", "required", "tag.key is missing: a tag needs a key")


def test_a_tag_needs_a_key() -> None:
    assert violations("value=prod") == [HAS_NO_KEY]


def test_a_tag_has_no_other_members() -> None:
    assert violations("key=env,extra=1") == [is_not_a_member("tag.extra")]


@pytest.mark.parametrize(
    ("value", "type_name"), [("a,b", "list"), ("[]", "list"), ("{a=b}", "dict")]
)
def test_a_key_and_a_value_are_text(value: str, type_name: str) -> None:
    assert violations(f"key={value},value=x") == [is_not_text("tag.key", type_name)]
    assert violations(f"key=x,value={value}") == [is_not_text("tag.value", type_name)]


def test_every_violation_of_a_tag_is_reported_at_once() -> None:
    assert violations("Key=env,value=a,b,extra=") == [
        is_not_a_member("tag.Key"),
        is_not_text("tag.value", "list"),
        is_not_a_member("tag.extra"),
        HAS_NO_KEY,
    ]
