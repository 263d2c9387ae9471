"""Parse JSON and YAML text into plain values, and map the errors to lightsnap's."""

from __future__ import annotations

import json
from typing import Any

from lightsnap._text import requiring
from lightsnap.errors import (
    ConstraintError,
    Violation,
    type_violation,
)


def parse_json(text: str | bytes, *, path: str) -> object:
    """Parse JSON text.

    Args:
        text: The text; bytes are UTF-8, UTF-16 or UTF-32.
        path: The path of the text, for the error.

    Raises:
        ConstraintError: The text is not valid JSON, or not text.
    """
    _require_text(text, path)
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        raise _syntax_error(path, "JSON", error) from error


def parse_yaml(text: str | bytes, *, path: str) -> object:
    """Parse YAML 1.2 text into plain values, never objects.

    Args:
        text: The text; bytes are UTF-8 or UTF-16.
        path: The path of the text, for the error.

    Raises:
        ConstraintError: The text is not valid YAML, or not text.
        ConfigurationError: ruamel.yaml is not installed.
    """
    _require_text(text, path)
    with requiring(f"{path}: YAML", "ruamel.yaml"):
        from ruamel.yaml import YAML
    yaml: Any = YAML(typ="safe", pure=True)
    try:
        return yaml.load(text)
    except Exception as error:
        # ruamel.yaml raises errors of any type for a wrong tag, as in "!!int x".
        raise _syntax_error(path, "YAML", error) from error


def _require_text(text: object, path: str) -> None:
    if not isinstance(text, (str, bytes)):
        raise ConstraintError([type_violation(path, text, "text")])


def _syntax_error(path: str, language: str, error: Exception) -> ConstraintError:
    reason = " ".join(str(error).split())
    problem = f"is not valid {language}: {reason or type(error).__name__:.200}"
    return ConstraintError([Violation(path, "syntax", problem)])
