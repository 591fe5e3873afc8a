"""The family `rule`: each pattern of the library that the log can answer, as claims.

A threshold of a library is nobody's promise. A shipped pattern is therefore no test: it is listed as
suggestive where its share lies surely above its tolerance. A pattern that the rules adopt is a claim
like any other.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.patterns.cases import Cases
from journeylib.findings.patterns.pattern import Pattern, listed
from journeylib.findings.shares import counted, share_claim, summed, untested
from journeylib.findings.study import Study
from journeylib.terms import Text, say

MOST_MISSED = 5
"""So many of the things that patterns lack are named; `listing.available` tells all."""


def sales_patterns(study: Study) -> Trial:
    """`rule {rule, stage?, attribute?}`: what a pattern of the library counts, of what it has in scope.

    Wilson's interval; for adopted patterns the exact binomial test. Impact: hours beyond the
    threshold where the pattern is about time, else the cases or events concerned.
    """
    library = study.rules.library
    if not library.patterns:
        return untested("rule", "pattern.need_library")
    cases = library.cases(study.journey)
    missing = [(pattern, library.missing(pattern, cases)) for pattern in library.patterns]
    usable = [pattern for pattern, lacking in missing if not lacking]
    claims = [claim for pattern in usable for claim in _claims(study, cases, pattern)]
    return Trial(
        "rule", tuple(claims), _told(usable, [lacking for _p, lacking in missing if lacking])
    )


def _told(usable: Sequence[Pattern], missing: Sequence[Sequence[Text]]) -> Text:
    """How many patterns could be measured, and what the others lack most often."""
    told = say("pattern.power", n=len(usable), adopted=sum(pattern.adopted for pattern in usable))
    if not missing:
        return told
    counts = Counter(need for lacking in missing for need in lacking)
    most = sorted(counts, key=lambda need: (-counts[need], need.en))[:MOST_MISSED]
    rest = say("pattern.left_out", n=len(missing), needs=listed(most))
    return Text(told.zh + rest.zh, f"{told.en} {rest.en}")


def _claims(study: Study, cases: Cases, pattern: Pattern) -> Iterator[Claim]:
    things = pattern.measure.things(cases)
    weight = things.weight.cast("int64")
    measure = things.group_by("place").aggregate(
        n=weight.sum(),
        k=(things.hit.cast("int64") * weight).sum(),
        total=things.amount.sum(where=things.hit),
        mean=things.amount.mean(where=things.hit),
        std=things.amount.std(where=things.hit),
    )
    for row in sorted(study.engine.rows(measure), key=lambda row: row.place):
        if row.n:
            claim = _claim(cases, pattern, row, measure, things)
            yield claim if pattern.adopted else _no_test(claim, study.rules.sample.least)


def _no_test(claim: Claim, least: int) -> Claim:
    """A convention that nobody has agreed to: worth a line where it is surely exceeded."""
    notable = claim.exceeds and claim.n >= least
    return dataclasses.replace(claim, p=None, exceeds=False, notable=notable)


def _claim(cases: Cases, pattern: Pattern, row: Any, measure: ir.Table, things: ir.Table) -> Claim:
    place = pattern.measure.place
    n, k = int(row.n), int(row.k)
    return share_claim(
        k,
        n,
        pattern.tolerance,
        kind=pattern.kind,
        type="rule",
        locus={"rule": pattern.id} | ({place: row.place} if place else {}),
        title=_title(cases, pattern, row.place),
        impact=_impact(pattern.measure.unit, row, k, n),
        measure=partial(measure.filter, _.place == row.place),
        evidence=partial(_evidence, things, row.place, pattern.measure.unit),
        method=f"pattern_{pattern.id}_wilson",
        caveats=_caveats(pattern),
    )


def _impact(unit: str, row: Any, k: int, n: int) -> Impact:
    return summed(row.total, row.mean, row.std, k) if unit == "h" else counted(k, n, unit)


def _evidence(things: ir.Table, place: str, unit: str) -> ir.Table:
    found = things.filter(_.place == place, _.hit)
    return found if unit == "h" else found.drop("amount")


def _title(cases: Cases, pattern: Pattern, place: str) -> Text:
    if not place:
        return pattern.name
    stages = {stage.id: stage.name for stage in cases.journey.stages}
    return say("pattern.at", name=pattern.name, place=stages.get(place, Text.same(place)))


def _caveats(pattern: Pattern) -> tuple[Text, ...]:
    """What was counted; whose threshold it is; on which clock."""
    caveats = [say("pattern.counted", definition=pattern.told)]
    if not pattern.adopted:
        caveats.append(say("pattern.convention", source=pattern.source))
    if pattern.measure.unit == "h":
        caveats.append(say("finding.caveat_calendar"))
    return tuple(caveats)
