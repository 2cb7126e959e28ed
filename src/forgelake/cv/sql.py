"""The queries of a CV. Relations that begin with ``held_``, and ``sources``, are made by ``forgelake.cv.held``."""

from typing import Final

from forgelake.model.commits import CommitKind

_EACH_KIND: Final = ", ".join(f"count(*) FILTER (kind = '{kind}')" for kind in CommitKind)

COMMITS: Final = """
CREATE OR REPLACE TEMP TABLE cv_commits AS
SELECT
    commit_id, repo, role <> 'co_author' AS is_own, timezone('UTC', authored_at) AS moment,
    timezone('UTC', authored_at)::DATE AS day, utc_offset, kind, is_breaking, is_large, files IS NOT NULL AS is_counted,
    bool_or(is_public) OVER (PARTITION BY commit_id) AS is_public
FROM held_commits JOIN sources USING (repo)
QUALIFY row_number() OVER (PARTITION BY commit_id ORDER BY role = 'co_author', files IS NULL, position) = 1
"""
"""Each commit once: forks and mirrors share theirs. One whose lines are known stands for all."""

LINES: Final = """
CREATE OR REPLACE TEMP TABLE cv_lines AS
SELECT
    commit_id, moment, cv_commits.day, language, held_commit_languages.files,
    lines_added AS added, lines_deleted AS deleted,
    CASE
        WHEN is_large AND NOT $large THEN 'large'
        WHEN is_generated AND NOT $generated THEN 'generated'
        WHEN is_vendored AND NOT $vendored THEN 'vendored'
    END AS aside
FROM held_commit_languages JOIN cv_commits USING (commit_id, repo) WHERE is_own
"""

TOTALS: Final = """
SELECT
    count(*), count(*) FILTER (is_breaking), count(DISTINCT day), min(moment), max(moment),
    count(*) FILTER (is_counted),
    count(*) FILTER (moment IS NULL), count(*) FILTER (utc_offset IS NULL), count(*) FILTER (is_public)
FROM cv_commits WHERE is_own
"""
SPAN: Final = """
SELECT
    count(*), count(DISTINCT day), count(*) FILTER (kind = 'feat'), count(*) FILTER (kind = 'fix'),
    (SELECT coalesce(sum(added), 0)::BIGINT FROM cv_lines WHERE aside IS NULL AND ($since IS NULL OR moment > $since)),
    (
        SELECT coalesce(sum(deleted), 0)::BIGINT FROM cv_lines
        WHERE aside IS NULL AND ($since IS NULL OR moment > $since)
    ),
    (
        SELECT count(DISTINCT (ecosystem, package)) FROM held_commit_packages JOIN cv_commits USING (commit_id, repo)
        WHERE is_own AND ($since IS NULL OR moment > $since)
    )
FROM cv_commits WHERE is_own AND ($since IS NULL OR moment > $since)
"""
YEARS: Final = f"""
WITH there AS (
    SELECT year(day) AS year, count(*) AS commits, count(DISTINCT day) AS days, list_value({_EACH_KIND}) AS kinds
    FROM cv_commits WHERE is_own AND day IS NOT NULL GROUP BY ALL
), lines AS (
    SELECT year(day) AS year, sum(files)::BIGINT AS files, sum(added)::BIGINT AS added, sum(deleted)::BIGINT AS deleted
    FROM cv_lines WHERE aside IS NULL GROUP BY ALL
)
SELECT
    year, coalesce(commits, 0), coalesce(days, 0), coalesce(files, 0), coalesce(added, 0), coalesce(deleted, 0), kinds
FROM (SELECT unnest(range(min(year), max(year) + 1)) AS year FROM there)
LEFT JOIN there USING (year) LEFT JOIN lines USING (year) ORDER BY year
"""  # noqa: S608 - our own words
LANGUAGES: Final = """
SELECT language, count(DISTINCT commit_id), sum(files)::BIGINT, sum(added)::BIGINT, sum(deleted)::BIGINT
FROM cv_lines WHERE aside IS NULL GROUP BY language
ORDER BY sum(added) + sum(deleted) DESC, coalesce(language, '')
"""
PACKAGES: Final = """
SELECT
    ecosystem, package, count(DISTINCT repo) FILTER (is_use), count(DISTINCT commit_id), min(moment)
FROM (
    SELECT ecosystem, package, repo, true AS is_use, NULL AS commit_id, NULL AS moment
    FROM held_commit_packages WHERE commit_id IS NULL
    UNION ALL
    SELECT ecosystem, package, repo, false, commit_id, moment
    FROM held_commit_packages JOIN cv_commits USING (commit_id, repo) WHERE is_own
)
JOIN sources USING (repo) WHERE $all OR is_public
GROUP BY ecosystem, package ORDER BY 3 DESC, 1, 2
"""
PUNCH_CARD: Final = """
SELECT isodow(local), hour(local), count(*)
FROM (
    SELECT moment + to_minutes(utc_offset::INTEGER) AS local FROM cv_commits
    WHERE is_own AND moment IS NOT NULL AND utc_offset IS NOT NULL
) GROUP BY ALL
"""
PARTS: Final = """
SELECT part, count(*), count(*) FILTER (part <> first_part)
FROM (
    SELECT DISTINCT
        commit_id, part, first_value(part) OVER (PARTITION BY commit_id ORDER BY position) AS first_part
    FROM held_commits JOIN sources USING (repo)
    WHERE role <> 'co_author'
) GROUP BY part
"""
CONTRIBUTIONS: Final = """
SELECT
    kind, count(DISTINCT contribution_id),
    count(DISTINCT contribution_id) FILTER (moment > $weeks_52),
    count(DISTINCT contribution_id) FILTER (moment > $weeks_13),
    count(DISTINCT contribution_id) FILTER (moment > $weeks_1)
FROM (SELECT kind, contribution_id, timezone('UTC', "at") AS moment FROM held_contributions) GROUP BY kind
"""
WEEKS: Final = """
SELECT date_trunc('week', day)::DATE, count(*), count(DISTINCT day)
FROM cv_commits WHERE is_own AND day IS NOT NULL GROUP BY ALL
"""
REQUEST_WEEKS: Final = """
SELECT date_trunc('week', timezone('UTC', "at"))::DATE, kind, count(DISTINCT contribution_id)
FROM held_contributions GROUP BY ALL
"""
WEEK_LANGUAGES: Final = """
SELECT language, count(DISTINCT commit_id) FILTER (day >= $start) AS commits, bool_and(day >= $start)
FROM cv_lines WHERE aside IS NULL AND language IS NOT NULL AND day >= $first AND day < $end
GROUP BY language HAVING commits > 0 ORDER BY commits DESC, language
"""
"""Of a week, and whether the time from ``$first`` on had none of them."""

KINDS: Final = f"SELECT {_EACH_KIND} FROM cv_commits WHERE is_own"  # noqa: S608 - our own words
DAYS: Final = "SELECT day, count(*) FROM cv_commits WHERE is_own AND day IS NOT NULL GROUP BY day ORDER BY day"
OTHERS: Final = """
SELECT
    (SELECT count(*) FROM cv_commits WHERE NOT is_own),
    (SELECT count(DISTINCT repo) FROM held_commits JOIN sources USING (repo) WHERE role <> 'co_author')
"""
ASIDE: Final = "SELECT aside, sum(files)::BIGINT, sum(added)::BIGINT, sum(deleted)::BIGINT FROM cv_lines GROUP BY aside"
