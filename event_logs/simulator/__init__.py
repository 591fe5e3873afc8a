"""The simulator behind ``generate.py``: worlds, walks through them, and the truth about them."""
