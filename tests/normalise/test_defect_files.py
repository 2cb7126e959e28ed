"""Files as they were found damaged, one by one."""

import gzip
import json
from pathlib import Path

import pytest

from forgelake.sources.gharchive.read import why_not_gzip
from tests.normalise.slices import Slice, assert_accounted, normalised_file, normalised_gzip

ORIGIN = "gharchive/2016-01-01-1.json.gz"
LINES = 2000


@pytest.fixture
def defects(sample_data: Path) -> Path:
    return sample_data / "gharchive-defects"


@pytest.fixture(scope="module")
def original(sample_data: Path) -> list[bytes]:
    """The lines that the damaged files were made of."""
    return gzip.decompress((sample_data / ORIGIN).read_bytes()).split(b"\n")[:LINES]


def _ids(lines: list[bytes]) -> list[int]:
    return sorted(int(json.loads(line)["id"]) for line in lines)


def _read(path: Path, folder: Path) -> tuple[bytes, Slice]:
    return gzip.decompress(path.read_bytes()), normalised_file(path, folder)


def test_an_hour_of_nothing_has_no_events(defects: Path, tmp_path: Path) -> None:
    path = defects / "2012-12-22-18.json.gz"
    assert why_not_gzip(path.read_bytes()) is None
    slice_ = normalised_file(path, tmp_path)
    assert (slice_.counts.events, slice_.counts.rejected, slice_.files) == (0, 0, [])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad_gzip_header_2015-01-01-11.json.gz", "not gzip"),
        ("html404_saved_as_2022-06-03-1.json.gz", "HTML page"),
        ("2016-01-28-1.json.gz", "XML document"),
    ],
)
def test_what_is_no_gzip_file_is_refused_and_if_read_all_the_same_one_reject(
    name: str, reason: str, defects: Path, tmp_path: Path
) -> None:
    path = defects / name
    refused = why_not_gzip(path.read_bytes()[:2048])
    assert refused is not None
    assert reason in refused
    slice_ = normalised_file(path, tmp_path)
    (reject,) = slice_.lost()
    assert (slice_.counts.events, reject["length"]) == (0, path.stat().st_size)


def test_a_torn_line_costs_only_itself(defects: Path, original: list[bytes], tmp_path: Path) -> None:
    text, slice_ = _read(defects / "2017-11-08-1.json.gz", tmp_path)
    kept = [line for line in original if line + b"\n" in text]
    assert len(kept) == LINES - 1
    assert_accounted(text, slice_, kept)
    assert slice_.ids() == _ids(kept)
    assert slice_.counts.rejected == 1


def test_nuls_between_two_events_cost_none(defects: Path, original: list[bytes], tmp_path: Path) -> None:
    text, slice_ = _read(defects / "2015-07-21-12.json.gz", tmp_path)
    assert_accounted(text, slice_, original)
    (reject,) = slice_.lost()
    assert reject["bytes"].strip(b"\0") == b""
    assert "NUL" in reject["reason"]


def test_carriage_returns_and_blank_lines_cost_nothing(defects: Path, original: list[bytes], tmp_path: Path) -> None:
    text, slice_ = _read(defects / "crlf_blank_lines.json.gz", tmp_path)
    assert slice_.rejects() == []
    assert_accounted(text, slice_, original)


def test_copies_are_counted_and_left_out(defects: Path, original: list[bytes], tmp_path: Path) -> None:
    text, slice_ = _read(defects / "duplicated_events.json.gz", tmp_path)
    assert slice_.ids() == _ids(original)
    assert slice_.counts.duplicates == text.count(b"\n") - LINES > 0
    assert slice_.rejects() == []


def test_invalid_utf8_costs_one_text(defects: Path, original: list[bytes], tmp_path: Path) -> None:
    text, slice_ = _read(defects / "invalid_utf8.json.gz", tmp_path)
    assert slice_.ids() == _ids(original)
    assert slice_.lost() == []
    for reject in slice_.rejects():
        assert text.split(b"\n")[reject["line"] - 1] == reject["bytes"]
        assert "UTF-8" in reject["reason"]
    assert slice_.counts.repaired == len(slice_.rejects()) == 1


@pytest.mark.parametrize(
    ("name", "encoding"), [("utf8_bom_events_array_2026.json", "utf-8-sig"), ("utf16le_bom_events_2026.json", "utf-16")]
)
def test_a_saved_answer_of_the_api_is_read(name: str, encoding: str, defects: Path, tmp_path: Path) -> None:
    data = (defects / name).read_bytes()
    answer = json.loads(data.decode(encoding))
    events = answer["value"] if isinstance(answer, dict) else answer
    slice_ = normalised_gzip(gzip.compress(data), tmp_path)
    assert slice_.rejects() == []
    assert slice_.ids() == sorted(int(event["id"]) for event in events)
