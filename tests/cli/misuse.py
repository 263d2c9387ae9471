"""Common mistakes on the command line, and the messages they produce.

``test_misuse`` makes each of them. To generate the page from this table:
``python -m tests.cli.misuse >docs/reference/misuse.md``.
"""

from __future__ import annotations

from typing import NamedTuple


class Misuse(NamedTuple):
    """A mistake: the options with it, the exit code, and the messages."""

    mistake: str
    options: str
    exit_code: int
    messages: tuple[str, ...]


_GOOD = "--instance-name WordPress-1 --instance-snapshot-name monday"

# All but the first two run with a Region and keys. There is an instance WordPress-1,
# with a snapshot named taken.
EXPECTED = (
    Misuse(
        "no Region",
        _GOOD,
        253,
        (
            (
                "You must specify a region: use --region, or set AWS_REGION, "
                "or `region` in ~/.aws/config"
            ),
        ),
    ),
    Misuse(
        "no credentials",
        _GOOD,
        253,
        (
            (
                "Unable to locate credentials: use a --profile that has some, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ),
        ),
    ),
    Misuse(
        "wrong profile",
        f"{_GOOD} --profile prdo",
        255,
        (
            (
                "The config profile (prdo) could not be found: correct "
                "--profile or AWS_PROFILE, or add it to ~/.aws/config"
            ),
        ),
    ),
    Misuse(
        "endpoint down",
        f"{_GOOD} --endpoint-url http://127.0.0.1:1",
        255,
        (
            (
                "CreateInstanceSnapshot: Could not connect to the endpoint URL: "
                '"http://127.0.0.1:1/"; nothing was sent'
            ),
        ),
    ),
    Misuse(
        "endpoint without http",
        f"{_GOOD} --endpoint-url 127.0.0.1:5000",
        252,
        (
            (
                "argument --endpoint-url: the URL has no scheme: use http://host/ or "
                "https://host/; see `lightsnap create-instance-snapshot --help`"
            ),
        ),
    ),
    Misuse(
        "names swapped",
        "--instance-name monday --instance-snapshot-name WordPress-1",
        254,
        (
            (
                "An error occurred (NotFoundException) when calling the "
                "CreateInstanceSnapshot operation: The Instance does not exist: monday "
                "(Check the name and the Region, and try again.); check that "
                "--instance-name is an instance in this Region"
            ),
        ),
    ),
    Misuse(
        "the instance's own name",
        "--instance-name WordPress-1 --instance-snapshot-name WordPress-1",
        252,
        (
            (
                "--instance-snapshot-name is the name of the instance, but "
                "names are unique in a Region across all types of resource: "
                "choose another"
            ),
        ),
    ),
    Misuse(
        "a name in use",
        "--instance-name WordPress-1 --instance-snapshot-name taken",
        254,
        (
            (
                "An error occurred (InvalidInputException) when calling the "
                "CreateInstanceSnapshot operation: Some names are already in use: "
                "taken (Choose another name and try again.)"
            ),
        ),
    ),
    Misuse(
        "a missing name",
        "--instance-name WordPress-1",
        252,
        ("--instance-snapshot-name is missing: give a name",),
    ),
    Misuse(
        "a space in a name",
        "--instance-name WordPress-1 --instance-snapshot-name 'monday night'",
        252,
        (
            (
                "--instance-snapshot-name may not contain ' ': use ASCII letters, "
                "digits and . _ -"
            ),
        ),
    ),
    Misuse(
        "a tag as other tools write it",
        f"{_GOOD} --tags env=prod",
        252,
        ("--tags[0].env is not a member of a tag: use key and value",),
    ),
    Misuse(
        "a tag as other AWS services write it",
        f"{_GOOD} --tags Key=env,Value=prod",
        252,
        (
            "--tags[0].Key is not a member of a tag: use key and value",
            "--tags[0].Value is not a member of a tag: use key and value",
        ),
    ),
    Misuse(
        "half a tag",
        f"{_GOOD} --tags env",
        252,
        ("--tags needs = at the end of 'env': write key=env,value=prod",),
    ),
    Misuse(
        "a comma between tags",
        f"{_GOOD} --tags key=env,value=prod,key=team,value=web",
        252,
        (
            (
                "--tags repeats 'key' at character 20 of "
                "'key=env,value=prod,key=team,value=web': separate tags "
                "with a space, not a comma"
            ),
        ),
    ),
    Misuse(
        "broken JSON",
        f'{_GOOD} --tags \'[{{"key": "env"}}\'',
        252,
        (
            (
                "--tags is not valid JSON: Expecting ',' delimiter: line 1 column "
                "16 (char 15)"
            ),
        ),
    ),
    Misuse(
        "a missing file",
        f"{_GOOD} --tags file://tags.json",
        252,
        (("--tags cannot read file 'tags.json': No such file or directory"),),
    ),
    Misuse(
        "a time-out without --wait",
        f"{_GOOD} --timeout 600",
        252,
        ("--timeout needs --wait: add it",),
    ),
    Misuse(
        "a mistyped option",
        f"{_GOOD} --tag-list key=env",
        252,
        (
            (
                "unrecognized arguments: --tag-list key=env; see "
                "`lightsnap create-instance-snapshot --help`"
            ),
        ),
    ),
    Misuse(
        "no terminal",
        "--cli-auto-prompt",
        252,
        ("--cli-auto-prompt needs a terminal: run it in one, or give all options",),
    ),
)

_BEFORE = """\
# Common mistakes

Mistakes with `lightsnap create-instance-snapshot`, and the messages on standard error.
The exit codes are those of the AWS CLI: 252 for invalid parameters, 253 if there is no
Region or there are no credentials, 254 if the service refuses the request, 255 for
anything else. `…` stands for valid names:
`--instance-name WordPress-1 --instance-snapshot-name monday`.

"""

_AFTER = """
`tests/cli/test_misuse.py` makes each mistake against the
[emulator](../how-to/testing.md). The page is generated by
`python -m tests.cli.misuse >docs/reference/misuse.md`.
"""


def page() -> str:
    """Return the page in Markdown."""
    rows = [("mistake", "options", "exit code", "message"), ("---",) * 4]
    rows += [
        (
            mistake,
            f"`{options.replace(_GOOD, '…')}`",
            f"{exit_code}",
            "<br>".join(f"`` lightsnap: {message} ``" for message in messages),
        )
        for mistake, options, exit_code, messages in EXPECTED
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return _BEFORE + table + _AFTER


if __name__ == "__main__":
    print(page(), end="")
