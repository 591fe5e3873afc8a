"""The target process specification: its model, and the draft that a log proposes."""

from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec

__all__ = ["TargetSpec", "specify"]
