"""XML from anywhere, parsed without trust: no entities, no network, no huge values.

Encodings are told by the bytes, not only by what they declare. A few defects that careless software
leaves behind (characters XML cannot hold, a bare ``&``, an undeclared prefix) are repaired, and each
repair is noted; everything else is refused with its line.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree

from journeylib.errors import InputError
from journeylib.terms import Text, say

MOST_BYTES = 64_000_000
Element = etree._Element

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*?\?>")
_ENCODING = re.compile(rb"^[^<]{0,3}<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile("&#(x[0-9A-Fa-f]+|[0-9]+);")
_BARE = re.compile(r"&(?!(?:#[0-9]+|#x[0-9A-Fa-f]+|amp|lt|gt|quot|apos);)")
_PREFIX = re.compile(r"Namespace prefix (\S+)|prefix (\S+) .*not (?:defined|bound)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmn2": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "semantic": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "omgdc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "omgdi": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "journey": "urn:journeylib:spec:1",
}


def parse(content: bytes, name: str) -> tuple[Element, list[Text]]:
    """The root element of an XML file, and what had to be repaired."""
    if len(content) > MOST_BYTES:
        raise _refused(name, "too_big", megabytes=MOST_BYTES // 1_000_000)
    text, notes = _decoded(content, name)
    if not text.strip():
        raise _refused(name, "nothing_in_it")
    if not text.lstrip().startswith("<"):
        kind = "is_json" if text.lstrip()[:1] in ("{", "[") else "no_xml"
        raise _refused(name, kind)
    if re.search(r"<!(DOCTYPE|ENTITY)", text):
        raise _refused(name, "has_doctype")
    text = _without_illegal(_DECLARATION.sub("", text, count=1), notes)
    return _parsed(text, name, notes), notes


def _refused(name: str, key: str, **values: object) -> InputError:
    return InputError(name, say(f"diagram.{key}", **values).en)


# -- bytes to text ---------------------------------------------------------------------------------


def _decoded(content: bytes, name: str) -> tuple[str, list[Text]]:
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        declared = _declared(content)
        if encoding == "gb18030" and declared != encoding:
            return text, [say("diagram.is_gbk", declared=declared or "utf-8")]
        return text, []
    raise _refused(name, "no_encoding")


def _candidates(content: bytes) -> list[str]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return [encoding]
    if content[:4].count(0) == 2:
        return ["utf-16-le" if content[1] == 0 else "utf-16-be"]
    declared = _declared(content)
    return [*([declared] if declared else []), "utf-8", "gb18030"]


def _declared(content: bytes) -> str | None:
    """The encoding the file says it has, where there is such a one; GBK is read as what extends it."""
    found = _ENCODING.match(content[:200])
    try:
        name = codecs.lookup(found[1].decode()).name if found else None
    except LookupError:
        return None
    return {"gbk": "gb18030", "gb2312": "gb18030"}.get(name or "", name)


# -- text to elements ------------------------------------------------------------------------------


def _without_illegal(text: str, notes: list[Text]) -> str:
    """Control characters out of spreadsheets are left out, also those written as references."""

    def kept(reference: re.Match[str]) -> str:
        digits = reference[1]
        code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
        return reference[0] if code <= 0x10FFFF and not _ILLEGAL.match(chr(code)) else ""

    clean = _ILLEGAL.sub("", _REFERENCE.sub(kept, text))
    if clean != text:
        at = next(
            (n for n, pair in enumerate(zip(text, clean, strict=False)) if pair[0] != pair[1]), 0
        )
        notes.append(say("diagram.illegal_left_out", line=1 + text.count("\n", 0, at)))
    return clean


def _parsed(text: str, name: str, notes: list[Text]) -> Element:
    for _ in range(20):
        try:
            return _strictly(text)
        except etree.XMLSyntaxError as problem:
            repaired = _repaired(text, str(problem.msg), notes)
            if repaired == text:
                raise _broken(name, problem) from None
            text = repaired
    raise _refused(name, "no_xml")


def _strictly(text: str) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return etree.fromstring(text.encode(), parser)


def _repaired(text: str, problem: str, notes: list[Text]) -> str:
    if found := _PREFIX.search(problem):
        return _declaring(text, (found[1] or found[2]).strip("'\":"), notes)
    if _BARE.search(text) and ("EntityRef" in problem or "Entity" in problem):
        line = 1 + text.count("\n", 0, _BARE.search(text).start())  # type: ignore[union-attr]
        notes.append(say("diagram.bare_ampersand", line=line))
        return _BARE.sub("&amp;", text)
    return text


def _declaring(text: str, prefix: str, notes: list[Text]) -> str:
    """Declare a prefix at the root: the one everybody means, or one that nobody knows."""
    known = _KNOWN.get(prefix)
    notes.append(say("diagram.prefix_known" if known else "diagram.prefix_unknown", prefix=prefix))
    uri = known or f"urn:undeclared:{prefix}"
    return re.sub(r"<([A-Za-z_][^\s/>]*)", rf'<\1 xmlns:{prefix}="{uri}"', text, count=1)


def _broken(name: str, problem: etree.XMLSyntaxError) -> InputError:
    message, line = str(problem.msg).strip(), problem.lineno or 1
    if re.search("XML_PARSE_HUGE|Excessive depth|length too long", message):
        return _refused(name, "beyond_limits", line=line)
    plain = re.sub(r"\s*,? line \d+, column \d+$", "", message)
    return _refused(name, "broken", line=line, problem=plain[:160])
