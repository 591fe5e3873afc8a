"""Everything that can go wrong for a user, as one small tree.

::

    JourneyError                 exit code 2 unless a class says otherwise
    ├── InputError               a file or table cannot be read as what it should be
    │   ├── ColumnError          a column that is needed is missing or ambiguous
    │   └── RowsError            columns are clear, yet no row could be read
    ├── TemplateError            a template (lifecycle, mapping, rules, text) is wrong or unknown
    ├── SpecError                a target specification breaks its own rules
    ├── FeelError                a criterion is no expression of our FEEL subset
    ├── UsageError               the call itself makes no sense
    ├── MissingExtraError        an optional package is needed for this
    └── ResourceError            memory, disk or time ran out (exit code 3)

Each message says what is wrong, where, and what to do; the data behind the words are attributes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class JourneyError(Exception):
    """Base of all errors this package raises on purpose."""

    exit_code = 2


class InputError(JourneyError):
    """A file or table cannot be read; `path` names it, `problem` and `remedy` are sentences."""

    def __init__(self, path: str, problem: str, remedy: str = "") -> None:
        self.path, self.problem, self.remedy = path, problem, remedy
        super().__init__(f"{path}: {problem}" + (f" {remedy}" if remedy else ""))


class ColumnError(InputError):
    """No column, or more than one, can serve as `role`; `have` lists the columns of the file."""

    def __init__(
        self, path: str, role: str, have: Sequence[str], candidates: Sequence[str] = ()
    ) -> None:
        self.role, self.have, self.candidates = role, tuple(have), tuple(candidates)
        if candidates:
            problem = f"more than one column could be the {role}: {_listed(candidates)}."
            remedy = f"Say which: --map {role}={candidates[0]!r} (or a mapping file)."
        else:
            problem = f"no column could be recognised as the {role}. Columns: {_listed(have)}."
            remedy = f"Say which: --map {role}=COLUMN (or a mapping file)." + did_you_mean(
                role, have
            )
        super().__init__(path, problem, remedy)


class RowsError(InputError):
    """The columns are clear but no row can be read; `reasons` counts why."""

    def __init__(self, path: str, reasons: Sequence[tuple[str, int]]) -> None:
        self.reasons = tuple(reasons)
        told = "; ".join(f"{count:,} rows: {reason}" for reason, count in self.reasons)
        super().__init__(path, f"no row can be read ({told or 'the table is empty'}).")


class TemplateError(JourneyError):
    """A template is unknown or malformed."""


class SpecError(JourneyError):
    """All problems of a specification at once, each `(json path, sentence)`; `file` if it has one."""

    def __init__(self, problems: Sequence[tuple[str, str]], file: str | None = None) -> None:
        self.problems, self.file = tuple(problems), file
        where = "" if file is None else f"{file}, "
        super().__init__("\n".join(f"{where}{path}: {problem}" for path, problem in self.problems))


class FeelError(JourneyError):
    """A criterion cannot be read; `column` (from 1) is where in `text`, `problem` says why."""

    def __init__(self, text: str, column: int, problem: str) -> None:
        self.text, self.column, self.problem = text, column, problem
        super().__init__(f"column {column}: {problem}")


class UsageError(JourneyError):
    """The call makes no sense as it is."""


class MissingExtraError(JourneyError):
    """An optional package is needed; `extra` names the extra that brings it."""

    def __init__(self, feature: str, extra: str) -> None:
        self.feature, self.extra = feature, extra
        super().__init__(
            f"{feature} needs an optional package. Install it with: pip install 'journeylib[{extra}]'"
        )


class ResourceError(JourneyError):
    """Memory, disk or time ran out."""

    exit_code = 3


def one_sentence(problems: Iterable[str]) -> str:
    """Several problems in one line, with one mark at its end.

    >>> one_sentence(["a is no number.", "there is no 'b'. Did you mean 'c'?"])
    "a is no number; there is no 'b'. Did you mean 'c'?"
    """
    text = "; ".join(problem.strip().rstrip(".") for problem in problems)
    return text if text.endswith("?") else f"{text}."


def did_you_mean(word: str, have: Iterable[str]) -> str:
    """A sentence naming the nearest of `have`, or nothing when none is near.

    >>> did_you_mean("timestmp", ["timestamp", "case_id"])
    " Did you mean 'timestamp'?"
    """
    near = difflib.get_close_matches(word, list(have), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def _listed(names: Sequence[str], at_most: int = 20) -> str:
    shown = ", ".join(repr(name) for name in names[:at_most])
    return shown + (f" … and {len(names) - at_most} more" if len(names) > at_most else "")
