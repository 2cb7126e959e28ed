"""Cards and badges: which number they show, that they are whole drawings, and what becomes of long or bad texts."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.app.compose import opened
from forgelake.metrics.answer import Answer
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.metrics.values import ParameterError
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import Assets
from forgelake.pages.cards import KINDS, card, sorry
from forgelake.pages.figures import column_of, figure, title_of
from forgelake.pages.lettering import fitted
from forgelake.pages.site import Site
from forgelake.pipelines.traffic.imported import import_traffic
from forgelake.settings.loading import load
from forgelake.sources.repo_stats.packing import Repository
from tests.pipelines.archive import hours, published
from tests.pipelines.lakes import Lake

HOURS = 6
HEADER = "time_iso8601,clones_total,clones_unique,views_total,views_unique\n"
DAYS = ("2015-12-30 00:00:00+00:00,4,2,10,5", "2015-12-31 00:00:00+00:00,6,3,20,8")
ALL = {"from": "2016-01-01", "to": "2016-01-01T07"}
TRAFFIC = {"from": "2015-12-30", "to": "2016-01-01", "repo": "octo/cat"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Six hours of events, two days of traffic."""
    folder = tmp_path_factory.mktemp("cards")
    lake = Lake(folder / "home", published(folder / "hours", HOURS))
    listed = hours(HOURS)
    lake.collect(listed[0], listed[-1])
    traffic = folder / "traffic"
    traffic.mkdir()
    (traffic / "views_clones_aggregate.csv").write_text(HEADER + "\n".join(DAYS) + "\n", encoding="utf-8")
    drawer = Drawer()
    with opened(load(lake.environ, folder)) as context:
        import_traffic(context, traffic, "octo/cat", lambda name: Repository(name, 7))
        now = datetime(2016, 1, 1, 7, tzinfo=UTC)
        addresses = ServerAddresses(Assets(drawer.bundle, "1"), "http://localhost")
        yield Site(context, context.lake.now(0), Catalogue.load(), drawer, addresses, now)
    drawer.close()


def number(site: Site, name: str, column: str = "", /, **question: str) -> float | None:
    metric = site.catalogue.get(name)
    return figure(site, metric, column_of(metric, column), {"from": ALL["from"], "to": ALL["to"], **question}).value


def sql(site: Site, query: str) -> object:
    with site.snapshot.session() as session:
        return session.run(query).read_all().to_pylist()[0]["n"]


def test_a_flow_is_summed_whatever_its_buckets(site: Site) -> None:
    events = sql(site, "SELECT count(*) AS n FROM events")
    assert number(site, "events", interval="h") == events
    assert number(site, "events", interval="d") == events


def test_different_people_are_counted_anew_and_never_added_up(site: Site) -> None:
    people = sql(site, "SELECT count(DISTINCT actor_login) AS n FROM events")
    by_hour = site.ask("distinct_actors", {**ALL, "interval": "h"})
    assert number(site, "distinct_actors", "actors", interval="h", bots="include") == people
    assert isinstance(by_hour, Answer)
    assert sum(by_hour.table["actors"].to_pylist()[1:]) > int(str(people))


def test_a_ratio_is_computed_anew(site: Site) -> None:
    assert number(site, "bot_share", "share", interval="h") == number(site, "bot_share", "share", interval="y")


def test_what_is_told_of_single_days_only_stands_for_the_last_one(site: Site) -> None:
    metric = site.catalogue.get("traffic_unique_visitors")
    found = figure(site, metric, column_of(metric, ""), TRAFFIC)
    assert (found.value, found.at) == (8, datetime(2015, 12, 31, tzinfo=UTC))


def test_nothing_received_is_no_zero(site: Site) -> None:
    assert number(site, "events", **{"from": "2014-03-01", "to": "2014-03-02"}) is None
    drawn = card(site, "cards", "events", {"from": "2014-03-01", "to": "2014-03-02"})
    assert b"no data" in drawn


def test_a_list_has_no_single_number(site: Site) -> None:
    with pytest.raises(ParameterError, match="list"):
        card(site, "cards", "busiest_repos", ALL)


@pytest.mark.parametrize("question", [{"column": "nonsense"}, {"period": "3w"}, {"repo": "no name"}, {"interval": "x"}])
def test_what_cannot_be_taken_is_refused(site: Site, question: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        card(site, "badges", "events", question)


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_whole_and_says_what_its_number_is_worth(site: Site, kind: str) -> None:
    drawn = ET.fromstring(card(site, kind, "events", {"period": "24h"}))
    title = drawn.findtext("{http://www.w3.org/2000/svg}title") or ""
    assert f"Events, Last 24 hours: {sql(site, 'SELECT count(*) AS n FROM events')} events" in title
    assert "data until 2016-01-01 07:00 UTC" in title
    assert "% of 24 hours received" in title


def test_a_card_has_light_colours_at_its_shapes_and_rules_for_dark_pages(site: Site) -> None:
    drawn = card(site, "cards", "events", {"period": "24h"}).decode()
    assert 'fill="#1F2328"' in drawn
    assert "@media (prefers-color-scheme:dark)" in drawn
    assert '[fill="#1F2328" i]{fill:#E6EDF3}' in drawn
    assert drawn.count("<svg ") == 2, "its course is drawn within"
    assert "http" not in drawn.replace("http://www.w3.org/", ""), "nothing is loaded from anywhere"


def test_the_change_is_against_the_equal_period_before(site: Site) -> None:
    before = sql(site, "SELECT count(*) AS n FROM events WHERE created_at < TIMESTAMPTZ '2016-01-01 04:00:00+00'")
    drawn = card(site, "cards", "events", {"from": "2016-01-01T04", "to": "2016-01-01T07"}).decode()
    assert f"% against {before} (2016-01-01 01:00 to 2016-01-01 04:00)" in drawn
    assert "no earlier data" in card(site, "cards", "events", {"period": "24h"}).decode()


def test_a_column_is_named_where_a_metric_has_several() -> None:
    metric = Catalogue.load().get("pull_requests_opened_merged_closed")
    assert title_of(metric, column_of(metric, "merged")).startswith("Merged (")


@given(st.text(max_size=300), st.sampled_from(KINDS))
def test_any_message_makes_a_drawing_that_can_be_read(message: str, kind: str) -> None:
    drawn = ET.fromstring(sorry(kind, message))
    assert float(drawn.attrib["width"]) <= 620


@given(st.text(max_size=300), st.floats(20, 400))
def test_a_text_keeps_within_its_place(words: str, most: float) -> None:
    found = fitted(words, 12, most)
    assert found.width <= most or len(found.words) <= 1


def test_every_metric_with_one_number_has_a_column(site: Site) -> None:
    for metric in site.catalogue:
        if metric.name != "repo_names":
            assert column_of(metric, "").role == "value"
