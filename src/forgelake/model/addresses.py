"""A person's e-mail addresses: those they have, and those that a forge makes up from the id of their account."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

BOT: Final = "[bot]@"
"""What the addresses of programs hold."""

MADE_UP: Final = "@users.noreply."
"""What addresses hold that forges make up, and that take no mail."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is asked of them is ``in``, for an address in folded case.

    Attributes:
        plain: addresses in folded case.
        made_up: beginning and domain of addresses that hide others: ``1234+`` and ``users.noreply.github.com``.
    """

    plain: frozenset[str]
    made_up: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, emails: Iterable[str]) -> Self:
        """Addresses in any case."""
        return cls(frozenset(email.strip().casefold() for email in emails))

    @property
    def text(self) -> str:
        """The same text for the same addresses."""
        return "\n".join(sorted(self.plain | {"*@".join(pair) for pair in self.made_up}))

    def __contains__(self, email: object) -> bool:
        """Whether an address is the person's; one of a program never is."""
        if not isinstance(email, str) or BOT in email:
            return False
        if email in self.plain:
            return True
        name, _, domain = email.partition("@")
        return any(name.startswith(start) and domain == host for start, host in self.made_up)
