"""One customer, several records: identity gaps, duplicates, and owners that collide (撞单).

Deterministic keys only: numbers of customers, phone, e-mail, credit code; names of companies where the
log has nothing better. Keys are compared in their normal form (`values.phi`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.shares import counted, share_claim, share_trial, untested
from journeylib.findings.study import Study
from journeylib.findings.values import is_filler, phi, says, words
from journeylib.log import EventLog
from journeylib.terms import Text, normalised, say

MOST = 20
"""A key that more records share is a switchboard or a dealer, no customer."""
SETTLED = 7 * 86_400_000_000
"""µs that a record must exist before a link to another system may be expected."""


@dataclass(frozen=True, slots=True)
class Identity:
    """How a log tells its customers apart.

    `record` is the column that numbers the records of customers (``case_id`` where a case is one);
    None where cases are something else. `assumed`: nothing says that a case is a customer.
    `keys` are the columns that records of one customer share, `weak` if they are only names.
    """

    record: str | None
    assumed: bool
    keys: tuple[str, ...]
    weak: bool

    @classmethod
    def of(cls, log: EventLog) -> Identity:
        """By the names of the columns."""
        strong = _named(log.attributes, "strong")
        keys = strong or _named(log.attributes, "weak")
        numbers = _named(log.attributes, "customer")
        columns = {match.role: match.column for match in log.mapping.matches}
        case = columns.get("case_id", "case_id")
        if numbers:
            return cls(numbers[0], False, keys, not strong)
        if _named((case,), "customer"):
            return cls("case_id", False, keys, not strong)
        other = says(case, words("keys", "other"))
        return cls(None if other else "case_id", True, keys, not strong)

    def caveats(self, log: EventLog) -> Iterator[Text]:
        """What is taken to be a customer, and how sure the keys are."""
        columns = {match.role: match.column for match in log.mapping.matches}
        if self.assumed:
            yield say("silo.caveat_customer_case")
        elif self.record:
            yield say("silo.caveat_customer_column", column=columns.get(self.record, self.record))
        if self.keys and self.weak:
            yield say("silo.caveat_weak_key")


def _named(columns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    names = {normalised(word) for word in words("keys", kind)}
    return tuple(column for column in columns if normalised(column) in names)


# -- duplicates ------------------------------------------------------------------------------------


def duplicates(study: Study) -> Trial:
    """`duplicate_customers {attribute}`: records beyond the first that share a key.

    Of the records with that key (1 − clusters ÷ records). Where nothing says that a case is a
    customer, records count as duplicates only if they overlap in time: who comes back later is none.
    """
    log = study.journey.log
    identity = Identity.of(log)
    if not identity.keys:
        return untested("duplicate_customers", "silo.need_identity")
    if identity.record is None:
        return untested("duplicate_customers", "silo.need_records")
    claims = [_duplicate(study, identity, key) for key in identity.keys]
    found = [claim for claim in claims if claim is not None]
    return share_trial("duplicate_customers", found, study.rules, "silo.need_identity")


def _duplicate(study: Study, identity: Identity, key: str) -> Claim | None:
    records = study.engine.materialise(_clusters(study, identity, key), "clusters")
    measure = records.aggregate(n=_.count(), k=_.again.cast("int64").sum())
    row = study.engine.row(measure)
    if not row.n:
        return None
    return share_claim(
        row.k,
        row.n,
        study.rules.tolerance.duplicate_customers,
        kind="silo",
        type="duplicate_customers",
        locus={"attribute": key},
        title=say("silo.duplicate_customers", column=key),
        impact=counted(row.k, row.n, "record"),
        measure=lambda: measure,
        evidence=partial(records.filter, _.again),
        method="duplicate_share_wilson",
        caveats=tuple(identity.caveats(study.journey.log)),
    )


def _clusters(study: Study, identity: Identity, key: str) -> ir.Table:
    """One row a record and key: ``case_id record key again``; again beyond the first of its cluster."""
    assert identity.record is not None, "asked only of customers' records"
    events = study.journey.log.events
    told = events.filter(events[key].notnull())
    raw = told.group_by(record=told[identity.record], raw=told[key].cast("string")).aggregate(
        case_id=_.case_id.min()
    )
    spans = study.journey.case_table.select("case_id", "start", "end")
    keyed = raw.filter(~is_filler(raw.raw)).mutate(key=phi(raw.raw)).join(spans, "case_id")
    one = keyed.group_by("record", "key").aggregate(
        case_id=_.case_id.min(), start=_.start.min(), end=_.end.max()
    )
    order = ibis.window(group_by="key", order_by=["start", "record"], rows=(None, -1))
    one = one.mutate(size=one.count().over(group_by="key"), until=one.end.max().over(order))
    again = one.start <= one.until if identity.assumed else one.until.notnull()
    return one.filter(one.size <= MOST).mutate(again=again.fill_null(False)).drop("size")


# -- gaps between systems --------------------------------------------------------------------------


def identity_gaps(study: Study) -> Trial:
    """`identity_gap {from, to}` (systems): customers of one that cannot be found in the other.

    With a table of links: of the cases that a system has recorded for a week, those without a link
    to the other, where links are meant (at least the share `norm` has one). Without: of the cases in
    both systems for which the first knows a key of the customer, those in which the second shows
    none equal to it; asked only of systems that use such keys.
    """
    log = study.journey.log
    if not log.has("system"):
        return untested("identity_gap", "silo.need_systems")
    if log.links is not None:
        gaps = _linked(study, log.links)
        return _gap_trial(study, gaps, study.rules.silo.norm, "silo.need_identity", None)
    identity = Identity.of(log)
    if not identity.keys or identity.weak:
        return untested("identity_gap", "silo.need_identity")
    gaps = _keyed(study, identity.keys)
    return _gap_trial(study, gaps, 0.0, "silo.need_two_keys", ", ".join(identity.keys))


def _gap_trial(study: Study, gaps: ir.Table, norm: float, missing: str, keys: str | None) -> Trial:
    """Claims over ``source target case_id gap``, where at least the share `norm` has no gap."""
    gaps = study.engine.materialise(gaps, "identities")
    measure = gaps.group_by("source", "target").aggregate(n=_.count(), k=_.gap.cast("int64").sum())
    claims = [
        share_claim(
            row.k,
            row.n,
            study.rules.tolerance.identity_gap,
            kind="silo",
            type="identity_gap",
            locus={"from": row.source, "to": row.target},
            title=say("silo.identity_gap", source=row.source, target=row.target),
            impact=counted(row.k, row.n, "record"),
            measure=partial(measure.filter, _.source == row.source, _.target == row.target),
            evidence=partial(gaps.filter, _.source == row.source, _.target == row.target, _.gap),
            method="identity_gap_wilson",
            caveats=(
                say("silo.caveat_keys", keys=keys)
                if keys
                else say("silo.caveat_links", source=row.source),
            ),
        )
        for row in sorted(study.engine.rows(measure))
        if row.k <= (1 - norm) * row.n
    ]
    return share_trial("identity_gap", claims, study.rules, missing)


def _linked(study: Study, links: ir.Table) -> ir.Table:
    log = study.journey.log
    there = links.select(source=_.system_a, case_id=_.id_a, target=_.system_b)
    back = links.select(source=_.system_b, case_id=_.id_b, target=_.system_a)
    both = there.union(back).distinct()
    seen = log.events.filter(_.system.notnull()).group_by("case_id", source=_.system.cast("string"))
    since = seen.aggregate(at=_.at.min())
    old = since.filter(_.at <= log.totals.last_at - SETTLED).drop("at")
    expected = old.join(both[["source", "target"]].distinct(), "source").select(
        "source", "target", "case_id"
    )
    found = both.mutate(found=True)
    met = expected.left_join(found, ["source", "target", "case_id"])
    return met.select(expected, gap=_.found.isnull())


def _keyed(study: Study, keys: tuple[str, ...]) -> ir.Table:
    events = study.journey.log.events.filter(_.system.notnull())
    columns = {f"k_{i}": phi(events[key].cast("string").max()) for i, key in enumerate(keys)}
    each = events.group_by("case_id", system=_.system.cast("string")).aggregate(**columns)
    each = study.engine.materialise(each, "keys")
    knows = functools.reduce(lambda a, b: a | b, [each[name].notnull() for name in columns])
    shares = each.group_by("system").aggregate(n=_.count(), k=knows.cast("int64").sum())
    using = shares.filter(_.k >= study.rules.silo.scope * _.n, _.k > 0)
    left = each.filter(knows).semi_join(using, "system")
    right = each.semi_join(using, "system").rename(lambda name: f"{name}_there")
    met = left.join(right, [left.case_id == right.case_id_there, left.system != right.system_there])
    agree = [(met[name] == met[f"{name}_there"]).fill_null(False) for name in columns]
    gap = ~functools.reduce(lambda a, b: a | b, agree)
    return met.select("case_id", source=met.system, target=met.system_there, gap=gap)


# -- owners ----------------------------------------------------------------------------------------


def owner_collisions(study: Study) -> Trial:
    """`owner_collision {department}`: two owners of one department that sells, on one customer.

    Of the customers it works with, those on whom two of its staff work on different cases within the
    time given by the rules, or by turns on one case. Passing a customer on once is no collision; and
    where most cases have several owners anyway, nobody owns customers and nothing is tested.
    """
    log = study.journey.log
    if not log.has("resource", "department"):
        return untested("owner_collision", "silo.need_owner")
    names = {a.department for a in study.journey.activities if a.department}
    sellers = sorted(name for name in names if says(name, words("sales", "departments")))
    if not sellers:
        return untested("owner_collision", "silo.need_owner")
    identity = Identity.of(log)
    spans = study.engine.materialise(_spans(study, identity, sellers), "owners")
    owned = _owned(study, spans)
    claims = [_collision(study, identity, spans, name) for name in sellers if name in owned]
    return share_trial("owner_collision", claims, study.rules, "silo.need_single_owner")


def _spans(study: Study, identity: Identity, sellers: list[str]) -> ir.Table:
    """One row per customer, department, case and owner: from when to when, and whether it collides."""
    log = study.journey.log
    within = int(study.rules.silo.collides_within.seconds * 1e6)
    sold = log.work.filter(_.resource.notnull(), _.department.isin(sellers))
    spans = sold.group_by("case_id", "department", "resource").aggregate(
        first=_.at.min(), last=_.at.max()
    )
    spans = spans.join(_customers(study, identity), "case_id")
    order = ibis.window(
        group_by=("customer", "department"), order_by=["first", "last", "case_id", "resource"]
    )
    before = spans.mutate(
        other=spans.resource.lag().over(order),
        other_case=spans.case_id.lag().over(order),
        other_last=spans["last"].lag().over(order),
    )
    apart = before["first"] - before.other_last
    meets = (before.other_case == before.case_id).ifelse(apart < 0, apart <= within)
    collides = ((before.other != before.resource) & meets).fill_null(False)
    return before.select("customer", "department", "case_id", "resource", collides=collides)


def _customers(study: Study, identity: Identity) -> ir.Table:
    """``case_id customer``: by the strongest key, else the number of the record, else the case."""
    events, best = study.journey.log.events, identity.keys[0] if identity.keys else None
    columns: dict[str, Any] = {"record": events[identity.record or "case_id"].max()}
    if best is not None:
        key = events[best].cast("string")
        columns["key"] = key.max(where=~is_filler(key))
    cases = events.group_by("case_id").aggregate(**columns)
    record = cases.record.cast("string").coalesce(cases.case_id)
    customer = record if best is None else phi(cases["key"]).coalesce(record)
    return cases.select("case_id", customer=customer)


def _owned(study: Study, spans: ir.Table) -> set[str]:
    """Departments in which enough cases have one owner only."""
    cases = spans.group_by("department", "case_id").aggregate(owners=_.resource.nunique())
    counts = cases.group_by("department").aggregate(
        n=_.count(), k=(_.owners == 1).cast("int64").sum()
    )
    norm = study.rules.silo.norm
    return {row.department for row in study.engine.rows(counts) if row.k >= norm * row.n}


def _collision(study: Study, identity: Identity, spans: ir.Table, name: str) -> Claim:
    here = spans.filter(_.department == name)
    customers = here.group_by("customer").aggregate(
        collides=_.collides.any(), case_id=_.case_id.min(where=_.collides)
    )
    measure = customers.aggregate(n=_.count(), k=_.collides.cast("int64").sum())
    row = study.engine.row(measure)
    within = study.rules.silo.collides_within
    return share_claim(
        row.k,
        row.n,
        study.rules.tolerance.owner_collision,
        kind="silo",
        type="owner_collision",
        locus={"department": name},
        title=say("silo.owner_collision", department=name),
        impact=counted(row.k, row.n, "record"),
        measure=lambda: measure,
        evidence=partial(customers.filter, _.collides),
        method="owner_collision_wilson",
        caveats=(say("silo.caveat_collision", within=within), *identity.caveats(study.journey.log)),
    )
