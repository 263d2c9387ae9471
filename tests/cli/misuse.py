"""Common mistakes on the command line, and the messages they produce.

``test_misuse`` makes each of them. To generate the page from this table:
``python -m tests.cli.misuse >docs/reference/misuse.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        ("--instance-snapshot-name is missing: give a value",),
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
        ("--tags[0].env is not a known member: use key=env,value=prod",),
    ),
    Misuse(
        "a tag as other AWS services write it",
        f"{_GOOD} --tags Key=env,Value=prod",
        252,
        (
            "--tags[0].Key is not a known member: use key",
            "--tags[0].Value is not a known member: use value",
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

# The same for the other commands, with whole command lines.
EXPECTED_OF_BACKUPS = (
    Misuse(
        "no plan",
        "backup --keep-daily 7",
        252,
        ("--plan is missing: give a name",),
    ),
    Misuse(
        "a misspelt instance",
        "backup --plan nightly --run 1 --instances WordPres-1",
        255,
        (
            (
                "nightly, run 1: 0 of 1 succeeded, 1 failed: all instances: the plan "
                "selects no instance; the Region has WordPress-1: correct the "
                "selection, or set allow_empty if that is right"
            ),
        ),
    ),
    Misuse(
        "a tag as other tools write it",
        "backup --plan nightly --instance-tags env=prod",
        252,
        ("--instance-tags[0].env is not a member of a tag: use key and value",),
    ),
    Misuse(
        "months as a duration",
        "backup --plan nightly --keep-within 3months",
        252,
        ("--keep-within '3months' is not a duration such as 7d, 36h or 2w",),
    ),
    Misuse(
        "a copy to the same Region",
        "backup --plan nightly --copy-to us-west-2",
        252,
        ("--copy-to contains 'us-west-2', the Region of the backups themselves",),
    ),
    Misuse(
        "a missing plan file",
        "backup --plan nightly --plan-file plan.toml",
        252,
        ("--plan-file cannot read file 'plan.toml': No such file or directory",),
    ),
    Misuse(
        "a prune without a retention",
        "prune --plan nightly --delete",
        252,
        (
            (
                "the plan has no retention: give --keep-daily or another --keep "
                "option, or a retention in the plan file"
            ),
        ),
    ),
    Misuse(
        "one Region and several",
        "list --region us-west-2 --regions us-east-1",
        252,
        ("--region cannot be combined with --regions: add it there",),
    ),
    Misuse(
        "backups that have stopped",
        "list --plan nightly --max-age 26h",
        255,
        ("no backup within 26h: WordPress-1 (none)",),
    ),
    Misuse(
        "an instance instead of a snapshot",
        "show WordPress-1",
        254,
        (
            (
                "An error occurred (NotFoundException) when calling the "
                "GetInstanceSnapshot operation: The InstanceSnapshot does not exist: "
                "WordPress-1 (Check the name and the Region, and try again.)"
            ),
        ),
    ),
)

_BEFORE = """\
# Common mistakes

Mistakes with `lightsnap`, and the messages on standard error. The exit codes are those
of the AWS CLI: 252 for invalid parameters, 253 if there is no Region or there are no
credentials, 254 if the service refuses the request, 255 for anything else.

## Creating a snapshot

Options of `lightsnap create-instance-snapshot`. `…` stands for valid names:
`--instance-name WordPress-1 --instance-snapshot-name monday`.

"""

_BETWEEN = """
## Backups

"""

_AFTER = """
`tests/cli/test_misuse.py` makes each mistake against the
[emulator](../how-to/testing.md). The page is generated by
`python -m tests.cli.misuse >docs/reference/misuse.md`.
"""


def page() -> str:
    """Return the page in Markdown."""
    return (
        _BEFORE
        + _table("options", EXPECTED)
        + _BETWEEN
        + _table("command", EXPECTED_OF_BACKUPS)
        + _AFTER
    )


def _table(heading: str, mistakes: Iterable[Misuse]) -> str:
    rows = [("mistake", heading, "exit code", "message"), ("---",) * 4]
    rows += [
        (
            mistake,
            f"`{options.replace(_GOOD, '…')}`",
            f"{exit_code}",
            "<br>".join(f"`` lightsnap: {message} ``" for message in messages),
        )
        for mistake, options, exit_code, messages in mistakes
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    print(page(), end="")
