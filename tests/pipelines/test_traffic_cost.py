"""What a day of a thousand repositories and the traffic of fifty costs."""

from datetime import timedelta

from forgelake.pipelines.traffic.collect import JOB
from tests.pipelines.days import FIRST, Days
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.pipelines.traffic_days import TOKEN, instant
from tests.servers.github_traffic import TrafficGitHub

REPOS, OWN = 1000, 50


def test_a_thousand_repositories_with_traffic_for_fifty_stay_under_400_points_and_unchanged_ones_under_60(
    lake: Lake,
) -> None:
    time = PassingTime(instant(FIRST))
    names = [f"octo/r{number}" for number in range(REPOS)]
    with TrafficGitHub(time.now) as github:
        for number, name in enumerate(names):
            repo = github.repo(name)
            if number < OWN:
                repo.permission = "ADMIN"
                github.shown_to[repo.id] = {TOKEN}
                github.desk.referrers[repo.id] = {"Google": (30, 12)}
        settings = {
            "FORGELAKE_GITHUB_API_URL": github.url,
            "FORGELAKE_GITHUB_TOKEN": TOKEN,
            "FORGELAKE_GITHUB_REPOS": " ".join(names),
        }
        world = Days(lake, github, time, settings)
        spent: list[int] = []
        for day in range(2):
            world.go_to(FIRST + timedelta(days=day))
            before = world.spent()
            assert world.collect().complete
            gathered = world.collect(JOB)
            assert (gathered.complete, gathered.landed) == (True, OWN)
            spent.append(world.spent() - before)
            # A repository that nobody may write to is not even asked about.
            assert github.asked(f"/repos/octo/r{OWN}/traffic/views") == []
        # Of the first day 200 points are the traffic; of the second one, it costs nothing.
        assert spent[0] < 400, spent
        assert spent[1] < 60, spent
    assert len(lake.rows("traffic_referrers")) == 2 * OWN
