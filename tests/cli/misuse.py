"""What a person gets wrong at first, and what the program says of it.

docs/reference/misuse.md is this table; ``test_misuse`` makes every row happen. To write
the page anew: ``python -m tests.cli.misuse >docs/reference/misuse.md``.
"""

from __future__ import annotations

from typing import NamedTuple


class Misuse(NamedTuple):
    """A mistake: the options of a command line, and what comes of it."""

    mistake: str
    options: str
    exit_code: int
    said: tuple[str, ...]


_GOOD = "--instance-name WordPress-1 --instance-snapshot-name monday"

# In an environment with a Region and keys, but for the first two; there is an instance
# WordPress-1, and a snapshot of it is named taken.
EXPECTED = (
    Misuse(
        "no Region",
        _GOOD,
        253,
        (
            (
                "You must specify a region: give --region, or set AWS_REGION, "
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
                "Unable to locate credentials: give a --profile that has some, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ),
        ),
    ),
    Misuse(
        "wrong profile",
        f"{_GOOD} --profile prdo",
        253,
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
                '"http://127.0.0.1:1/"; it is unknown whether snapshot '
                "'monday' of instance 'WordPress-1' is made: "
                "GetOperationsForResource: Could not connect to the endpoint "
                'URL: "http://127.0.0.1:1/"'
            ),
        ),
    ),
    Misuse(
        "endpoint without http",
        f"{_GOOD} --endpoint-url 127.0.0.1:5000",
        252,
        (
            (
                "argument --endpoint-url: invalid URL (http://host/ or "
                "https://host/) value: '127.0.0.1:5000'; see `lightsnap create-"
                "instance-snapshot --help`"
            ),
        ),
    ),
    Misuse(
        "names swapped",
        "--instance-name monday --instance-snapshot-name WordPress-1",
        254,
        (
            (
                "CreateInstanceSnapshot: NotFoundException: The Instance does "
                "not exist: monday (Check the name and the Region, and try "
                "again.); is --instance-name the instance, and is it in this "
                "Region?"
            ),
        ),
    ),
    Misuse(
        "the instance's own name",
        "--instance-name WordPress-1 --instance-snapshot-name WordPress-1",
        252,
        (
            (
                "--instance-snapshot-name is the name of the instance, and "
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
                "CreateInstanceSnapshot: InvalidInputException: Some names are "
                "already in use: taken (Choose another name and try again.)"
            ),
        ),
    ),
    Misuse(
        "a name left out",
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
                "--instance-snapshot-name may not hold ' ': use ASCII letters, "
                "digits and . _ -"
            ),
        ),
    ),
    Misuse(
        "a tag as in other programs",
        f"{_GOOD} --tags env=prod",
        252,
        ("--tags[0].env is no member of a tag: use key and value",),
    ),
    Misuse(
        "a tag as in other services",
        f"{_GOOD} --tags Key=env,Value=prod",
        252,
        (
            "--tags[0].Key is no member of a tag: use key and value",
            "--tags[0].Value is no member of a tag: use key and value",
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
        "a file that is not there",
        f"{_GOOD} --tags file://tags.json",
        252,
        (
            (
                "--tags names the file 'tags.json', which cannot be read: "
                "No such file or directory"
            ),
        ),
    ),
    Misuse(
        "time-out without a wait",
        f"{_GOOD} --timeout 600",
        252,
        ("--timeout is for a wait: give --wait as well",),
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
        (("--cli-auto-prompt needs a terminal: give the options, or run it in one"),),
    ),
)

_BEFORE = """\
# First mistakes

What a person gets wrong in the first hour with `lightsnap create-instance-snapshot`,
and what it says on standard error. One mistake may be told in several lines. The exit
codes are those of the AWS CLI: 252 for bad parameters, 253 for the configuration, 254
where the service has refused, 255 for anything else. `…` stands for good names:
`--instance-name WordPress-1 --instance-snapshot-name monday`.

"""

_AFTER = """
Each row is a test, against the embedded Lightsail. This page is written by
`python -m tests.cli.misuse >docs/reference/misuse.md`, from the table that the tests
in `tests/cli/test_misuse.py` go by.
"""


def page() -> str:
    """The page, in Markdown."""
    rows = [("mistake", "options", "code", "what is said"), ("---",) * 4]
    rows += [
        (
            mistake,
            f"`{options.replace(_GOOD, '…')}`",
            f"{exit_code}",
            "<br>".join(f"`` lightsnap: {sentence} ``" for sentence in said),
        )
        for mistake, options, exit_code, said in EXPECTED
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return _BEFORE + table + _AFTER


if __name__ == "__main__":
    print(page(), end="")
