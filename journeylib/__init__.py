"""journeylib: how customers really travel, where it breaks, and how it shall be.

Nouns ``EventLog Journey Findings TargetSpec``, verbs ``read_log mine diagnose specify draw export``.
"""
