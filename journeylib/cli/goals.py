"""``journey goals`` and ``journey whatif``: what a goal asks, what an intervention would bring."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from journeylib.cli.commands import Log, app
from journeylib.cli.delivery import json_text
from journeylib.cli.options import Reading, Showing
from journeylib.cli.study import Study

if TYPE_CHECKING:
    from journeylib.documents import Document
    from journeylib.goals.whatif.interventions import Intervention

Several = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """The interventions to play through; each option may be given several times."""

    cap: Several = ()
    """No wait between two steps longer than this: "Quote sent -> Order = 2d" (or 2d working)."""

    cap_stage: Several = ()
    """No stay in a stage longer than this: "evaluation = 20d"."""

    drop: Several = ()
    """An activity done once, without rework."""

    skip: Several = ()
    """An activity not done any more."""

    convert: Several = ()
    """The share of a stage that goes on: "interest = 60%"."""

    def read(self) -> tuple[Intervention, ...]:
        """As interventions."""
        from journeylib.goals.whatif.interventions import parsed

        kinds = ("cap", "cap_stage", "drop", "skip", "convert")
        return tuple(parsed(kind, text) for kind in kinds for text in getattr(self, kind))


@app.command
def goals(
    log: Log,
    /,
    *,
    goal: Several = (),
    changes: Changes = Changes(),
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Check goals in free text against a log: SMART, baseline, attainability; without any, list KPIs."""
    from journeylib.goals.kpis import kpis
    from journeylib.goals.report import assessed_goal, attainment_document, kpi_document

    study = Study(log, reading, showing)
    given = changes.read()
    if not goal:
        found = kpis(study.journey)
        data: Any = {"schema": "kpis/1", "kpis": [kpi.to_dict() for kpi in found]}
        _show(showing, data, (kpi_document(found, showing.lang),))
        return
    lints = [assessed_goal(text, study.journey, study.findings, given) for text in goal]
    documents = [
        document
        for lint in lints
        for document in (lint.document(showing.lang), attainment_document(lint, showing.lang))
    ]
    _show(
        showing,
        {"schema": "goals/1", "goals": [lint.to_dict() for lint in lints]},
        tuple(documents),
    )


@app.command
def whatif(
    log: Log,
    /,
    *,
    changes: Changes = Changes(),
    adherence: Annotated[float, Parameter(help="Share of the cases that keep to it.")] = 1.0,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Play interventions through on a log: cycle time, conversion, won cases, load, with intervals."""
    from journeylib.goals.whatif.play import whatif as play

    study = Study(log, reading, showing)
    result = play(study.journey, *changes.read(), adherence=adherence)
    _show(showing, result.to_dict(), (result.document(showing.lang),))


def _show(showing: Showing, data: Any, documents: tuple[Document, ...]) -> None:
    from journeylib.documents.markdown import to_markdown

    if showing.json:
        sys.stdout.write(json_text(data))
    elif not showing.quiet:
        sys.stdout.write("\n".join(map(to_markdown, documents)))
    sys.stdout.flush()
