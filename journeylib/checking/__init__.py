"""A specification against a log: rules, conformance, back-test, what-if."""
