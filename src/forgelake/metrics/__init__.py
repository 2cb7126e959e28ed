"""Metrics: declared once in YAML, bound to a question, answered from a snapshot of the lake with their coverage."""
