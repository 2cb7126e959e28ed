"""What a person copies to show a number elsewhere: a card or a badge, as Markdown and as HTML."""

from dataclasses import dataclass

from markupsafe import escape

from forgelake.metrics.definition import Metric
from forgelake.pages.addresses import Addresses, Query


@dataclass(frozen=True, slots=True)
class Embed:
    """One way to show it: its kind, where it is, and the texts to copy."""

    kind: str
    url: str
    markdown: str
    html: str


def embeds(addresses: Addresses, metric: Metric, question: Query) -> tuple[Embed, ...]:
    """A card and a badge; without texts to copy where the page has no address of its own."""
    asked = _lasting(metric, question)
    found = ((kind, addresses.card(f"{kind}s", metric.name, asked)) for kind in ("card", "badge"))
    return tuple(_embed(kind, url, metric.title) for kind, url in found if url)


def _lasting(metric: Metric, question: Query) -> dict[str, str]:
    """A question without its period, for a card goes on showing the newest numbers, and without what is so anyway."""
    left_out = ("from", "to", "interval")
    usual = {name: str(getattr(one, "default", None)) for name, one in metric.parameters.items()}
    return {name: text for name, text in question.items() if name not in left_out and text != usual.get(name)}


def _embed(kind: str, url: str, title: str) -> Embed:
    if "://" not in url:
        return Embed(kind, url, "", "")
    words = title.replace("[", "(").replace("]", ")")
    html = f'<img src="{escape(url)}" alt="{escape(title)}">'
    return Embed(kind, url, f"![{words}]({url})", html)
