"""Any file or table of events to an `EventLog`: `read_log`, and `mapping_table` to look at how.

The way of a source: opened (`packed`), as a table of raw columns (`tables`, `delimited`,
`workbook`, `xes`), with roles for its columns (`mapping`, `template`), as events (`shapes`,
`times`, `values`), ordered by the engine, with what one should know about it (`quality`).
"""

from journeylib.reading.reader import mapping_table, read_log

__all__ = ["mapping_table", "read_log"]
