"""HTML of others made safe for a page of its own: no scripts, and nothing fetched from anywhere."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from journeylib.workshop.notebooks.outputs import Missed

if TYPE_CHECKING:
    from bs4 import Tag

_FRAMES = ("iframe", "frame", "object", "embed", "applet", "link")
_SETTINGS = ("base", "meta")
_FETCHING = ("src", "srcset", "poster", "background", "data", "href", "xlink:href")
_NUMBER = re.compile(r"^\s*[-+−]?[\d,.]+\s*%?\s*$|^\s*(NaN|None|<NA>|–|-|)\s*$")
_STYLE_FETCH = re.compile(r"@import[^;]*;?|url\(\s*['\"]?(?!data:|#)[^)]*\)", re.IGNORECASE)
Attachments = Mapping[str, Mapping[str, str]]


def clean(html: str, folder: Path, attachments: Attachments, missed: Counter[Missed]) -> str:
    """`html` without what runs or loads; pictures beside the notebook are put into the page.

    A picture that is elsewhere becomes a link to it and is counted as `remote`.

    >>> clean('<p onclick="x()">a<script>b</script></p>', Path(), {}, Counter())
    '<p>a</p>'
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    missed["script"] += _removed(soup, ("script",)) > 0
    missed["remote"] += _removed(soup, _FRAMES)
    _removed(soup, _SETTINGS)
    for tag in soup.find_all("style"):
        tag.string = _still_style(tag.get_text(), missed)
    for tag in soup.find_all("a", class_="anchor-link"):
        tag.decompose()
    for table in soup.find_all("table"):
        _align(table)
    for tag in soup.find_all(True):
        _disarm(tag, missed)
        _settle(tag, folder, attachments, missed)
    return str(soup)


def _align(table: Tag) -> None:
    """Columns in which only numbers stand are set to the right, head and all."""
    rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    body = [row for row in rows if any(cell.name == "td" for cell in row)]
    if not body or any("colspan" in cell.attrs for row in rows for cell in row):
        return
    width = min(map(len, rows))
    for n in range(width):
        column = [row[n] for row in body]
        if all(_NUMBER.match(cell.get_text()) for cell in column):
            for row in rows:
                row[n]["class"] = "number"


def _removed(soup: Tag, names: Sequence[str]) -> int:
    """Take the tags with these names out; how many there were."""
    found = soup.find_all(names)
    for tag in found:
        tag.decompose()
    return len(found)


def _still_style(style: str, missed: Counter[Missed]) -> str:
    """A style that loads nothing."""
    kept, count = _STYLE_FETCH.subn("none", style)
    missed["remote"] += count
    return kept


def _disarm(tag: Tag, missed: Counter[Missed]) -> None:
    for name in [name for name in tag.attrs if name.lower().startswith("on")]:
        del tag[name]
    if "style" in tag.attrs:
        tag["style"] = _still_style(str(tag["style"]), missed)
    if tag.name == "a" and str(tag.get("href", "")).strip().lower().startswith("javascript:"):
        del tag["href"]


def _settle(tag: Tag, folder: Path, attachments: Attachments, missed: Counter[Missed]) -> None:
    """Whatever this tag would fetch is in the page afterwards, or a link."""
    for name in _FETCHING if tag.name != "a" else ():
        address = str(tag.get(name, "")).strip()
        if not address or address.startswith(("data:image/", "#")):
            continue
        found = _found(address, folder, attachments)
        if found is not None and tag.name == "img":
            tag[name] = found
        else:
            missed["remote"] += 1
            _link(tag, name, address)
        if tag.name == "a":
            return


def _link(tag: Tag, name: str, address: str) -> None:
    """In place of a picture its words, leading to where it is."""
    if tag.name != "img":
        del tag[name]
        return
    words = str(tag.get("alt") or address)
    attributes: dict[str, Any] = {"href": address, "rel": "noreferrer"}
    tag.name, tag.attrs = "a", attributes
    tag.string = words


def _found(address: str, folder: Path, attachments: Attachments) -> str | None:
    """A picture of the notebook's own, or of its folder, as a data URI."""
    if address.startswith("attachment:"):
        for kind, data in attachments.get(unquote(address[11:]), {}).items():
            return f"data:{kind};base64,{data}"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = (folder / unquote(parts.path)).resolve()
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not kind.startswith("image/") or not path.is_relative_to(folder.resolve()):
        return None
    return data_uri(kind, path.read_bytes()) if path.is_file() else None


def data_uri(kind: str, content: bytes) -> str:
    """`content` as an address that needs no network."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
