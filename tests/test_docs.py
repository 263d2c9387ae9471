"""Links between the pages work, and the names on the pages exist.

``conftest`` runs the examples; ``make docs`` runs Sphinx, which checks more.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import lightsnap
from lightsnap import testing
from lightsnap.testing import LightsailServer
from tests import shell_blocks

pytestmark = pytest.mark.page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")])
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def markdown(page: Path) -> str:
    """Return the text of a page, or the Markdown cells of a notebook."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join(
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
    )


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^(```+).*?^\1$", "", markdown(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST name them."""
    headings = re.findall(r"^#+ (.*)", prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading).lower() for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the anchor of each link to another page."""
    text = re.sub(r"`[^`]*`", "", prose(page))
    inline = re.findall(r"\]\(([^()\s]+)\)", text)
    by_reference = re.findall(r"^\[[^\]]+\]: (\S+)", text, re.MULTILINE)
    for link in inline + by_reference:
        if "://" not in link:
            path, _, anchor = link.partition("#")
            yield (page.parent / path if path else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_link_between_pages_has_a_target(page: Path) -> None:
    for target, anchor in links(page):
        assert target.is_file(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    trees = re.findall(r"^```{toctree}\n(.*?)^```", index, re.MULTILINE | re.DOTALL)
    entries = [
        line for tree in trees for line in tree.splitlines() if re.match(r"\w", line)
    ]

    pages = [
        page.relative_to(DOCS).with_suffix("").as_posix()
        for page in PAGES
        if page.is_relative_to(DOCS)
    ]
    assert sorted([*entries, "index"]) == sorted(pages)


def test_every_public_name_is_documented_once() -> None:
    documented: Counter[str] = Counter()
    for page in (DOCS / "reference").glob("*.md"):
        module = ""
        for directive, name in re.findall(
            r"^\.\. ([\w:]+):: (\S+)", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if directive in ("py:module", "py:currentmodule"):
                module = name
            elif directive.startswith("auto"):
                documented[f"{module}.{name}"] += 1

    public = [
        f"{module.__name__}.{name}"
        for module in (lightsnap, testing)
        for name in module.__all__
    ]
    # Airflow is not installed here, so these are read and not imported.
    for path in (ROOT / "src" / "lightsnap" / "airflow").glob("[!_]*.py"):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"^class (Lightsail\w+)", text, re.MULTILINE)
        public += [f"lightsnap.airflow.{path.stem}.{name}" for name in names]
    assert documented == Counter(public)


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_target_of_make_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^([\w.%-]+):", makefile, re.MULTILINE)
    known = re.compile("|".join(rules).replace(".", r"\.").replace("%", r"\d+"))
    command = r"(?:^\$ |`)make ([\w-]+(?:\.\w+)?)"
    for target in re.findall(command, markdown(page), re.MULTILINE):
        assert known.fullmatch(target), target


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_extra_exists(page: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for extras in re.findall(r"'(?:\.|lightsnap)\[([\w,-]+)\]'", markdown(page)):
        for extra in extras.split(","):
            assert extra in project["project"]["optional-dependencies"]


def test_each_python_block_of_the_testing_page_is_a_test_file_that_passes(
    tmp_path: Path,
) -> None:
    text = (DOCS / "how-to" / "testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        (tmp_path / f"test_{number:02}.py").write_text(block, encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    output = shell_blocks.run(command, tmp_path, shell_blocks.without_settings())

    passed = re.findall(r"^test_(\d+)\.py \.+ ", output, re.MULTILINE)
    assert [int(number) for number in passed] == list(range(len(blocks)))


def test_a_console_block_with_the_actual_output_passes() -> None:
    block = "$ echo one \\\n    two\none two\n$ echo $NAME at 1.2 s\nme at 1.0 s\n"
    shell_blocks.run_console(block, {"NAME": "me"})


def test_a_console_block_without_output_allows_any_output() -> None:
    shell_blocks.run_console("$ echo one\n", {})


@pytest.mark.parametrize("block", ["$ echo one\ntwo\n", "$ echo one; false\n"])
def test_a_console_block_with_other_output_or_a_failed_command_fails(
    block: str,
) -> None:
    with pytest.raises(AssertionError, match="one"):
        shell_blocks.run_console(block, {})


def test_a_console_block_does_not_run_make_or_pip() -> None:
    shell_blocks.run_console("$ make no-such-target\n$ pip install '.[no-such]'\n", {})


# conftest runs these, the tests of their pages read them, or they are plain text.
BLOCKS = {"python", "bash", "console", "json", "yaml", "text"}


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_block_is_of_a_kind_that_is_tested_or_plain_text(page: Path) -> None:
    kinds = re.findall(r"^```+(.*)\n(?:.*\n)*?```+$", markdown(page), re.MULTILINE)

    # Those that start with a brace are directives for Sphinx.
    assert {kind for kind in kinds if not kind.startswith("{")} <= BLOCKS


def test_the_playbook_can_run_twice() -> None:
    (text,) = re.findall(
        r"^```yaml\n(.*?)^```$",
        markdown(DOCS / "how-to" / "moving.md"),
        re.MULTILINE | re.DOTALL,
    )
    create, wait = (task["ansible.builtin.command"] for task in YAML().load(text))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    with LightsailServer(instances=["WordPress-1"]) as server:
        environ = {**server.environment, "PATH": path, "NO_PROXY": "127.0.0.1"}
        processes = [
            subprocess.run(
                command["argv"],
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            for command in [create, wait, create, wait]
        ]

    assert [each.returncode for each in processes] == [0, 0, 254, 0]
    assert 'failed_when: create.rc != 0 and "already in use" not in' in text
    assert "already in use" in processes[2].stderr
