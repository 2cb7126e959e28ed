"""A problem for whoever it is told to: a document for programs, a page for a person's browser."""

from forgelake.pages.addresses import API, ServerAddresses
from forgelake.pages.assets import Assets
from forgelake.pages.page import bare
from forgelake.web.negotiation import PAGE
from forgelake.web.problems import MEDIA_TYPE, TITLES, Problem


def told(problem: Problem, path: str, accept: str, assets: Assets) -> tuple[bytes, str]:
    """A problem's bytes and their media type."""
    if path.startswith(API) or "text/html" not in accept:
        return problem.body(), MEDIA_TYPE
    title = TITLES.get(problem.status_code, ("", "The request was not answered"))[1]
    section, _, rest = path.strip("/").partition("/")
    # Who mistypes an address looks for a repository; /repos/foo lacks the other half of its name.
    sought = (rest if section == "repos" else section) if problem.value == path else ""
    values = {
        "detail": problem.detail,
        "good": [str(good) for good in problem.good],
        "sought": sought,
        "is_metric": section == "explore",
    }
    return bare(ServerAddresses(assets, ""), "error", title, values), PAGE
