"""A small world for the board's own tests: pictures by hand, cards, findings, an agenda, tracks."""

from __future__ import annotations

import tomllib
from html import escape, unescape
from typing import Any

from journeylib.terms import templates_dir

BOXES = {
    "a-1": ("提交表单", 60, 100),
    "a-2": ("首次联系", 300, 100),
    "a-3": ("发送报价", 540, 100),
    "a-4": ("签订合同", 540, 260),
}
LINES = {"m-1": ("a-1", "a-2"), "m-2": ("a-2", "a-3"), "m-3": ("a-2", "a-4")}
KINDS = ("touchpoint", "breakpoint", "silo", "idea", "question")


def world(name: str = "") -> dict[str, Any]:
    """Everything the desk hands out; `name`, if given, stands in the place of every name."""
    return {
        "pictures": {
            f"{kind}|{lang}|{theme}": {"picture": _svg(kind, name), "parts": _parts(name)}
            for kind in ("flow", "map")
            for lang in ("zh", "en")
            for theme in ("light", "dark")
        },
        "langs": {lang: _lang(lang, name) for lang in ("zh", "en")},
        "cards": [_card(n, name) for n in range(4)],
        "tracks": tracks(20),
    }


def tracks(cases: int) -> dict[str, Any]:
    """Cases that are under way all the time."""
    pins = list(LINES)
    hops = [
        [[pins[(case + n) % 3], n / 20, (n + 1) / 20] for n in range(20)] for case in range(cases)
    ]
    return {"first": "2025-01-01", "last": "2025-12-31", "cases": hops}


def exhibit() -> dict[str, Any]:
    """The same as a saved page holds it."""
    given = world()
    langs = {lang: {**told, "cards": given["cards"]} for lang, told in given["langs"].items()}
    views = [
        {"view": view(kind, lang, "light"), **given["pictures"][f"{kind}|{lang}|light"]}
        for kind in ("flow", "map")
        for lang in ("zh", "en")
    ]
    cases = {"a-2": {"head": ["案例"], "rows": [["客户-0001"]], "note": "1 / 9 例"}}
    views[0] |= {"tracks": given["tracks"], "cases": cases}
    return {"format": 1, "start": 0, "langs": langs, "views": views}


def view(kind: str, lang: str, theme: str) -> dict[str, Any]:
    """The trait `view`."""
    free = {"segment": None, "against": None, "variant": None}
    shown = {"kind": kind, "detail": "activity", "traffic": 0.8, "target": "shown"}
    return {**shown, **free, "lang": lang, "theme": theme}


def _svg(kind: str, name: str) -> str:
    label = escape(name.replace("\x07", "").replace("\x00", ""), quote=True)
    edges = "".join(_line(pin, *ends, label) for pin, ends in LINES.items())
    boxes = "".join(_box(pin, *box, label) for pin, box in BOXES.items())
    top = f'<g id="s" tabindex="0" data-kind="stage" data-pin="interest" aria-label="{kind}">'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" width="800" height="400">'
        f'{top}<rect x="20" y="20" width="760" height="40" fill="#dfe8f6"/></g>{edges}{boxes}</svg>'
    )


def _box(pin: str, words: str, x: int, y: int, label: str) -> str:
    told = escape(unescape(label)[:6]) if label else words
    badge = '<g data-finding="f-1" data-pin="f-1"><circle cx="660" cy="100" r="9"/></g>'
    return (
        f'<g id="box-{pin}" tabindex="0" data-kind="activity" data-pin="{pin}" '
        f'aria-label="{label or words}"><rect x="{x}" y="{y}" width="120" height="44" fill="#fff" '
        f'stroke="#5e86c4"/><text x="{x + 60}" y="{y + 26}" text-anchor="middle">{told}</text>'
        f"{badge if pin == 'a-3' else ''}</g>"
    )


def _line(pin: str, source: str, target: str, label: str) -> str:
    (_, x, y), (_, to_x, to_y) = BOXES[source], BOXES[target]
    return (
        f'<g id="edge-{pin}" tabindex="0" data-kind="move" data-pin="{pin}" '
        f'data-source="box-{source}" data-target="box-{target}" aria-label="{label or pin}">'
        f'<path data-line="1" d="M{x + 120},{y + 22}L{to_x},{to_y + 22}" fill="none" '
        'stroke="#2f5aa0" stroke-width="4"/></g>'
    )


def _parts(name: str) -> dict[str, Any]:
    boxes = {
        pin: {"kind": "activity", "label": name or words, "rows": [["案例", name or "512"]]}
        for pin, (words, _x, _y) in BOXES.items()
    }
    lines = {pin: {"kind": "move", "label": name or pin, "rows": [["次数", "99"]]} for pin in LINES}
    finding = {"kind": "finding", "label": name or "报价反复修改", "rows": [["n", "418"]]}
    stage = {"kind": "stage", "label": name or "兴趣", "rows": [["案例", "942"]]}
    return {"interest": stage, **boxes, **lines, "f-1": finding}


def _card(n: int, name: str) -> dict[str, Any]:
    pin = ("a-2", "a-2", "m-2", "a-gone")[n]
    rated = n in (1, 2)
    asked = n == 1
    verdict = {"outcome": "contradicted", "words": name or "数据不支持", "cases": [name or "c1"]}
    return {
        "id": f"n-{n}",
        "kind": KINDS[n],
        "text": name or ("展会二维码", "首次联系太慢", "画像没有送到销售", "旧卡片")[n],
        "author": name or ("王敏" if n else "李雷"),
        "owner": name or None,
        "status": "open",
        "votes": n,
        "mine": 1 if n == 2 else 0,
        "importance": 60 if rated else None,
        "urgency": 20 * n if rated else None,
        "at": f"2026-11-25T0{n}:00:00Z",
        "pins": [{"id": pin, "label": name or pin, "here": pin != "a-gone"}],
        "claim": {"measure": "wait", "words": name or "看法"} if asked else None,
        "verdict": {**verdict, "sql": name or "SELECT 1"} if asked else None,
        "orphan": n == 3,
    }


def _lang(lang: str, name: str) -> dict[str, Any]:
    found = tomllib.loads((templates_dir() / "text" / "board.toml").read_text(encoding="utf-8"))
    items = [
        {"start": 0, "minutes": 5, "name": name or "开场", "purpose": name, "materials": [name]},
        {"start": 5, "minutes": 10, "name": name or "写卡片", "purpose": name, "materials": []},
    ]
    finding = {"id": "f-1", "number": 4, "kind": "breakpoint", "title": name or "报价反复修改"}
    return {
        "words": {key: words[lang] for key, words in found.items()},
        "choices": _choices(name),
        "findings": [
            {**finding, "lines": [name or "n = 418"], "confidence": "proven", "status": "open"}
        ],
        "agenda": {"name": name or "工作坊", "aim": name, "minutes": 15, "items": items},
    }


def _choices(name: str) -> dict[str, Any]:
    def named(*ids: str) -> list[dict[str, Any]]:
        return [{"id": one, "label": name or one} for one in ids]

    activities = [words for words, _x, _y in BOXES.values()]
    wait = {"id": "wait", "label": name or "等待", "unit": "duration"}
    rework = {"id": "rework", "label": name or "返工", "unit": "share"}
    return {
        "segments": named("中型客户", "大型客户"),
        "variants": [{"id": 1, "label": name or "12 步 · 214 例", "n": 214}],
        "has_spec": True,
        "kinds": named(*KINDS),
        "statuses": named("open", "confirmed", "rejected", "done", "withdrawn"),
        "measures": [
            {**wait, "places": [["from", "to"], ["activity"]]},
            {**rework, "places": [["activity"], []]},
        ],
        "activities": named(*activities),
        "stages": named("interest"),
        "departments": named("市场部", "销售部"),
        "attributes": named("persona"),
    }
