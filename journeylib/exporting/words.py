"""Numbers, facts and reasons as people read them; used by every writer."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, DataHandover, Goal, Provenance
from journeylib.terms import Fact, Lang, Span, counted, load_template, say
from journeylib.wording import figure, percent, span_text, time

Row = tuple[str, str]
"""A label and what stands behind it."""


def told(key: str, lang: Lang, **values: object) -> str:
    """The words of the export catalogue."""
    return say(f"exporting.{key}", **values).in_(lang)


def duration(hours: float, lang: Lang) -> str:
    """Hours in the unit people would name.

    >>> duration(0.52, "en"), duration(19.5, "en"), duration(2160, "zh")
    ('31 min', '19.5 h', '90 天')
    """
    if abs(hours) < 1:
        return time(figure(hours * 60, 0), "min").in_(lang)
    if abs(hours) < 48:
        return time(figure(hours), "h").in_(lang)
    return time(figure(hours / 24), "d").in_(lang)


def span(value: Span | None, lang: Lang) -> str:
    """A span in words; nothing where there is none."""
    return span_text(value).in_(lang) if value else ""


def number(value: float, unit: str | None, lang: Lang) -> str:
    """A value in its unit: shares as per cent, hours as a duration."""
    if unit == "share":
        return percent(value)
    if unit == "h":
        return duration(value, lang)
    if unit in _counted_units():
        return counted(f"{value:,.0f}", str(unit)).in_(lang)
    return f"{value:.2f}" if unit in _SCALES else f"{value:,.6g}"


_SCALES = ("level", "distance", "rho")
"""Units of what runs from −1 or 0 to 1: more than two decimals would only pretend."""


def small(probability: float) -> str:
    """A p or q value; never a bare zero.

    >>> small(0.00004), small(0.0312)
    ('< 0.001', '0.031')
    """
    return "< 0.001" if probability < 0.001 else f"{probability:.3f}"


@functools.cache
def _counted_units() -> frozenset[str]:
    return frozenset(load_template("text", "unit"))


def fact(measured: Fact, lang: Lang) -> str:
    """A fact with its interval and n; or that it is unknown, and why."""
    if measured.value is None:
        return told("unknown", lang, reason=measured.reason or measured.method)
    value = number(measured.value, measured.unit, lang)
    return value + _certainty(
        measured.n, measured.unit, measured.ci_low, measured.ci_high, lang, measured.censored
    )


def why(provenance: Provenance, lang: Lang) -> str:
    """A reason in one line: measure, size, interval, n, lift."""
    if provenance.estimate is None:
        text = told(f"method_{_method(provenance.method)}", lang)
    else:
        value = number(provenance.estimate, provenance.unit, lang)
        text = told(f"method_{_method(provenance.method)}", lang) + told("colon", lang) + value
    text += _certainty(provenance.n, provenance.unit, provenance.ci_low, provenance.ci_high, lang)
    if provenance.lift is not None:
        text += told("semicolon", lang) + told("lift", lang, x=f"{provenance.lift:.2f}")
    if provenance.reason is not None:
        text += told("semicolon", lang) + provenance.reason.in_(lang)
    return text


_METHODS = (
    ("share_of_work", "work"),
    ("share_of", "share"),
    ("done_on_leaving", "done"),
    ("filled_on_leaving", "filled"),
    ("used_after_handover", "used"),
    ("order_share", "order"),
    ("order_statistic_p50", "p50"),
    ("order_statistic_p90", "p90"),
    ("order_statistic", "quantile"),
    ("wait_of", "wait"),
    ("sla_timer", "timer"),
    ("receives_handover", "receives"),
    ("information_silo", "silo"),
    ("mined_rule", "mined"),
    ("kept_share", "kept"),
    ("template_", "template"),
    ("cumulative_incidence", "probability"),
    ("customer_waits", "customer"),
    ("knee_of", "knee"),
    ("edited", "edited"),
    ("diagram", "diagram"),
)


def _method(method: str) -> str:
    return next((name for prefix, name in _METHODS if method.startswith(prefix)), "other")


def _certainty(
    n: int | None,
    unit: str | None,
    low: float | None,
    high: float | None,
    lang: Lang,
    censored: int | None = None,
) -> str:
    parts = []
    if low is not None and high is not None:
        ends = {"low": number(low, unit, lang), "high": number(high, unit, lang)}
        parts.append(told("interval", lang, **ends))
    if n is not None:
        parts.append(f"n={n:,}")
    if censored:
        parts.append(told("censored", lang, n=f"{censored:,}"))
    return told("brackets", lang, inside=told("list_comma", lang).join(parts)) if parts else ""


def department(spec: TargetSpec, id: str | None, lang: Lang) -> str:
    """A department's name; a dash where nobody is named."""
    name = spec.department_name(id)
    return name.in_(lang) if name else "–"


def items(spec: TargetSpec, handover: DataHandover, lang: Lang) -> str:
    """What a hand-over carries, by name."""
    return told("comma", lang).join(spec.item_name(h.item).in_(lang) for h in handover.items)


def handover(spec: TargetSpec, passed: DataHandover, lang: Lang) -> str:
    """A hand-over in one line."""
    who = (department(spec, party, lang) for party in (passed.source, passed.target))
    text = " → ".join(who) + told("colon", lang) + items(spec, passed, lang)
    within = span(passed.within, lang)
    return text + (
        told("brackets", lang, inside=told("within", lang, span=within)) if within else ""
    )


def activity_facts(spec: TargetSpec, activity: Activity, lang: Lang) -> list[Row]:
    """What there is to know about an activity, label by label."""
    rows: list[tuple[str, str | None]] = [
        ("required", told("is_required" if activity.required else "is_optional", lang)),
        ("owner", department(spec, activity.department, lang)),
        ("role", activity.role),
        ("output", activity.output and spec.item_name(activity.output).in_(lang)),
        ("sla", span(activity.sla, lang)),
        ("sla_why", why(activity.sla_why, lang) if activity.sla_why else None),
        ("repeatable", told("yes", lang) if activity.repeatable else None),
        ("why", why(activity.why, lang)),
    ]
    return [(told(f"label_{key}", lang), text) for key, text in rows if text]


def target(goal: Goal, lang: Lang) -> str:
    """A goal's target, or that the workshop has still to set it."""
    if goal.target is None:
        return told("to_be_set", lang)
    return number(goal.target, goal.baseline.unit, lang)


def attainment(goal: Goal, lang: Lang) -> str:
    """Whether a goal's target can be reached, with what probability, and why."""
    found = goal.attainment
    if found is None:
        return ""
    text = told(f"attainment_{found.verdict}", lang)
    if found.probability is not None:
        chance = number(found.probability, "share", lang)
        text += told("brackets", lang, inside=told("probability", lang, p=chance))
    return text + told("semicolon", lang) + found.reason.in_(lang)


def joined(parts: Iterable[str], lang: Lang) -> str:
    """Several words as one text."""
    return told("comma", lang).join(parts)
