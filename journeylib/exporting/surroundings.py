"""What surrounds the findings, in brief: the background chapter of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from journeylib.documents.blocks import Block, Bullets, Heading, Paragraph, Value
from journeylib.exporting import words
from journeylib.exporting.tables import headed
from journeylib.findings.association import Association
from journeylib.findings.background import Background
from journeylib.findings.touchpoints import Contact, Touchpoints
from journeylib.findings.waiting_causes import CAUSES, WaitingCauses
from journeylib.terms import Fact, Lang, Text, say

SHOWN = 10
"""At most so many rows of each table: a report is no database."""


def surroundings(background: Background | None, lang: Lang) -> Iterator[Block]:
    """Every look there is, each with what it shows or why it shows nothing."""
    yield Heading(_said("background", lang))
    if background is None:
        yield Paragraph(_said("background_untaken", lang))
        return
    for name, look in _LOOKS.items():
        yield Heading(_said(f"look_{name}", lang), 3)
        yield from look(background, lang)


def _said(key: str, lang: Lang, **values: object) -> str:
    return say(f"document.{key}", **values).in_(lang)


def _unknown(reason: Text, lang: Lang) -> Paragraph:
    return Paragraph(_said("unknown_because", lang, reason=reason))


def _more(total: int, lang: Lang) -> Iterator[Block]:
    if total > SHOWN:
        yield Paragraph(_said("more_rows", lang, n=total - SHOWN))


# -- where customers are met, and how it went --------------------------------------------------------


def _touchpoints(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.touchpoints
    if found.reason is not None:
        yield _unknown(found.reason, lang)
    keys = ("stage", "channel", "cases", "reach", "by_customer", "gap", "conversion")
    largest = sorted(found.matrix, key=lambda contact: -contact.cases)[:SHOWN]
    rows = (_contact(contact, lang) for contact in largest)
    yield headed(keys, rows, lang, _said("look_touchpoints", lang))
    yield from _more(len(found.matrix), lang)
    yield Paragraph(_visibility(found, lang))


def _contact(contact: Contact, lang: Lang) -> tuple[Value, ...]:
    facts = (contact.reach, contact.by_customer, contact.gap, contact.conversion)
    told = (words.fact(fact, lang) for fact in facts)
    return contact.name.in_(lang), contact.channel, contact.cases, *told


def _visibility(found: Touchpoints, lang: Lang) -> str:
    sides = Counter(activity.line for activity in found.visibility)
    told = (_said(f"line_{line}", lang, n=n) for line, n in sorted(sides.items()))
    return _said("visibility", lang, sides=words.joined(told, lang)) if sides else ""


def _experience(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.experience
    if found.reason is not None:
        label = say("experience.reported").in_(lang) + words.told("colon", lang)
        yield Paragraph(label + _said("unknown_because", lang, reason=found.reason))
    rows: list[tuple[Value, ...]] = []
    if found.reported is not None:
        rows += [
            (answer.instrument, answer.name.in_(lang), *_level(answer.level, answer.measure, lang))
            for answer in found.reported.stages
        ]
    layer = say("experience.proxy").in_(lang)
    rows += [
        (layer, point.name.in_(lang), words.fact(point.level, lang), None)
        for point in found.proxy.stages
    ]
    keys = ("layer", "stage", "level", "measure")
    yield headed(keys, rows, lang, _said("look_experience", lang))
    if found.proxy.stages:
        yield Paragraph(_said("proxy_explained", lang))
    else:
        yield Paragraph(f"{layer}{words.told('colon', lang)}{_no_proxy(lang)}")


def _no_proxy(lang: Lang) -> str:
    return _said("unknown_because", lang, reason=say("experience.no_indicator"))


def _level(level: Fact, measure: Fact, lang: Lang) -> tuple[str, str]:
    return words.fact(level, lang), words.fact(measure, lang)


# -- what keeps, and what is never shown -------------------------------------------------------------


def _waiting(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.waiting_causes
    if found.reason is not None:
        yield _unknown(found.reason, lang)
        return
    keys = ("activity", "n", "waited", *(f"cause_{cause}" for cause in CAUSES))
    rows = (_causes(activity, lang) for activity in found.activities[:SHOWN])
    yield headed(keys, rows, lang, _said("look_waiting", lang))
    yield from _more(len(found.activities), lang)
    yield Bullets(tuple(_unseen(found.unseen, lang)))
    yield Bullets(tuple(note.text.in_(lang) for note in found.notes))


def _causes(activity: WaitingCauses, lang: Lang) -> tuple[Value, ...]:
    hours = [activity.total, *(getattr(activity, cause) for cause in CAUSES)]
    told = (None if value is None else words.duration(value, lang) for value in hours)
    return activity.activity, activity.n, *told


def _unseen(unseen: Mapping[str, Text], lang: Lang) -> Iterator[str]:
    for cause, reason in unseen.items():
        label = say(f"time.{cause}").in_(lang)
        yield label + words.told("colon", lang) + _said("unknown_because", lang, reason=reason)


def _schema_gaps(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.schema_gaps
    if not found:
        yield Paragraph(_no_gaps(background, lang))
        return
    yield Paragraph(_said("schema_gaps_explained", lang))
    keys = ("item", "from", "to", "handovers")
    rows = ((gap.attribute, gap.source, gap.target, gap.handovers) for gap in found[:SHOWN])
    yield headed(keys, rows, lang, _said("look_schema_gaps", lang))
    yield from _more(len(found), lang)


def _no_gaps(background: Background, lang: Lang) -> str:
    study = background.study
    if len(study.departments) < 2:
        return _said("unknown_because", lang, reason=say("finding.need_department"))
    if not study.attributes:
        return _said("unknown_because", lang, reason=say("finding.need_attributes"))
    return _said("no_schema_gaps", lang)


# -- what goes with winning --------------------------------------------------------------------------


def _associations(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.associations
    if found.reason is not None:
        yield _unknown(found.reason, lang)
        return
    counts = {"tested": f"{found.tested:,}", "fdr": words.number(found.fdr, "share", lang)}
    yield Paragraph(_said("associations_counted", lang, held=found.significant, **counts))
    keys = ("goes_with", "difference", "adjusted", "q", "caveats")
    rows = (_association(item, lang) for item in found.items[:SHOWN])
    yield headed(keys, rows, lang, _said("look_associations", lang))
    yield from _more(len(found), lang)
    yield Bullets(tuple(_withdrawn(item, lang) for item in found.withdrawn[:SHOWN]))


def _association(item: Association, lang: Lang) -> tuple[Value, ...]:
    effects = (words.fact(effect, lang) for effect in (item.effect, item.adjusted))
    return item.title.in_(lang), *effects, words.small(item.q), _joined(item.caveats, lang)


def _withdrawn(item: Association, lang: Lang) -> str:
    return _said("withdrawn", lang, title=item.title, why=_joined(item.caveats, lang) or "")


def _joined(texts: Sequence[Text], lang: Lang) -> str | None:
    return " ".join(text.in_(lang) for text in texts) or None


def _subgroups(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.subgroups
    if found.reason is not None:
        yield _unknown(found.reason, lang)
        return
    counts = {"searched": f"{found.searched:,}", "put": f"{found.put:,}"}
    yield Paragraph(_said("subgroups_counted", lang, held=len(found), **counts))
    keys = ("goes_with", "cases", "difference", "q", "caveats")
    rows = (
        (
            group.title.in_(lang),
            group.n,
            words.fact(group.effect, lang),
            words.small(group.q),
            _joined(group.caveats, lang),
        )
        for group in found.items[:SHOWN]
    )
    yield headed(keys, rows, lang, _said("look_subgroups", lang))
    yield from _more(len(found), lang)


def _drift(background: Background, lang: Lang) -> Iterator[Block]:
    found = background.drift
    if found.reason is not None:
        yield _unknown(found.reason, lang)
        return
    told = {"months": len(found.cohorts), "tested": found.tested, "held": len(found.changes)}
    yield Paragraph(_said("drift_counted", lang, **told))
    keys = ("month", "distance", "expected", "p", "before", "after")
    rows = (
        (
            change.month,
            words.fact(change.distance, lang),
            f"{change.expected:.2f}",
            words.small(change.p),
            change.before,
            change.after,
        )
        for change in found.changes
    )
    yield headed(keys, rows, lang, _said("look_drift", lang))


_Look = Callable[[Background, Lang], Iterator[Block]]
_LOOKS: Mapping[str, _Look] = {
    "touchpoints": _touchpoints,
    "experience": _experience,
    "waiting": _waiting,
    "schema_gaps": _schema_gaps,
    "associations": _associations,
    "subgroups": _subgroups,
    "drift": _drift,
}
