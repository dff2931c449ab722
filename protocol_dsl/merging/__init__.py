"""Three versions of a protocol's text to one, statement by statement."""
