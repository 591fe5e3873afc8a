"""A specification executed: cases replayed through a real BPMN engine."""
