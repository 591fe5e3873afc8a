"""A specification against a log: rules, conformance, change, back-test."""

from journeylib.checking.backtest import Backtest, backtest
from journeylib.checking.changes import Change, Changes, compare
from journeylib.checking.conformance import Conformance
from journeylib.checking.counted import Counted
from journeylib.checking.deviations import Deviations
from journeylib.checking.measuring import check
from journeylib.checking.rules import Rule, rules_of

__all__ = [
    "Backtest",
    "Change",
    "Changes",
    "Conformance",
    "Counted",
    "Deviations",
    "Rule",
    "backtest",
    "check",
    "compare",
    "rules_of",
]
