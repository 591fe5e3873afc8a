"""Where a specification is discussed and changed: widgets over data that works without them."""
