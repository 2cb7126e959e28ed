"""Measurements, not tests: nothing here fails because a machine is slow, only because results differ.

`python -m benchmarks` runs all of them; docs/benchmarks.md says what is and what is not included.
"""
