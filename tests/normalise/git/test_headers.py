"""Who and when, of commits that no tool should have let through."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.normalise.git.headers import Header, headers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID, PARENT = b"a" * 40, b"b" * 40


def record(
    email: bytes = b"me@example.org", authored: bytes = b"1700000000", raw: bytes = b"1700000000 +0130"
) -> bytes:
    return b"\0".join([ID, PARENT, email, authored, b"1700000060", raw, b"", b"feat: x"]) + b"\0"


def one(data: bytes) -> Header:
    (header,) = headers([data], None, NOW)
    return header


def test_a_plain_commit() -> None:
    header = one(record())
    assert (header.id, header.parents, header.email) == ("a" * 40, ("b" * 40,), "me@example.org")
    assert (header.authored_at, header.utc_offset) == (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 90)
    assert not header.is_merge


@pytest.mark.parametrize("authored", [b"", b"-5", b"garbage", b"9" * 30, b"4102444800"])
def test_an_unbelievable_author_date_gives_way_to_the_committers(authored: bytes) -> None:
    header = one(record(authored=authored))
    assert header.authored_at == datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)
    assert header.utc_offset is None


ZONES = {
    b"-0800": -480, b"+1400": 840, b"+0000": 0, b"+2500": None, b"--700": None, b"": None, b"+051800": None,
}  # fmt: skip


@pytest.mark.parametrize(("zone", "minutes"), ZONES.items())
def test_zones(zone: bytes, minutes: int | None) -> None:
    assert one(record(raw=b"1700000000 " + zone)).utc_offset == minutes


def test_addresses_are_compared_in_any_case_and_whole() -> None:
    data = record(b"Me@Example.ORG") + record(b"some@example.org") + record(b"m\xe9@example.org") + record(b"")
    found = list(headers([data], frozenset({"me@example.org"}), NOW))
    assert [header.email for header in found] == ["me@example.org"]


@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\0", b"")), max_size=6), st.integers(1, 50))
def test_records_come_back_however_the_output_is_cut(emails: list[bytes], size: int) -> None:
    data = b"".join(record(email, raw=b"") for email in emails)
    found = list(headers([data[at : at + size] for at in range(0, len(data), size)], None, NOW))
    assert [header.email for header in found] == [mail.decode("utf-8", "surrogateescape").casefold() for mail in emails]


@given(st.binary(max_size=20).map(lambda text: text.replace(b"\0", b"")))
def test_no_date_stops_reading(authored: bytes) -> None:
    at = one(record(authored=authored, raw=authored)).authored_at
    assert at is not None
    assert datetime(1970, 1, 1, tzinfo=UTC) <= at <= NOW + timedelta(days=1)
