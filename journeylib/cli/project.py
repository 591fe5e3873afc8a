"""``journey readiness`` and ``journey plan``: from findings to a project, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

from cyclopts import Parameter

from journeylib.cli.commands import Log, Out, app, show
from journeylib.cli.delivery import delivery, write_json
from journeylib.cli.options import Reading, Showing
from journeylib.cli.study import Study
from journeylib.documents import Document
from journeylib.terms import Lang


class _Noun(Protocol):
    """What every verb of a project returns."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""

    def document(self, lang: Lang) -> Document:
        """To read."""


@app.command
def readiness(
    log: Log,
    /,
    *,
    answers: Annotated[
        Path | None, Parameter(help="TOML or JSON file with what people answer, line by line.")
    ] = None,
    out: Out = None,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Go through the checklist before a project: each line with its evidence, or not yet."""
    from journeylib.project import readiness as checked

    study = Study(log, reading, showing)
    found = checked(study.journey, study.findings, study.spec, answers=answers)
    written = _deliver({"readiness": found}, out, showing.lang)
    show(study, found.to_dict(), (repr(found),), written)


@app.command
def plan(
    log: Log,
    /,
    *,
    overrides: Annotated[
        Path | None, Parameter(help="TOML or JSON file with what the workshop decided otherwise.")
    ] = None,
    out: Out = None,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Plan the project: requirements, integration, scorecard, training, communication."""
    from journeylib.exporting.scorecard import to_xlsx
    from journeylib.project import communication, integration, requirements, scorecard, training

    study = Study(log, reading, showing)
    found = requirements(study.findings, study.spec, study.journey, overrides=overrides)
    card = scorecard(found)
    nouns: dict[str, _Noun] = {
        "requirements": found,
        "integration": integration(study.findings, study.spec, study.journey),
        "scorecard": card,
        "training": training(study.spec, study.findings),
        "communication": communication(found, study.spec, study.journey),
    }
    books = {"scorecard.xlsx": to_xlsx(card, showing.lang)}
    written = _deliver(nouns, out, showing.lang, books)
    data = {"schema": "plan/1"} | {name: noun.to_dict() for name, noun in nouns.items()}
    show(study, data, tuple(map(repr, nouns.values())), written)


def _deliver(
    nouns: Mapping[str, _Noun],
    out: Path | None,
    lang: Lang,
    books: Mapping[str, bytes] | None = None,
) -> list[Path]:
    """Each noun as JSON and Markdown, and the workbooks, into `out`: all or none of them."""
    from journeylib.documents.markdown import to_markdown

    if out is None:
        return []
    with delivery(out) as scratch:
        for name, noun in nouns.items():
            write_json(noun.to_dict(), scratch / f"{name}.json")
            text = to_markdown(noun.document(lang))
            (scratch / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
        for name, content in (books or {}).items():
            (scratch / name).write_bytes(content)
    names = [f"{name}.{kind}" for name in nouns for kind in ("json", "md")]
    return [out / name for name in (*names, *(books or {}))]
