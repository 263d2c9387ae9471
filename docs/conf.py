"""Sphinx configuration for ``make docs``; building needs no network."""

# ruff: noqa: INP001 (Sphinx requires this location)

from __future__ import annotations

import inspect
import re
import sys
from enum import Enum
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING

from sphinx.pycode import ModuleAnalyzer
from sphinx.util.inspect import stringify_signature

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import lightsnap
import lightsnap.testing

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "lightsnap"
author = "The lightsnap developers"
project_copyright = f"{author}, MIT license"
version = release = lightsnap.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

html_theme = "furo"
html_title = f"lightsnap {version}"
pygments_dark_style = "github-dark"
html_static_path = ["_static"]
html_css_files = ["lightsnap.css"]
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 3
# Notebooks store their outputs; docs/notebooks/run.py checks them.
nb_execution_mode = "off"

# Copy only the commands of console blocks, and only the code of docstring examples.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

autodoc_default_options = {"members": True}
# It is not installed here, and lightsnap.airflow needs it.
autodoc_mock_imports = ["airflow"]
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 72
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

# Other projects' documentation is not available, since the build uses no network.
nitpick_ignore_regex = [
    ("py:class", r"(datetime\.)?(datetime|timedelta)"),
    ("py:class", r"Session|AioSession|Config"),  # boto3, aiobotocore, botocore
    ("py:class", r"RetryCallState"),  # tenacity
    ("py:class", r"Executor"),  # concurrent.futures
    ("py:class", r"collections\.abc\.\w+"),
    ("py:class", r"lightsnap\.testing\.(\w+\.)?(ClientKwargs|Decorated)"),
]

# Public names and where users import them from: lightsnap.Tag, not
# lightsnap._model.resources.Tag.
PUBLIC = {
    name: f"{module.__name__}.{name}"
    for module in (lightsnap.testing, lightsnap)
    for name in module.__all__
}


def write_signature(
    _app: Sphinx, _what: str, _name: str, documented: object, *_: object
) -> tuple[str, str | None] | None:
    """Show annotations as in the source, with the names of type aliases."""
    if not callable(documented):
        return None
    try:
        signature = inspect.signature(documented)
    except ValueError:
        return None  # a builtin's constructor, which Sphinx does not show
    parameters = [each for each in signature.parameters.values() if each.name != "self"]
    is_class = isinstance(documented, type)
    if is_class and (
        issubclass(documented, Enum)
        or (parameters[-1:] and parameters[-1].name == "kwargs")
    ):
        return "", None  # no signature, as for all enumerations
    short = signature.replace(parameters=parameters)
    returns = signature.return_annotation
    return (
        stringify_signature(short, show_return_annotation=False),
        None if is_class or returns is signature.empty else returns,
    )


def attribute_type(documented: type, name: str) -> str:
    """Return the annotation of an attribute, from its class or from ``__init__``."""
    module = ModuleAnalyzer.for_module(documented.__module__)
    module.analyze()
    annotation = module.annotations.get((documented.__name__, name))
    if annotation is None:
        annotation = inspect.signature(documented).parameters[name].annotation
    return annotation


def write_docstring(
    _app: Sphinx, _what: str, name: str, documented: object, _: object, lines: list[str]
) -> None:
    """Add types to attributes, and links to lightsnap's names."""
    text = "\n".join(lines)
    section = re.search(r"^Attributes:\n((?:(?:    .*)?\n)+)", text, re.MULTILINE)
    if isinstance(documented, type) and section:
        text = text.replace(section[0], "")
        # Attributes follow the description of the class and precede its methods.
        text += "\n\n"
        for attribute, meaning in re.findall(
            r"^    (\w+): (.*\n(?:      .*\n)*)", section[1], re.MULTILINE
        ):
            body = indent(dedent(f"        {meaning}"), "   ")
            hint = attribute_type(documented, attribute)
            text += f".. py:attribute:: {attribute}\n   :type: {hint}\n\n{body}\n"
    owner = getattr(lightsnap, name.split(".")[1], None)

    def link(literal: re.Match[str]) -> str:
        first, rest = literal.groups()
        if first in PUBLIC:
            return f":py:obj:`{first}{rest} <{PUBLIC[first]}{rest}>`"
        if callable(getattr(owner, first, None)) and not name.endswith(f".{first}"):
            return f":py:obj:`{first} <{PUBLIC[owner.__name__]}.{first}>`"
        return literal[0]

    lines[:] = re.sub(r"``(\w+)((?:\.\w+)?)``", link, text).splitlines()


def setup(app: Sphinx) -> None:
    """Connect the functions above to Sphinx's events."""
    app.connect("autodoc-process-signature", write_signature)
    app.connect("autodoc-process-docstring", write_docstring, priority=400)
