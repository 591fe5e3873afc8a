"""What is wrong with a specification, in the language of whoever fills in the form.

Problems are sentences in English, as all errors are; those that a form brings about most often are
said in Chinese too, by their shape. Any other stays as it is rather than being lost.
"""

from __future__ import annotations

import re

from journeylib.terms import Lang, say

_SHAPES = {
    "no_unit": re.compile(r"^'(?P<value>.*)' has no unit"),
    "no_span": re.compile(r"^'(?P<value>.*)' is no duration"),
    "feel": re.compile(r"^'(?P<value>.*)', column (?P<column>\d+): (?P<problem>.*)$"),
    "no_item": re.compile(
        r"^there is no information item '(?P<value>.*)' \(column \d+\)\.(?P<hint>.*)$"
    ),
    "no_activity": re.compile(r"^there is no activity '(?P<value>.*?)'\.(?P<hint>.*)$"),
    "no_department": re.compile(r"^there is no department '(?P<value>.*?)'\.(?P<hint>.*)$"),
    "blank": re.compile(r"^a name must not be blank"),
    "twice": re.compile(r"^'(?P<value>.*)' occurs (?P<n>\d+) times"),
    "unlike": re.compile(r"^(?P<value>.*); they cannot be compared"),
    "no_condition": re.compile(r"^(?P<value>.*) is a .*, no condition; write"),
}


def told(problem: str, lang: Lang) -> str:
    """A problem in `lang`.

    >>> told("'4' has no unit; write \\"4h\\" or \\"4d\\"", "zh")
    '“4”没有单位，请写成 4h（小时）或 4d（天）'
    """
    if lang == "en":
        return problem
    for name, shape in _SHAPES.items():
        if match := shape.match(problem):
            return say(f"form.problem_{name}", **match.groupdict()).zh
    return problem
