"""Numbers with what is counted, in words."""

from typing import Final

_SEVERAL: Final = {"repository": "repositories"}


def counted(number: int, one: str, several: str = "") -> str:
    """How many there are of something.

    >>> counted(1, "day"), counted(2_000, "day"), counted(0, "repository"), counted(2, "day with it", "days with it")
    ('1 day', '2,000 days', '0 repositories', '2 days with it')
    """
    return f"{number:,} {one if number == 1 else several or _SEVERAL.get(one, f'{one}s')}"
