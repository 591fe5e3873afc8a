"""``python -m journeylib.cli``."""

import sys

from journeylib.cli import main

sys.exit(main())
