"""Office files are ZIP archives full of clocks; here they lose them."""

from __future__ import annotations

import datetime
import io
import zipfile

EPOCH = datetime.datetime(1980, 1, 1)
"""The earliest time a ZIP archive can tell."""


def without_clock(content: bytes) -> bytes:
    """The same archive, its entries in order of their names and all of one time."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(fixed, "w") as target:
        # Readers want the list of contents first; the rest is sorted.
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
