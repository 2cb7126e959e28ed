"""Drawings: whole, offline, light and dark in one file, and the same again without drawing."""

import errno
import re
import subprocess
import sys
import xml.dom.minidom
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import psutil
import pytest
import vl_convert

from forgelake.metrics.look import COLOURS, INK, config
from forgelake.metrics.svg import Drawer, as_png, as_svg
from forgelake.model.errors import RetryError, StopError
from tests.cli.processes import leaves_interrupts

SPECIFICATION: dict[str, Any] = {
    "data": {"values": [{"day": day, "events": day * day, "kind": "ab"[day % 2]} for day in range(9)]},
    "mark": "line",
    "encoding": {
        "x": {"field": "day", "type": "quantitative"},
        "y": {"field": "events", "type": "quantitative"},
        "color": {"field": "kind", "type": "nominal"},
    },
    "title": "<script>alert(1)</script> & more",
}


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    """Draws in a process of its own."""
    drawing = Drawer()
    yield drawing
    drawing.close()


def test_a_drawing_is_whole_with_texts_as_texts() -> None:
    drawn = as_svg(SPECIFICATION).decode()
    xml.dom.minidom.parseString(drawn)  # noqa: S318 - our own
    assert "<script" not in drawn
    assert "alert(1)" in drawn


def test_charts_of_one_shape_are_drawn_as_each_would_be_alone() -> None:
    layered = {
        "layer": [
            {"mark": "line", "encoding": SPECIFICATION["encoding"]},
            {
                "data": {"values": [{"at": 3}]},
                "mark": "rule",
                "encoding": {"x": {"field": "at", "type": "quantitative"}},
            },
        ]
    }
    other = {"data": {"values": [{"day": 1, "events": 7, "kind": "c"}]}}
    for more in ({"width": 200}, {"width": 200, **other}, layered, {**layered, **other}):
        specification = {**SPECIFICATION, **more}
        if "layer" in specification:
            del specification["mark"]
        alone = vl_convert.vegalite_to_svg(specification, config=config())
        assert without_numbers(as_svg(specification).decode()) == without_numbers(alone)


def test_a_text_is_as_wide_where_drawings_are_made_apart(drawer: Drawer) -> None:
    assert without_numbers(drawer.draw(SPECIFICATION).decode()) == without_numbers(as_svg(SPECIFICATION).decode())


def without_numbers(drawn: str) -> str:
    """A drawing without the style, and without the numbers by which a process tells its clip paths apart."""
    return re.sub(r"<style>.*?</style>|clip\d+", "", drawn)


def test_every_colour_has_one_for_dark_pages() -> None:
    drawn = as_svg(SPECIFICATION).decode()
    body = drawn.partition("</style>")[2]
    used = {part[:7].upper() for part in body.split('"') if part.startswith("#") and len(part) == 7}
    assert used
    assert used <= {*COLOURS, *INK}
    assert all(f'[stroke="{light}" i]{{stroke:{dark}}}' in drawn for light, dark in COLOURS.items())


@pytest.mark.parametrize("draw", [as_svg, as_png])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.csv", "https://example.org/x.json"])
def test_nothing_is_loaded(url: str, draw: Callable[[Mapping[str, Any]], bytes]) -> None:
    with pytest.raises(StopError, match=r"cannot be drawn: (?s:.*)url not allowed"):
        draw({**SPECIFICATION, "data": {"url": url}})


@pytest.mark.parametrize("form", ["file://{}", "{}"])
def test_no_file_is_read(tmp_path: Path, form: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("word\nsecretword\n", encoding="utf-8")
    data = {"url": form.format(file), "format": {"type": "csv"}}
    asked = {"data": data, "mark": "text", "encoding": {"text": {"field": "word", "type": "nominal"}}}
    try:
        drawn = as_svg(asked)
    except StopError:
        return
    assert b"secretword" not in drawn


def test_a_process_of_its_own_draws_the_same_and_remembers(drawer: Drawer) -> None:
    assert drawer.draw(SPECIFICATION) == as_svg(SPECIFICATION)
    assert drawer.draw(dict(reversed(SPECIFICATION.items()))) is drawer.draw(SPECIFICATION)


def test_what_cannot_be_drawn_does_not_end_the_process(drawer: Drawer) -> None:
    with pytest.raises(StopError):
        drawer.draw({**SPECIFICATION, "mark": "nonsense"})
    assert drawer.draw({**SPECIFICATION, "width": 100})


def test_a_process_that_died_is_replaced(drawer: Drawer) -> None:
    drawer.draw(SPECIFICATION)
    assert isinstance(drawer._pool, ProcessPoolExecutor)
    for process in drawer._pool._processes.values():
        process.kill()
    # Whether the pool has noticed by now is chance.
    with suppress(RetryError):
        drawer.draw({**SPECIFICATION, "width": 150})
    assert drawer.draw({**SPECIFICATION, "width": 150})


def test_a_drawing_that_takes_too_long_leaves_no_process() -> None:
    many = {**SPECIFICATION, "data": {"sequence": {"start": 0, "stop": 300_000, "as": "day"}}, "mark": "point"}
    endless = {**many, "encoding": {axis: {"field": "day", "type": "quantitative"} for axis in "xy"}}
    with closing(Drawer(seconds=3)) as drawer:
        drawer.draw(SPECIFICATION)
        assert isinstance(drawer._pool, ProcessPoolExecutor)
        (process,) = drawer._pool._processes.values()
        with pytest.raises(RetryError, match="ask again"):
            drawer.draw(endless)
        # Not `join`: the pool's own thread waits for the same process, and one of the two is told nothing.
        assert wait([process.sentinel], 10)


def test_who_draws_leaves_ctrl_c_to_the_process_that_asks_and_ends_with_it() -> None:
    program = """
import multiprocessing, time
from forgelake.metrics.svg import Drawer
if __name__ == "__main__":
    Drawer().draw({"mark": "point", "data": {"values": []}})
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as drawing:
        assert drawing.stdout is not None
        child = psutil.Process(int(drawing.stdout.readline()))
        assert leaves_interrupts(child.pid)
        drawing.kill()
    child.wait(30)


def test_where_processes_cannot_share_semaphores_a_thread_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    # As AWS Lambda answers, which has no /dev/shm.
    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)
    drawer = Drawer()
    assert drawer.draw(SPECIFICATION) == as_svg(SPECIFICATION)
    drawer.close()
