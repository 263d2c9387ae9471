"""The CLI reads any ``--tags`` as the AWS CLI does.

Both run the same generated command lines against the same server. golden.json covers
version 2 of the AWS CLI; both versions read tags in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, event, example, given, settings
from hypothesis import strategies as st

from lightsnap import ConstraintError, CreateInstanceSnapshotRequest
from tests.cli.side_by_side import Pair, both

pytestmark = pytest.mark.foreign

# Few, since the AWS CLI takes a third of a second for each. After a change to how tags
# are read, run 1000, which takes five minutes.
EXAMPLES = 40

COMMAND = (
    "create-instance-snapshot --instance-name WordPress-1 "
    "--instance-snapshot-name WordPress-Snapshot-1 --tags"
).split()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both(tmp_path_factory.mktemp("home")) as pair:
        yield pair


def breaks_a_constraint(body: dict[str, Any]) -> bool:
    """Whether lightsnap rejects a request that the AWS CLI leaves to the service."""
    try:
        return bool(CreateInstanceSnapshotRequest.from_dict(body).violations)
    except ConstraintError:
        return True


def quoted(quote: str) -> Callable[[str], str]:
    return lambda text: (
        quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote
    )


def joined(*parts: st.SearchStrategy[str], by: str = "") -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(by.join)


keys = st.text("abcdeéß7 +-=._:/@", min_size=3, max_size=9)
values = st.just("") | st.text("abcdeéß7 +-=._:/@", max_size=9)
# Most of these have a meaning in the syntax; few are permitted in a tag.
SPECIAL = "=,'\"[]{}@\\ \t\nab-~\N{NO-BREAK SPACE}\x1f\x85é😀"
unlikely = st.text(SPECIAL, max_size=12)

# Tags in shorthand syntax.

spaces = st.sampled_from(["", "", "", "", " ", "\t", " \n "])
signs = st.sampled_from(["=", "=", "=", "@=", "@ ="])


def written(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Text unchanged, with backslashes before commas, or in quotes."""
    return st.one_of(
        texts,
        texts.map(lambda text: text.replace(",", "\\,")),
        texts.map(quoted("'")),
        texts.map(quoted('"')),
    )


def member(
    names: st.SearchStrategy[str], texts: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return joined(spaces, names, spaces, signs, spaces, texts, spaces)


def members(texts: st.SearchStrategy[str], *names: str) -> st.SearchStrategy[str]:
    some = st.lists(member(st.sampled_from(names), texts), max_size=3)
    return some.map(",".join)


def nested(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists, with and without brackets, and maps."""
    some = st.lists(texts, max_size=3).map(",".join)
    maps = members(texts, "a", "b").map("{{{}}}".format)
    return some | some.map("[{}]".format) | maps


def corrupted(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts in which something is inserted, overwritten or left out."""

    def corrupt(text: str, index: int, end: int, inserted: str) -> str:
        index %= len(text) + 1
        return text[:index] + inserted + text[index + end :]

    inserted = ["", *SPECIAL, ",,", "a=", ",a", ",key=", ",color=a"]
    return st.builds(
        corrupt, texts, st.integers(0, 60), st.integers(0, 1), st.sampled_from(inserted)
    )


key = member(st.just("key"), written(keys))
value = member(st.just("value"), written(values))
valid = key | joined(key, value, by=",") | joined(value, key, by=",")
anything = written(values) | written(unlikely)
invalid = st.one_of(
    unlikely,
    anything,
    members(anything | nested(anything | nested(anything)), "key", "value", ""),
    unlikely.map("key={}".format),
    unlikely.map("key=a,value={}".format),
)

# Tags as JSON.

valid_data = st.fixed_dictionaries({"key": keys}, optional={"value": values})
odd = st.one_of(
    st.none(), st.booleans(), st.integers(0, 3), unlikely, st.lists(values, max_size=2)
)
nearly_valid_data = st.one_of(
    st.fixed_dictionaries({"key": keys, "value": odd}),
    st.fixed_dictionaries({"key": odd}, optional={"value": values}),
    st.fixed_dictionaries({}, optional={"value": values}),
    st.fixed_dictionaries({"key": keys, "color": values}),
    odd,
)
writers: list[Callable[[Any], str]] = [
    json.dumps,
    lambda data: json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    lambda data: " " + json.dumps(data, indent=1) + "\n",
]


def as_json(data: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.builds(lambda write, item: write(item), st.sampled_from(writers), data)


def few(*kinds: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """One or two words, since one invalid word rejects all of them."""
    return st.lists(st.one_of(*kinds), min_size=1, max_size=2)


def many(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(words, min_size=3, max_size=9)


def one(word: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(word, min_size=1, max_size=1)


lists_of_tags = st.one_of(
    many(valid),
    many(valid),
    few(corrupted(valid)),
    few(members(written(keys), "key", "value", "color")),
    few(valid, invalid),
    many(as_json(valid_data)),
    few(as_json(valid_data | nearly_valid_data)),
    few(corrupted(as_json(valid_data))),
    one(as_json(st.lists(valid_data, max_size=9))),
    one(as_json(st.lists(valid_data | nearly_valid_data, max_size=2))),
    few(valid, as_json(valid_data | st.lists(valid_data, max_size=2))),
)


@given(tags=lists_of_tags)
@example(tags=[])
@example(tags=["key=env,key=prod"])
@example(tags=["key=env", "--"])
@example(tags=['[{"key": "env", "value": null}]'])
@settings(max_examples=EXAMPLES, phases=set(Phase) - {Phase.explain})
def test_both_send_the_same_tags_or_neither_sends_any(
    tags: list[str], pair: Pair
) -> None:
    words = [*COMMAND, *tags]
    exit_code, sent, _ = pair.aws(words)
    if not sent:
        event("the AWS CLI rejects them")
        assert pair.lightsnap(words)[:2] == (252, [])
        return
    ((_, body),) = sent
    if breaks_a_constraint(body):
        event("only lightsnap rejects them, by a constraint")
        assert pair.lightsnap(words)[:2] == (252, [])
        return
    event("sent")
    assert pair.lightsnap(words)[:2] == (0, sent)
    assert exit_code == 0
