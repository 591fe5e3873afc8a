"""`RefusedError`: what the board will not do, told in the language of whoever asked."""

from __future__ import annotations

from journeylib.errors import JourneyError, UsageError
from journeylib.terms import Lang, Text, say


class RefusedError(UsageError):
    """A request that makes no sense, or is not for this person; `text` says it in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def refused(key: str, **values: object) -> RefusedError:
    """The refusal in the words of ``desk.<key>``."""
    return RefusedError(say(f"desk.{key}", **values))


def told(problem: JourneyError, lang: Lang) -> str:
    """An error in `lang`, where it knows that language."""
    return problem.text.in_(lang) if isinstance(problem, RefusedError) else str(problem)
