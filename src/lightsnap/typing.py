"""Types in the signatures of lightsnap's public API, to annotate your own code with."""

from __future__ import annotations

from lightsnap._aws.protocols import AsyncLightsailClient, LightsailClient
from lightsnap._request.rules import Tags
from lightsnap._wait.bar import ProgressBar
from lightsnap._wait.options import Cancel, PollInterval, WaitStrategy
from lightsnap.errors import Rule

__all__ = [
    "AsyncLightsailClient",
    "Cancel",
    "LightsailClient",
    "PollInterval",
    "ProgressBar",
    "Rule",
    "Tags",
    "WaitStrategy",
]
