"""The CLI as a whole: what a command line sends and shows, and its exit code."""

from __future__ import annotations

import errno
import gc
import io
import json
import logging
import os
import random
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import lightsnap
from lightsnap._wait.options import DEFAULT_TIMEOUT
from lightsnap.cli import main
from lightsnap.cli.failures import Terminated, raise_terminated
from tests import documented
from tests.cli.conftest import CREATE, IDS, Run, full_stream, sent, write_config
from tests.stub import DROPPED, Answer, Stub, error, serving
from tests.test_service import make_certificate

NAME = "WordPress-Snapshot-1"
WAIT_AVAILABLE = (
    "wait",
    "instance-snapshot-available",
    "--instance-snapshot-name",
    NAME,
)
STARTED = {**documented.WIRE[0], "status": "Halfway"}
PENDING = Answer({"operation": documented.WIRE[0]})
AVAILABLE = Answer(
    json.dumps({"instanceSnapshot": documented.SNAPSHOT}, default=datetime.timestamp)
)


# Help and version


@pytest.mark.parametrize("words", [("--version",), (*CREATE, "--v")])
def test_the_version_is_shown(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words)

    assert ran.exit_code == 0
    assert ran.stdout.startswith(f"lightsnap/{lightsnap.__version__} Python/3.")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--help", "create-instance-snapshot"),
        ("help", "create-instance-snapshot"),
        ("create-instance-snapshot help", "--cli-input-yaml"),
        ("create-instance-snapshot --help", "--wait"),
        ("wait help", "operations-terminal"),
        ("wait operations-terminal help", "--resume"),
        ("wait instance-snapshot-available --help", "--timeout"),
        ("get-operation help", "--operation-id"),
        ("local help", "--port"),
        ("demo help", "no account"),
        ("--region us-west-2 create-instance-snapshot help", "--wait"),
        ("create-instance-snapshot --tags key=a --region us-west-2 help", "--wait"),
    ],
)
def test_help_is_shown(run: Run, words: str, expected: str) -> None:
    ran = run(*words.split())

    assert ran.exit_code == 0
    assert expected in ran.stdout
    assert all(len(line) < 80 for line in ran.stdout.splitlines())


def test_python_m_runs_the_cli() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "lightsnap", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.startswith("lightsnap/")


def test_help_shows_the_default_timeout(run: Run) -> None:
    ran = run("wait", "operations-terminal", "--help")

    assert f"default: {DEFAULT_TIMEOUT:.0f};" in " ".join(ran.stdout.split())


# Garbage collection


@pytest.mark.parametrize(
    ("module", "function", "is_set"),
    [("lightsnap.__main__", "run", True), ("lightsnap.cli", "main", False)],
)
def test_only_the_process_of_the_cli_tunes_the_garbage_collector(
    module: str, function: str, is_set: bool
) -> None:
    script = (
        "import gc, sys; before = gc.get_freeze_count(), gc.get_threshold(); "
        f"sys.argv[1:] = ['no-such-command']; from {module} import {function}; "
        f"print({function}(), gc.get_freeze_count() > before[0], "
        "gc.get_threshold() > before[1])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout == f"252 {is_set} {is_set}\n"


def test_run_returns_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lightsnap", "no-such-command"])
    thresholds = gc.get_threshold()
    try:
        assert import_module("lightsnap.__main__").run() == 252
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


# demo and local


def test_the_demo_creates_a_snapshot_and_waits_for_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.setenv(name, os.environ[name])  # so that it is restored
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "not for the demo")

    ran = run("demo")

    lines = [" ".join(line.split()[:2]) for line in ran.stdout.splitlines()]
    assert ran.exit_code == 0
    for resource in ("InstanceSnapshot", "Instance"):
        seen = [line.split()[1] for line in lines if line.split()[:1] == [resource]]
        assert list(dict.fromkeys(seen)) == ["NotStarted", "Started", "Succeeded"]
    assert "The snapshot is available" in ran.stdout
    assert "Tag(key='env', value='demo')" in ran.stdout
    assert "reserved-prefix tags[0].key" in lines


@pytest.mark.parametrize(
    ("command", "module"),
    [("demo", "lightsnap.cli.demo"), ("local", "lightsnap.testing.__main__")],
)
def test_an_import_error_says_what_to_install(
    run: Run, command: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    ran = run(command)

    assert ran.exit_code == 253
    assert ran.stderr == (
        f"lightsnap: `{command}` needs moto: pip install 'lightsnap[testing]'\n"
    )


@pytest.mark.parametrize("command", ["demo", "local"])
def test_without_moto_the_error_says_what_to_install(command: str) -> None:
    script = (
        "import sys; sys.modules['moto'] = None; "
        f"from lightsnap.cli import main; sys.exit(main(['{command}']))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 253
    assert "needs moto: pip install 'lightsnap[testing]'" in ran.stderr


@pytest.mark.parametrize("option", [("--instance", "no name"), ("--region", "nowhere")])
def test_invalid_server_options_are_rejected(run: Run, option: tuple[str, str]) -> None:
    assert run("local", "--port", "0", *option).exit_code == 252


def test_a_port_in_use_is_reported(run: Run, service: Stub) -> None:
    port = service.url.rpartition(":")[2]
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    ran = run("local", "--port", port)

    assert ran.exit_code == 255
    assert ran.stderr.startswith("lightsnap: cannot listen: Address already in use")
    assert handlers == [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    ]


# The command line


@pytest.mark.parametrize(
    ("abbreviated", "exit_code"),
    [
        (["--reg", "eu-west-1"], 0),
        (["--reg=eu-west-1"], 0),
        (["--out", "text", "--q", "operations[0].id"], 0),
        (["--t", "key=env"], 0),  # not --timeout: the AWS CLI's options come first
        (["--ti", "5"], 252),  # --timeout, which needs a wait
        (["--in", "other"], 252),
        (["--cli-input", "{}"], 252),
        (["--", "--tags"], 252),
        (["--"], 0),
        ([""], 0),
        (["extra"], 252),
        (["--tags", "--no-such=x"], 252),
    ],
)
def test_options_can_be_abbreviated(
    run: Run, service: Stub, abbreviated: list[str], exit_code: int
) -> None:
    assert run(*CREATE, *abbreviated).exit_code == exit_code
    assert len(sent(service)) == (exit_code == 0)


def test_an_ambiguous_abbreviation_is_rejected(run: Run) -> None:
    ran = run(*CREATE, "--cli-i", "{}")

    assert ran.stderr == (
        "lightsnap: --cli-i is ambiguous: --cli-input-json or --cli-input-yaml\n"
    )


@pytest.mark.parametrize("where", [0, len(CREATE)])
def test_global_options_can_be_anywhere(run: Run, service: Stub, where: int) -> None:
    words = list(CREATE)
    words[where:where] = ["--output", "text", "--query", "operations[].id"]

    assert run(*words).stdout == "\t".join(IDS) + "\n"
    assert sent(service) == ["CreateInstanceSnapshot"]


def test_aws_cli_options_without_effect_are_accepted(run: Run, service: Stub) -> None:
    options = (
        "--no-cli-pager --no-paginate --color off --no-cli-auto-prompt "
        "--cli-binary-format base64 --cli-read-timeout 0 --cli-connect-timeout 5"
    )

    assert run(*CREATE, *options.split()).exit_code == 0
    assert sent(service) == ["CreateInstanceSnapshot"]


@pytest.mark.parametrize(
    "words",
    [
        ("--wait", "--timeout", "-1"),
        ("--wait", "--timeout", "nan"),
        ("--wait", "--timeout", "inf"),
        ("--wait", "--poll-interval", "soon"),
        ("--wait", "--poll-interval", "-1"),
        ("--wait", "--poll-interval", "1e12"),
        ("--wait", "--progress", "loud"),
        ("--poll-interval", "5"),
        ("--no-progress",),
        ("--query", "operations["),
        ("--endpoint-url", "127.0.0.1"),
    ],
)
def test_invalid_values_are_rejected_before_anything_is_sent(
    run: Run, service: Stub, words: tuple[str, ...]
) -> None:
    ran = run(*CREATE, *words)

    assert (ran.exit_code, ran.stdout) == (252, "")
    assert ran.stderr.startswith("lightsnap: ")
    assert ran.stderr.count("\n") == 1
    assert sent(service) == []


# Requests


@pytest.mark.parametrize(
    "words",
    [
        ("--tags", '{"key": "env"}', '{"key": "b", "value": ""}'),
        ("--tags", ' [{"key": "env"}, {"key": "b", "value": ""}]'),
        ("--tags", "file://tags.json"),
        ("--tags", "fileb://tags.json"),
        ("--tags", "file://~/tags.json"),
        ("--tags", "file://$FOLDER/tags.json"),
        ("--tags", "key=env", "key=b,value="),
        ("--tags", "key@=file://env.txt", "value='',key=b"),
        ("--cli-input-json", "file://request.json"),
        ("--cli-input-json", "fileb://request.json"),
        ("--cli-input-yaml", "tags: [{key: env}, {key: b, value: ''}]"),
    ],
)
def test_tags_can_have_many_forms(
    run: Run, service: Stub, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLDER", str(Path.cwd()))
    tags = [{"key": "env"}, {"key": "b", "value": ""}]
    Path("tags.json").write_text(json.dumps(tags), encoding="utf-8")
    Path("request.json").write_text(json.dumps({"tags": tags}), encoding="utf-8")
    Path("env.txt").write_text("env", encoding="utf-8")

    assert run(*CREATE, *words).exit_code == 0
    assert service.requests == [
        ("CreateInstanceSnapshot", {**documented.REQUEST, "tags": tags})
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--tags", "file://tags.txt"], "--tags is not valid JSON"),
        (["--tags", "key=a", '{"key": "b"}'], "--tags needs ="),
        (["--tags", '{"key": "b"}', "key=a"], "--tags is not valid JSON"),
        (["--tags", "key@=fileb://tags.txt"], "--tags[0].key is of type bytes"),
        (["--tags", "file://latin.txt"], "cannot decode file 'latin.txt' as UTF-8"),
        (["--tags", "file://~nobody-here/x"], "--tags cannot read file"),
        (["--cli-input-json", "[]"], "--cli-input-json is not an object"),
        (["--cli-input-yaml", "- a"], "--cli-input-yaml is not an object"),
        (["--cli-input-json", '{"tags": null}'], "--tags is null"),
        (["--cli-input-json", '{"tags": [{"key": null}, 5]}'], "--tags[0].key is null"),
        (["--tags", '[{"key": "a", "value": null}]'], "--tags[0].value is null"),
        (["--tags", '["key=a"]'], "--tags[0] is of type str: give key=env,value=prod"),
        (["--cli-input-json", '{"tags": 5}'], "--tags is of type int: give a list"),
        (["--instance-name", "fileb://tags.txt"], "--instance-name is of type bytes"),
    ],
)
def test_malformed_requests_are_rejected(
    run: Run, service: Stub, words: list[str], expected: str
) -> None:
    Path("tags.txt").write_text("key=env", encoding="utf-8")
    Path("latin.txt").write_bytes(b"\xe9")

    ran = run(*CREATE, *words)

    assert (ran.exit_code, ran.stdout) == (252, "")
    assert expected in ran.stderr
    assert sent(service) == []


@pytest.mark.parametrize("given", ["instanceName", "tags"])
def test_an_option_overrides_a_null(run: Run, service: Stub, given: str) -> None:
    null = json.dumps({given: None})

    assert run(*CREATE, "--tags", "key=a", "--cli-input-json", null).exit_code == 0
    assert len(sent(service)) == 1


@pytest.mark.parametrize(
    ("encoding", "exit_code"), [("latin-1", 0), ("utf-8", 255), ("morse", 255)]
)
def test_the_environment_sets_the_encoding_of_files(
    run: Run,
    service: Stub,
    encoding: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CLI_FILE_ENCODING", encoding)
    Path("tag.txt").write_bytes(b"\xe9")

    ran = run(*CREATE, "--tags", "key@=file://tag.txt")

    assert ran.exit_code == exit_code
    assert [body["tags"] for _, body in service.requests] == (
        [] if exit_code else [[{"key": "é"}]]
    )


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (("--tags", "key=a,extra=1"), 0),
        (("--cli-input-json", '{"other": 1}'), 0),
        (("--tags", "key"), 252),
        (("--cli-input-json", "{"), 252),
        (("--query", "["), 252),
    ],
)
def test_a_skeleton_needs_options_that_can_be_parsed(
    run: Run, words: tuple[str, ...], exit_code: int
) -> None:
    ran = run("create-instance-snapshot", *words, "--generate-cli-skeleton")

    assert ran.exit_code == exit_code


def test_a_skeleton_of_the_response_needs_a_valid_request(run: Run) -> None:
    skeleton = ("--generate-cli-skeleton", "output")

    ran = run(*CREATE, *skeleton, "--query", "operations[0].id", "--output", "text")

    assert (ran.exit_code, ran.stdout) == (0, "id\n")
    assert run("create-instance-snapshot", *skeleton).exit_code == 252


# Settings


def test_the_config_file_is_read(run: Run, service: Stub) -> None:
    write_config(output="text", cli_timestamp_format="wire", region="us-west-2")
    query = ("--query", "operations[0].[createdAt]")

    assert run(*CREATE, *query).stdout == "1569866438.48\n"
    assert run(*CREATE, *query, "--output", "json").stdout == (
        "[\n    1569866438.48\n]\n"
    )
    assert len(sent(service)) == 2


def test_the_environment_overrides_the_config_file(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(output="xml")
    monkeypatch.setenv("AWS_DEFAULT_OUTPUT", "text")

    assert run(*CREATE, "--query", "operations[0].id").stdout == f"{IDS[0]}\n"
    assert sent(service) == ["CreateInstanceSnapshot"]


@pytest.mark.parametrize("option", [(), ("--profile", "")])
def test_profile_variables_have_the_precedence_of_the_aws_cli(
    run: Run, service: Stub, option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(
        "[profile one]\noutput = text\n[profile two]\noutput = yaml\n"
        "aws_access_key_id = two\naws_secret_access_key = two\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_PROFILE", "one")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "two")
    query = ("--query", "operations[].id")

    assert run(*CREATE, *query, *option).stdout == "\t".join(IDS) + "\n"
    assert run(*CREATE, *query, "--profile", "two").stdout.startswith("- ")
    assert len(sent(service)) == 2


@pytest.mark.parametrize(
    ("settings", "attempts"),
    [({}, 3), ({"retry_mode": "legacy"}, 5), ({"max_attempts": "2"}, 2)],
)
def test_retries_are_those_of_the_aws_cli(
    run: Run,
    service: Stub,
    settings: dict[str, str],
    attempts: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr(random, "random", lambda: 0.0)  # botocore's pauses
    write_config(**settings)
    service.on("GetOperation", error("ThrottlingException", "Rate exceeded"))

    assert run("get-operation", "--operation-id", "1").exit_code == 254
    assert len(sent(service)) == attempts


@pytest.mark.parametrize(
    ("settings", "exit_code"),
    [
        ({"output": "xml"}, 255),
        ({"cli_timestamp_format": "unix"}, 253),
        ({"region": "no region"}, 255),
        ({"retry_mode": "often"}, 255),
    ],
)
def test_invalid_settings_are_reported(
    run: Run,
    service: Stub,
    settings: dict[str, str],
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    write_config(**{"region": "us-west-2", **settings})

    ran = run(*CREATE)

    assert (ran.exit_code, sent(service)) == (exit_code, [])
    assert next(iter(settings.values())) in ran.stderr


def test_aws_region_overrides_aws_default_region(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    ran = run("get-operation", "--operation-id", IDS[0], "--debug")

    assert f"Region eu-central-1, endpoint {service.url}" in ran.stderr


@pytest.mark.parametrize("where", ["option", "environment"])
def test_an_endpoint_with_a_password_is_rejected_and_not_shown(
    run: Run, service: Stub, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = service.url.replace("//", "//user:hunter2@")
    if where == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", url)
        ran = run(*CREATE, "--debug")
    else:
        ran = run(*CREATE, "--debug", "--endpoint-url", url)

    assert (ran.exit_code, sent(service)) == (255, [])
    assert "a password" in ran.stderr
    assert "hunter2" not in ran.stderr


@pytest.mark.parametrize("setting", ["option", "environment", "config file"])
@pytest.mark.parametrize(
    "url",
    [
        "user:hunter2@127.0.0.1:1",
        "//user:hunter2@127.0.0.1:1",
        "hunter2@127.0.0.1",
        "hunter2@[::1",
        "http://user:hunter2@[::1",
        "http://user:hunter2@127.0.0.1:port",
        "http://user:hunter2@127.0.0.1:99999",
        "http://user:hunter2@a..b",
        "http://user:hunter2@",
        "http://:hunter2@127.0.0.1",
        "http:/user:hunter2@127.0.0.1",
        "http//user:hunter2@127.0.0.1",
        "ftp://user:hunter2@127.0.0.1",
        "://user:hunter2@127.0.0.1",
        "http://user:hunter2%40127.0.0.1",
        " user:hunter2@127.0.0.1",
        "http://127.0.0.1:1/?token=hunter2",
        "http://127.0.0.1:1/#hunter2",
    ],
)
def test_no_form_of_an_endpoint_shows_its_password(
    run: Run, url: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*CREATE, "--debug"]
    if setting == "option":
        words.append(f"--endpoint-url={url}")
    elif setting == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", url)
    else:
        write_config(endpoint_url=url)

    ran = run(*words)

    assert ran.exit_code in (252, 255)
    assert "hunter2" not in ran.stdout + ran.stderr
    assert re.search("endpoint|--endpoint-url", ran.stderr)


def test_a_token_with_a_line_break_is_rejected_and_not_shown(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2\r")

    ran = run(*CREATE, "--debug")

    assert (ran.exit_code, sent(service)) == (255, [])
    assert "the credentials contain a line break or similar" in ran.stderr
    assert "hunter2" not in ran.stderr


def test_control_characters_do_not_reach_the_terminal(run: Run) -> None:
    ran = run(*CREATE, "--no-such\x1b[31m\u202e\n")

    assert "\x1b" not in ran.stderr
    assert "--no-such\\x1b[31m\\u202e\\n" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_other_messages_keep_argument_names(run: Run, service: Stub) -> None:
    service.on("GetOperation", error("NotFoundException", "no instance_name_1"))

    assert "no instance_name_1" in run("get-operation", "--operation-id", "1").stderr
    assert "--tags[0].instance_name is not a known member" in (
        run(*CREATE, "--tags", "instance_name=1").stderr
    )


def test_requests_can_be_unsigned(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    assert run(*CREATE, "--no-sign-request").exit_code == 0
    assert sent(service) == ["CreateInstanceSnapshot"]


def test_certificates_are_verified_unless_told_otherwise(run: Run) -> None:
    make_certificate(Path("certificate.pem"))
    with serving(Path("certificate.pem")) as service:
        service.on("GetOperation", PENDING)
        get = "get-operation", "--operation-id", IDS[0], "--endpoint-url", service.url

        checked = run(*get)
        assert (checked.exit_code, checked.stdout) == (255, "")
        assert "SSL validation failed" in checked.stderr
        assert sent(service) == []

        missing = run(*get, "--ca-bundle", "no-such.pem")
        assert (missing.exit_code, missing.stdout) == (255, "")
        assert sent(service) == []

        trusted = run(*get, "--ca-bundle", "certificate.pem")
        assert (trusted.exit_code, trusted.stderr) == (0, "")

        unchecked = run(*get, "--no-verify-ssl")
        assert unchecked.exit_code == 0
        assert unchecked.stderr.startswith("lightsnap: warning: --no-verify-ssl: any")
        assert unchecked.stderr.count("\n") == 1
        assert len(sent(service)) == 2


# --debug


def test_debug_shows_requests_but_no_secrets(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "correct-horse")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "battery-staple")

    ran = run(*CREATE, "--debug")

    assert ran.exit_code == 0
    assert "Lightsail_20161128.CreateInstanceSnapshot: {" in ran.stderr
    assert "HTTP status 200, request id 8a4b1c9e" in ran.stderr
    assert "Region us-west-2, endpoint http://127.0.0.1" in ran.stderr
    assert "Found credentials in environment variables" in ran.stderr
    for secret in ("correct-horse", "battery-staple", "Signature", "Credential="):
        assert secret not in ran.stdout + ran.stderr
    assert sent(service) == ["CreateInstanceSnapshot"]
    assert logging.getLogger("lightsnap").level == logging.NOTSET


def test_debug_shows_the_traceback_of_an_error(run: Run, service: Stub) -> None:
    service.on("GetOperation", error("NotFoundException", "no such operation"))

    ran = run("get-operation", "--operation-id", "1", "--debug")

    assert ran.exit_code == 254
    assert "Traceback" in ran.stderr
    assert "botocore.errorfactory.NotFoundException: An error occurred" in ran.stderr


def test_debug_escapes_what_a_terminal_would_act_on(run: Run, service: Stub) -> None:
    hostile = "\r\x1b[2J\x9b\u202e\u2028"
    service.on("GetOperation", error("NotFoundException", hostile))

    for words in (
        ("get-operation", "--operation-id", hostile, "--debug"),
        (*CREATE, "--no-such-option", hostile, "--debug"),
    ):
        ran = run(*words)

        assert r"\r\x1b[2J\x9b\u202e\u2028" in ran.stderr
        assert all(line.isprintable() for line in ran.stderr.split("\n"))


def test_debug_shows_plain_progress(run: Run, service: Stub) -> None:
    ran = run("wait", "operations-terminal", "--operation-ids", IDS[0], "--debug")

    assert ran.exit_code == 0
    assert "InstanceSnapshot WordPress-Snapshot-1: Succeeded\n" in ran.stderr
    assert sent(service) == ["GetOperation"]


def test_an_error_response_is_worded_as_in_the_aws_cli(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    message = "Some names are already in use: S-1"
    service.on("CreateInstanceSnapshot", error("InvalidInputException", message))

    ran = run(*CREATE)

    assert ran.exit_code == 254
    assert ran.stderr == (
        "lightsnap: An error occurred (InvalidInputException) when calling the "
        f"CreateInstanceSnapshot operation: {message}\n"
    )


def test_an_error_response_is_followed_by_its_tip_and_what_is_known(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    service.on(
        "CreateInstanceSnapshot", error("NotFoundException", "No such.", tip="Look.")
    )

    ran = run(*CREATE)

    sentence, details = ran.stderr.split(" (Look.); ")
    assert sentence.endswith(" the CreateInstanceSnapshot operation: No such.")
    assert details == "check that --instance-name is an instance in this Region\n"


def test_an_error_response_after_retries_says_how_many(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr(random, "random", lambda: 0.0)  # botocore's pause
    service.on("GetOperation", error("ThrottlingException", "Rate exceeded"))

    ran = run("get-operation", "--operation-id", "1")

    assert ran.stderr == (
        "lightsnap: An error occurred (ThrottlingException) when calling the "
        "GetOperation operation (reached max retries: 1): Rate exceeded\n"
    )


def test_a_line_break_in_an_error_response_does_not_forge_a_line(
    run: Run, service: Stub
) -> None:
    forged = (
        "gone\nlightsnap: all is well\r\n2026-11-24 22:05:01,042 DEBUG lightsnap.cli: x"
    )
    service.on("GetOperation", error("NotFoundException", forged))

    for debug in ((), ("--debug",)):
        ran = run("get-operation", "--operation-id", "1", *debug)

        lines = re.split("[\r\n]+", ran.stderr)
        assert not any(line.startswith("lightsnap: all") for line in lines)
        assert not any(
            line.endswith("lightsnap.cli: x") for line in lines if line[:1] == "2"
        )


def test_debug_shows_that_there_was_no_response(run: Run, service: Stub) -> None:
    service.on("GetOperation", DROPPED)

    ran = run("get-operation", "--operation-id", "1", "--debug")

    assert ran.exit_code == 255
    assert "no response: " in ran.stderr


# Waits


@pytest.mark.parametrize("timeout", ["none", "60"])
def test_a_create_with_wait_waits(run: Run, service: Stub, timeout: str) -> None:
    ended = [
        {**each, "isTerminal": True, "status": "Succeeded"} for each in documented.WIRE
    ]
    service.on("GetOperation", *(Answer({"operation": each}) for each in ended))
    service.on("GetInstanceSnapshot", AVAILABLE)

    ran = run(*CREATE, "--wait", "--timeout", timeout, "--progress", "json")

    assert sent(service) == [
        "CreateInstanceSnapshot",
        "GetOperation",
        "GetOperation",
        "GetInstanceSnapshot",
    ]
    assert ran.exit_code == 0
    shown = json.loads(ran.stdout)["operations"]
    assert [(each["id"], each["isTerminal"]) for each in shown] == [
        (IDS[0], True),
        (IDS[1], True),
    ]
    events = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [set(event) & {"operations", "resource"} for event in events] == [
        {"operations"},
        {"resource"},
    ]


def failed_wait(service: Stub, run: Run, *words: str) -> tuple[int, list[str], str]:
    """Run a create whose wait fails; return its exit code, ids and stderr."""
    service.on("GetInstanceSnapshot", AVAILABLE)
    ran = run(*CREATE, "--wait", *words)
    ids = [each["id"] for each in json.loads(ran.stdout)["operations"]]
    return ran.exit_code, ids, ran.stderr


RESUME_HINT = (
    "To resume waiting: lightsnap wait operations-terminal --operation-ids "
    f"{' '.join(IDS)}\n"
)


def test_a_wait_that_times_out_shows_the_operations(run: Run, service: Stub) -> None:
    service.on("GetOperation", PENDING)

    exit_code, ids, stderr = failed_wait(service, run, "--timeout", "0")

    assert (exit_code, ids) == (255, IDS)
    assert stderr.startswith("lightsnap: ")
    assert stderr.endswith(RESUME_HINT)


def test_a_wait_that_is_denied_shows_the_operations(run: Run, service: Stub) -> None:
    service.on("GetOperation", error("AccessDeniedException", "not authorized"))

    exit_code, ids, stderr = failed_wait(service, run)

    assert (exit_code, ids) == (255, IDS)
    assert "not authorized" in stderr
    assert stderr.endswith(RESUME_HINT)


def test_the_command_that_resumes_has_the_connection_options(
    run: Run, service: Stub
) -> None:
    service.on("GetOperation", PENDING)
    options = ("--region", "us-west-2", "--endpoint-url", service.url)

    _, _, stderr = failed_wait(service, run, "--timeout", "0", *options)

    assert stderr.endswith(f" {IDS[1]} {' '.join(options)}\n")


def test_operations_are_shown_as_last_fetched(run: Run, service: Stub) -> None:
    service.on("GetOperation", Answer({"operation": STARTED}))
    service.on("GetInstanceSnapshot", AVAILABLE)
    query = ("--query", "operations[0].status", "--output", "text")

    ran = run(*CREATE, "--wait", "--timeout", "0", *query)

    assert (ran.exit_code, ran.stdout) == (255, "Halfway\n")


def test_a_failed_operation_is_reported(run: Run, service: Stub) -> None:
    failed = {"isTerminal": True, "status": "Failed", "errorCode": "NoSpace"}
    service.on(
        "GetOperation",
        *(Answer({"operation": {**each, **failed}}) for each in documented.WIRE),
    )

    exit_code, ids, stderr = failed_wait(service, run)

    assert (exit_code, ids) == (255, IDS)
    assert "NoSpace" in stderr
    assert RESUME_HINT not in stderr


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("pending", f"To resume waiting: lightsnap {' '.join(WAIT_AVAILABLE)}\n"),
        ("error", "is in state error"),
    ],
)
def test_a_snapshot_that_does_not_become_available_is_reported(
    run: Run, service: Stub, state: str, expected: str
) -> None:
    ended = [
        {**each, "isTerminal": True, "status": "Succeeded"} for each in documented.WIRE
    ]
    service.on("GetOperation", *(Answer({"operation": each}) for each in ended))
    snapshot = {"instanceSnapshot": {**documented.SNAPSHOT, "state": state}}
    response = Answer(json.dumps(snapshot, default=datetime.timestamp))
    service.on("GetInstanceSnapshot", response)

    ran = run(*CREATE, "--wait", "--timeout", "0")

    assert ran.exit_code == 255
    assert [each["id"] for each in json.loads(ran.stdout)["operations"]] == IDS
    assert expected in ran.stderr
    assert ("To resume waiting" in ran.stderr) is (state == "pending")


@pytest.mark.parametrize(
    ("interruption", "outcome"),
    [
        (KeyboardInterrupt(), (130, "lightsnap: interrupted\n")),
        (Terminated(signal.SIGTERM), (143, "lightsnap: terminated\n")),
        (
            RuntimeError("a bug"),
            (255, "RuntimeError: a bug; --debug shows the traceback\n"),
        ),
    ],
    ids=["Ctrl-C", "SIGTERM", "bug"],
)
def test_operations_are_shown_however_a_wait_ends(
    run: Run,
    service: Stub,
    interruption: BaseException,
    outcome: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Raised in the middle of a wait, by the display of progress.
    class Display(io.StringIO):
        has_raised = False

        def write(self, text: str) -> int:
            if self.has_raised:
                return super().write(text)
            self.has_raised = True
            raise interruption

    display = Display()
    service.on("GetOperation", Answer({"operation": STARTED}))
    service.on("GetInstanceSnapshot", AVAILABLE)
    monkeypatch.setattr(sys, "stderr", display)

    ran = run(*CREATE, "--wait", "--progress", "plain")

    shown = json.loads(ran.stdout)["operations"]
    assert ran.exit_code == outcome[0]
    assert [(each["id"], each["status"]) for each in shown] == [
        (IDS[0], "Halfway"),
        (IDS[1], "Started"),
    ]
    assert display.getvalue().startswith("lightsnap: ")
    assert outcome[1] in display.getvalue()
    assert "lightsnap was waiting for" in display.getvalue()
    assert display.getvalue().endswith(RESUME_HINT)


def test_a_failed_wait_keeps_its_exit_code_if_stdout_is_full(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("GetOperation", error("AccessDeniedException", "not authorized"))
    monkeypatch.setattr(sys, "stdout", full_stream())

    ran = run(*CREATE, "--wait")

    assert ran.exit_code == 255
    first, hint, second, ids = ran.stderr.splitlines()
    assert "not authorized" in first
    assert f"{hint}\n" == RESUME_HINT
    assert second == "cannot write to standard output: No space left on device"
    assert ids.endswith(" ".join(IDS))


def test_get_operation_shows_an_operation(run: Run, service: Stub) -> None:
    Path("id").write_text(IDS[0], encoding="utf-8")

    ran = run("get-operation", "--operation-id", "file://id")

    assert json.loads(ran.stdout)["operation"]["id"] == IDS[0]
    assert service.requests == [("GetOperation", {"operationId": IDS[0]})]


def test_a_successful_wait_for_a_snapshot_says_so(run: Run, service: Stub) -> None:
    service.on("GetInstanceSnapshot", AVAILABLE)

    done = f"lightsnap: snapshot {NAME} is available (20 GB) after 0 s\n"

    assert run(*WAIT_AVAILABLE) == (0, "", done)
    assert service.requests == [("GetInstanceSnapshot", {"instanceSnapshotName": NAME})]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], "lightsnap: 1 operation succeeded after 0 s\n"),
        (["--output", "off"], "lightsnap: 1 operation succeeded after 0 s\n"),
        (["--no-progress"], ""),
    ],
)
def test_a_successful_wait_for_ids_says_so(
    run: Run, service: Stub, options: list[str], shown: str
) -> None:
    words = "wait", "operations-terminal", "--operation-ids", IDS[0], *options

    assert run(*words) == (0, "", shown)
    assert sent(service) == ["GetOperation"]


def test_a_wait_needs_either_ids_or_a_file(run: Run) -> None:
    both = ("--operation-ids", "1", "--resume", "saved.json")

    assert run("wait", "operations-terminal").exit_code == 252
    assert run("wait", "operations-terminal", *both).exit_code == 252


# Streams that are closed or full


def start(*words: str, **settings: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lightsnap", *words],
        text=True,
        stderr=subprocess.PIPE,
        **settings,
    )


def test_operations_are_reported_if_stdout_is_closed(service: Stub) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start(*CREATE, stdout=writing) as ran:
        os.close(writing)
        _, stderr = ran.communicate(timeout=60)

    assert ran.returncode == 255
    assert stderr.splitlines() == [
        f"lightsnap: cannot write to standard output: {os.strerror(errno.EPIPE)}",
        (
            f"The service has accepted create-instance-snapshot for {NAME}, "
            f"WordPress-1; its operations: {' '.join(IDS)}"
        ),
    ]
    assert sent(service) == ["CreateInstanceSnapshot"]


def test_operations_are_reported_if_stdout_is_full(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", full_stream())

    ran = run(*CREATE)

    assert ran.exit_code == 255
    assert "standard output: No space left on device" in ran.stderr
    assert IDS[0] in ran.stderr
    assert sent(service) == ["CreateInstanceSnapshot"]


def test_without_standard_output_only_output_off_sends_requests(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    ran = run(*CREATE)

    assert (ran.exit_code, sent(service)) == (255, [])
    assert ran.stderr.startswith("lightsnap: standard output is closed")
    assert run(*CREATE, "--output", "off").exit_code == 0


def test_a_closed_standard_error_changes_nothing(service: Stub) -> None:
    service.on("GetOperation", Answer({"operation": STARTED}))
    words = [*CREATE, "--wait", "--timeout", "0"]
    command = [sys.executable, "-m", "lightsnap", *words]

    ran = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", *command],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert ran.returncode == 255
    assert json.loads(ran.stdout)["operations"][0]["status"] == "Halfway"


def test_a_closed_standard_error_in_this_process(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    assert run("no-such-command") == (252, "", "")
    assert sys.stderr is None


def test_a_demo_reports_that_stdout_is_full(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.setenv(name, os.environ[name])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(sys, "stdout", full_stream())

    assert run("demo") == (255, "", "lightsnap: No space left on device\n")


def test_a_demo_reports_that_stdout_is_closed() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start("demo", stdout=writing) as ran:
        os.close(writing)
        _, stderr = ran.communicate(timeout=60)

    assert (ran.returncode, stderr) == (255, f"lightsnap: {os.strerror(errno.EPIPE)}\n")


def test_a_broken_standard_error_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Closed())

    assert main(["--unknown"]) == 252


# Signals


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_ends_a_wait_and_shows_the_operations(
    service: Stub, number: signal.Signals, exit_code: int
) -> None:
    service.on("GetOperation", PENDING)
    # Background jobs of a shell start with SIGINT ignored; under nohup, SIGHUP.
    script = (
        "import signal, sys; from lightsnap.cli import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "signal.signal(signal.SIGHUP, signal.SIG_DFL); sys.exit(main())"
    )
    words = [*CREATE, "--wait", "--progress", "json"]
    with subprocess.Popen(
        [sys.executable, "-c", script, *words],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        assert ran.stderr
        assert ran.stderr.readline().startswith('{"event": "poll"')
        ran.send_signal(number)
        try:
            stdout, stderr = ran.communicate(timeout=60)
        finally:
            ran.kill()

    assert ran.returncode == exit_code
    assert [each["id"] for each in json.loads(stdout)["operations"]] == IDS
    assert RESUME_HINT in stderr


def test_sigterm_is_handled_only_while_the_cli_runs(run: Run) -> None:
    before = signal.getsignal(signal.SIGTERM)

    run("help")

    assert signal.getsignal(signal.SIGTERM) is before


def test_terminated_has_the_number_of_the_signal() -> None:
    with pytest.raises(Terminated) as caught:
        raise_terminated(signal.SIGHUP, None)

    assert caught.value.number == signal.SIGHUP


def test_an_ignored_signal_stays_ignored(run: Run, service: Stub) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run(*CREATE).exit_code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert len(sent(service)) == 1


def test_the_cli_runs_in_other_threads(run: Run) -> None:
    with ThreadPoolExecutor() as threads:
        assert threads.submit(run, "--version").result().exit_code == 0
