"""Specifications read back from the files people edited: BPMN, workbook, JSON."""
