"""Vega-Lite specifications compiled to Vega, once for all that differ in their rows only.

The pages of two repositories have the same charts, and compiling one takes a third of the time that drawing it takes.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from forgelake.metrics.look import config

Specification = Mapping[str, Any]


def compiled(specification: Specification) -> dict[str, Any]:
    """The specification in Vega.

    Raises:
        ValueError: vl-convert cannot read it.
    """
    rows: list[Any] = []
    shape = _without_rows(specification, rows)
    if "layer" in shape:
        shape["layer"] = [_without_rows(layer, rows) for layer in shape["layer"]]
    vega = _vega(json.dumps(shape, sort_keys=True))
    return {**vega, "data": [_with_rows(source, rows) for source in vega["data"]]}


@lru_cache(maxsize=500)
def _vega(shape: str) -> dict[str, Any]:
    # Deferred: see ``svg.as_png``.
    import vl_convert

    vega: dict[str, Any] = vl_convert.vegalite_to_vega(json.loads(shape), config=config())
    return vega


def _without_rows(part: Specification, rows: list[Any]) -> dict[str, Any]:
    """A chart or a layer with the number of its rows in their place; they go to the end of ``rows``."""
    if "values" not in part.get("data", ()):
        return dict(part)
    rows.append(part["data"]["values"])
    return {**part, "data": {**part["data"], "values": [{"rows": len(rows) - 1}]}}


def _with_rows(source: Mapping[str, Any], rows: list[Any]) -> Mapping[str, Any]:
    match source.get("values"):
        case [{"rows": int(number)}]:
            return {**source, "values": rows[number]}
        case _:
            return source
