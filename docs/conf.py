"""How Sphinx makes the documentation: ``make docs`` runs it, and nothing is fetched."""

# ruff: noqa: INP001 (Sphinx looks for it here)

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
from lightsnap._model.operations import Carried

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "lightsnap"
author = "The lightsnap developers"
project_copyright = f"{author}, MIT licence"
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
# What a notebook shows is stored in it, and checked apart from here.
nb_execution_mode = "off"

# Of a console block the commands are copied, of an example in a docstring the code.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 72
toc_object_entries_show_parents = "hide"

# There is no network to look up what is documented elsewhere.
nitpick_ignore_regex = [
    ("py:class", r"(datetime\.)?(datetime|timedelta)"),
    ("py:class", r"Session|AioSession|Config"),  # of boto3, aiobotocore, botocore
    ("py:class", r"RetryCallState"),  # of tenacity
    ("py:class", r"collections\.abc\.\w+"),
    ("py:class", r"lightsnap\.testing\.(\w+\.)?(ClientKwargs|Decorated)"),
]

# What users import, by its name alone: to them lightsnap._model.resources.Tag is
# lightsnap.Tag.
PUBLIC = {
    name: f"{module.__name__}.{name}"
    for module in (lightsnap.testing, lightsnap)
    for name in module.__all__
}


def write_signature(
    _app: Sphinx, _what: str, _name: str, documented: object, *_: object
) -> tuple[str, str | None] | None:
    """Write annotations as the source has them: short, with aliases by their names."""
    if not callable(documented):
        return None
    try:
        signature = inspect.signature(documented)
    except ValueError:
        return None  # the constructor is that of a builtin: Sphinx shows none
    parameters = [each for each in signature.parameters.values() if each.name != "self"]
    is_class = isinstance(documented, type)
    if is_class and (
        issubclass(documented, Enum)
        or (parameters[-1:] and parameters[-1].name == "kwargs")
    ):
        return "", None  # as is that of all enumerations
    if parameters and parameters[-1].name == "carried":
        parameters[-1:] = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=hint.__forward_arg__
            )
            for name, hint in Carried.__annotations__.items()
        ]
    short = signature.replace(parameters=parameters)
    returns = signature.return_annotation
    return (
        stringify_signature(short, show_return_annotation=False),
        None if is_class or returns is signature.empty else returns,
    )


def attribute_type(documented: type, name: str) -> str:
    """The annotation of an attribute, in the class or on ``self`` in ``__init__``."""
    module = ModuleAnalyzer.for_module(documented.__module__)
    module.analyze()
    annotation = module.annotations.get((documented.__name__, name))
    if annotation is None:
        annotation = inspect.signature(documented).parameters[name].annotation
    return annotation


def write_docstring(
    _app: Sphinx, _what: str, name: str, documented: object, _: object, lines: list[str]
) -> None:
    """Give attributes their types, and names of lightsnap their links."""
    text = "\n".join(lines)
    section = re.search(r"^Attributes:\n((?:(?:    .*)?\n)+)", text, re.MULTILINE)
    if isinstance(documented, type) and section:
        text = text.replace(section[0], "")
        # After all that is said of the class, before its methods.
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
    """Have Sphinx call these."""
    app.connect("autodoc-process-signature", write_signature)
    app.connect("autodoc-process-docstring", write_docstring, priority=400)
