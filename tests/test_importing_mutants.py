"""Our exported BPMN, damaged as files get damaged: refused in clear words, or read with a note.

One table: what was done, and what must come of it. ``same`` is read as the very same specification,
``noted`` is read and told, ``refused`` names its cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from journeylib.errors import InputError, JourneyError
from journeylib.exporting.bpmn import to_bpmn
from journeylib.importing import imported
from tests.importing_worlds import full_spec

GOOD = to_bpmn(full_spec(), "zh").decode()
Change = Callable[[str], str | bytes]
BILLION = "".join(
    f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdef", "bcdefg", strict=True)
)


def put(old: str, new: str, times: int = 1) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, times)

    return change


def cut(pattern: str, new: str = "") -> Change:
    def change(text: str) -> str:
        found = re.sub(pattern, new, text, count=1, flags=re.S)
        assert found != text, pattern
        return found

    return change


def coded(encoding: str, declared: str = "UTF-8") -> Change:
    return lambda text: put("encoding='UTF-8'", f"encoding='{declared}'")(text).encode(encoding)  # type: ignore[union-attr]


def noted(words: str) -> tuple[str, str]:
    return "noted", words


def refused(words: str) -> tuple[str, str]:
    return "refused", words


SAME = ("same", "")
NAME = 'name="首次联系"'
TASK = 'id="Task_a-demo"'
ROOT = "<bpmn:definitions"
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SHAPE = r'<bpmndi:BPMNShape id="Task_a-demo_di".*?</bpmndi:BPMNShape>'
PLACE = r'(Task_a-demo_di"[^>]*>\s*<dc:Bounds x=")[\d.]+'
WORDS = (r'(<bpmn:userTask id="Task_a-form"[^>]*>)(\s*<bpmn:documentation>.*?</bpmn:documentation>)'
         r"(.*?)(</bpmn:userTask>)")  # fmt: skip
REFERENCE = "<bpmn:flowNodeRef>"


def named(name: str) -> Change:
    return put(NAME, f'name="{name}"')


def typed(doctype: str) -> Change:
    return put(ROOT, f"<!DOCTYPE d {doctype}>{ROOT}")


def without_namespace(text: str) -> str:
    return re.sub(r"(</?)bpmn:", r"\1", re.sub(' xmlns:bpmn="[^"]*"', "", text, count=1))


def instead(content: str | bytes) -> Change:
    return lambda text: content


MUTANTS: dict[str, tuple[Change, tuple[str, str]]] = {
    # ids
    "chinese ids": (put("Task_a-demo", "任务_演示", -1), SAME),
    "an id that begins with a digit": (put("Task_a-demo", "1demo", -1), SAME),
    "an id with a blank": (put("Task_a-demo", "Task demo", -1), SAME),
    "an id twice": (put(TASK, 'id="Task_a-contact"'), noted("重复")),
    "no id": (put(f" {TASK}", ""), noted("Task_a-demo")),
    # characters
    "a control character": (named("首次\x0b联系"), noted("控制字符")),
    "a control character as a reference": (named("首次&#11;联系"), noted("控制字符")),
    "a bare ampersand": (named("首次&联系"), noted("“&”未转义")),
    "an unknown entity": (named("首次&nbsp;联系"), noted("“&”未转义")),
    "a long name": (named("首次联系" * 450), noted("改名")),
    "a name of 20 MB": (named("长" * 7_000_000), refused("too long")),
    "emoji, right-to-left, line breaks": (named("跟进🚀&#10;مرحبا \u202e"), noted("改名")),
    # encodings
    "a byte order mark": (lambda text: "\ufeff" + text, SAME),
    "UTF-16": (coded("utf-16", "UTF-16"), SAME),
    "UTF-16 that says UTF-8": (coded("utf-16"), SAME),
    "UTF-16 without a mark": (coded("utf-16-le", "UTF-16"), SAME),
    "UTF-32": (coded("utf-32", "UTF-32"), SAME),
    "GBK": (coded("gbk", "GBK"), SAME),
    "GBK that says UTF-8": (coded("gbk"), noted("GBK")),
    "an encoding nobody knows": (put("encoding='UTF-8'", "encoding='X-NONE'"), SAME),
    "bytes of no encoding": (instead(b"<\xff\xff\xfe" * 90), refused("no known encoding")),
    # entities
    "a file from the machine": (
        typed('[<!ENTITY x SYSTEM "file:///etc/hostname">]'), refused("DOCTYPE"),
    ),
    "a bomb of entities": (typed(f'[<!ENTITY g "xx">{BILLION}]'), refused("DOCTYPE")),
    "an external DTD": (typed('SYSTEM "http://127.0.0.1/x.dtd"'), refused("DOCTYPE")),
    # namespaces
    "an undeclared prefix": (put("<bpmn:incoming>", "<foo:a/><bpmn:incoming>"), noted("foo")),
    "a well-known prefix undeclared": (cut(' xmlns:bpmndi="[^"]*"'), noted("bpmndi")),
    "no namespace of BPMN at all": (without_namespace, noted("命名空间")),
    "an unknown attribute": (put(TASK, f'xmlns:my="urn:my" my:sla="4h" {TASK}'), SAME),
    "an unknown child": (
        put("<bpmn:incoming>", '<my:x xmlns:my="urn:my">1</my:x><bpmn:incoming>'), SAME,
    ),
    "no targetNamespace": (cut(' targetNamespace="[^"]*"'), SAME),
    # what points nowhere
    "a shape missing": (cut(SHAPE), SAME),
    "no picture at all": (cut(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>"), SAME),
    "a shape of nothing": (put('bpmnElement="Task_a-demo"', 'bpmnElement="gone"'), noted("gone")),
    "a shape at no place": (cut(PLACE, r"\1NaN"), noted("位置")),
    "a flow to nothing": (put('targetRef="Gate_interest"', 'targetRef="gone"'), noted("gone")),
    "a lane of nothing": (put(f"{REFERENCE}Task_a-demo", f"{REFERENCE}gone"), noted("gone")),
    "a task in two lanes": (
        put(f"{REFERENCE}Start", f"{REFERENCE}Task_a-demo</bpmn:flowNodeRef>{REFERENCE}Start"),
        noted("同时在泳道"),
    ),
    "a timer on nothing": (put(' attachedToRef="Task_a-contact"', ""), noted("没有附着")),
    "no lanes": (cut(r"<bpmn:laneSet.*</bpmn:laneSet>"), noted("泳道")),
    "no collaboration": (cut(r"<bpmn:collaboration.*</bpmn:collaboration>"), noted("图形指向")),
    # order and kinds
    "documentation after the flows": (cut(WORDS, r"\1\3\2\4"), SAME),
    "not executable": (put('isExecutable="true"', 'isExecutable="false"'), SAME),
    "a condition without its type": (cut(r' xsi:type="bpmn:tFormalExpression"'), SAME),
    "a condition with full-width quotes": (
        cut(r"(conditionExpression[^>]*>)[^<]*", r"\1预算 ≠ “A”"), noted("conditionExpression"),
    ),
    "a timer as people write it": (put(">PT4H<", ">4h<"), noted("4h")),
    "a second start": (
        put("<bpmn:startEvent", '<bpmn:startEvent id="S2" name="展会"/><bpmn:startEvent'),
        noted("展会"),
    ),
    # files that are something else
    "a file cut short": (lambda text: text[: len(text) // 2], refused("broken XML")),
    "an empty file": (instead(""), refused("empty")),
    "blanks only": (instead(" \n"), refused("empty")),
    "JSON with this suffix": (instead('{"schema": "spec/1"}'), refused(r"\.json")),
    "no XML": (instead("digraph { a -> b }"), refused("no XML")),
    "a web page": (instead("<html><body/></html>"), refused("definitions")),
    "a diagram without tasks": (instead(f'<definitions xmlns="{MODEL}"/>'), refused("no task")),
    "elements without end": (instead("<a>" * 5_000), refused("nested too deep")),
}  # fmt: skip


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 50


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_is_read_or_refused_in_clear_words(mutant: str) -> None:
    change, (outcome, words) = MUTANTS[mutant]
    changed = change(GOOD)
    content = changed.encode() if isinstance(changed, str) else changed
    if outcome == "refused":
        with pytest.raises(InputError, match=words) as caught:
            imported(content, "mutant.bpmn")
        assert str(caught.value).startswith("mutant.bpmn: ")
        assert len(str(caught.value)) < 400
        return
    found = imported(content, "mutant.bpmn")
    if outcome == "same":
        assert found.spec == full_spec()
        assert found.notes == ()
    else:
        assert words in found.report("zh")
        assert found.notes


@pytest.mark.parametrize("length", range(0, len(GOOD), 997))
def test_wherever_it_is_cut_the_message_is_one_of_ours(length: int) -> None:
    with pytest.raises(JourneyError):
        imported(GOOD[:length].encode(), "cut.bpmn")
