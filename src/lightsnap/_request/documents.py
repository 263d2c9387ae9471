"""JSON and YAML text as plain values, with errors of lightsnap's."""

from __future__ import annotations

import json
from typing import Any

from lightsnap._text import type_violation
from lightsnap.errors import ConfigurationError, ConstraintError, Violation


def parse_json(text: str | bytes, *, path: str) -> object:
    """Read JSON text.

    Args:
        text: The text; bytes are UTF-8, UTF-16 or UTF-32.
        path: Where it was given, for the error.

    Raises:
        ConstraintError: It is no JSON, or no text at all.
    """
    _refuse_other_types(text, path)
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        raise _syntax_error(path, "JSON", error) from error


def parse_yaml(text: str | bytes, *, path: str) -> object:
    """Read YAML 1.2 text; only plain values come of it, never objects.

    Args:
        text: The text; bytes are UTF-8 or UTF-16.
        path: Where it was given, for the error.

    Raises:
        ConstraintError: It is no YAML, or no text at all.
        ConfigurationError: ruamel.yaml is not installed.
    """
    _refuse_other_types(text, path)
    try:
        from ruamel.yaml import YAML
    except ImportError as error:
        message = f"{path}: YAML needs ruamel.yaml: pip install 'lightsnap[cli]'"
        raise ConfigurationError(message) from error
    yaml: Any = YAML(typ="safe", pure=True)
    try:
        return yaml.load(text)
    except Exception as error:
        # Of a tag that does not fit, as in "!!int x", it lets out any error.
        raise _syntax_error(path, "YAML", error) from error


def _refuse_other_types(text: object, path: str) -> None:
    if not isinstance(text, (str, bytes)):
        raise ConstraintError([type_violation(path, text, "text")])


def _syntax_error(path: str, language: str, error: Exception) -> ConstraintError:
    reason = " ".join(str(error).split())
    problem = f"is not valid {language}: {reason or type(error).__name__:.200}"
    return ConstraintError([Violation(path, "syntax", problem)])
