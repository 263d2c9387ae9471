"""The CLI reads any ``--tags`` as the AWS CLI does.

Both run the same generated command lines against the same server. This is version 1 of
the AWS CLI, the one on PyPI; golden.json covers version 2. Both versions read tags in
the same way, except that version 1 fetches ``--tags https://…`` unless its setting
cli_follow_urlparam is off, as it is here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, TypeAlias

import pytest
from hypothesis import Phase, event, example, given, settings
from hypothesis import strategies as st

from lightsnap import ConstraintError, CreateInstanceSnapshotRequest
from lightsnap.cli import main
from tests import documented
from tests.foreign import ROOT, environment
from tests.stub import Answer, Stub, serving

pytestmark = pytest.mark.foreign

# Few, since the AWS CLI takes a third of a second for each. After a change to how tags
# are read, run 1000, which takes five minutes.
EXAMPLES = 40

COMMAND = (
    "create-instance-snapshot --instance-name WordPress-1 "
    "--instance-snapshot-name WordPress-Snapshot-1 --tags"
).split()

Ran: TypeAlias = tuple[int, list[tuple[str, dict[str, Any]]]]
"""The exit code, and the requests that were sent."""
Run: TypeAlias = Callable[[list[str]], Ran]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stub]:
    """A stub that this process and its children are configured to call."""
    home = tmp_path_factory.mktemp("home")
    config = home / "config"
    config.write_text("[default]\ncli_follow_urlparam = false\n")
    with serving() as stub, pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("HOME", str(home))
        patch.setenv("AWS_CONFIG_FILE", str(config))
        patch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        patch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", stub.url)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
        yield stub


@pytest.fixture(scope="module")
def lightsnap_cli(service: Stub) -> Run:
    def run(tags: list[str]) -> Ran:
        service.requests.clear()
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            exit_code = main([*COMMAND, *tags])
        return exit_code, list(service.requests)

    return run


@pytest.fixture(scope="module")
def aws_cli(service: Stub) -> Iterator[Run]:
    script = ROOT / "tests" / "clients" / "tags_through_awscli.py"
    with subprocess.Popen(
        [environment("awscli") / "bin" / "python", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        words, exit_codes = process.stdin, process.stdout

        def run(tags: list[str]) -> Ran:
            service.requests.clear()
            print(json.dumps([*COMMAND, *tags]), file=words, flush=True)
            return int(exit_codes.readline()), list(service.requests)

        yield run


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
    tags: list[str], lightsnap_cli: Run, aws_cli: Run
) -> None:
    exit_code, sent = aws_cli(tags)
    if not sent:
        event("the AWS CLI rejects them")
        assert lightsnap_cli(tags) == (252, [])
        return
    ((_, body),) = sent
    if breaks_a_constraint(body):
        event("only lightsnap rejects them, by a constraint")
        assert lightsnap_cli(tags) == (252, [])
        return
    event("sent")
    assert lightsnap_cli(tags) == (0, sent)
    assert exit_code == 0
