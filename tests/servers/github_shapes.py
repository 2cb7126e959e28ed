"""The parts of GitHub's answers that nobody reads and that its OpenAPI document wants nevertheless."""

from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

API: Final = "https://api.github.com"
_USER: Final = (
    "events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred",
    "subscriptions",
)  # fmt: skip
_REPO: Final = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents",
    "contributors", "deployments", "downloads", "events", "forks", "git_commits", "git_refs", "git_tags", "hooks",
    "issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges", "milestones", "notifications",
    "pulls", "releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams", "trees",
)  # fmt: skip
_WHEN: Final = "2026-01-02T03:04:05Z"


def user(login: str, kind: str = "User") -> Json:
    """An account."""
    url = f"{API}/users/{login}"
    return {
        "login": login, "id": 1, "node_id": f"U_{login}", "avatar_url": f"https://github.com/{login}.png",
        "gravatar_id": "", "url": url, "html_url": f"https://github.com/{login}", "type": kind, "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in _USER},
    }  # fmt: skip


def addresses(name: str) -> Json:
    """Everything that leads on from a repository."""
    url, page = f"{API}/repos/{name}", f"https://github.com/{name}"
    return {
        "url": url, "html_url": page, "clone_url": f"{page}.git", "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git", "svn_url": page, "mirror_url": None, "homepage": None,
        **{f"{part}_url": f"{url}/{part}" for part in _REPO},
    }  # fmt: skip


def switches() -> Json:
    """What is on in a repository."""
    return dict.fromkeys(
        ("has_issues", "has_projects", "has_wiki", "has_pages", "has_downloads", "has_discussions"), True
    )


def license_of(spdx: str | None) -> Json | None:
    """A licence."""
    if spdx is None:
        return None
    return {"key": spdx.lower(), "name": spdx, "spdx_id": spdx, "url": f"{API}/licenses/{spdx.lower()}", "node_id": "L"}


def release(name: str, number: int, tag: str) -> Json:
    """A release without its files."""
    url = f"{API}/repos/{name}/releases/{number}"
    return {
        "id": number, "node_id": f"RE_{number}", "url": url, "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}", "html_url": f"https://github.com/{name}/releases/{tag}",
        "tarball_url": f"{url}/tarball", "zipball_url": f"{url}/zipball", "created_at": _WHEN, "name": tag,
        "target_commitish": "main", "author": user("mona"),
    }  # fmt: skip


def asset(name: str, number: int) -> Json:
    """A release's file without its downloads."""
    return {
        "id": number, "node_id": f"RA_{number}", "name": f"file{number}", "label": None, "state": "uploaded",
        "content_type": "application/zip", "size": 1, "digest": None, "uploader": user("mona"), "created_at": _WHEN,
        "updated_at": _WHEN, "url": f"{API}/repos/{name}/releases/assets/{number}",
        "browser_download_url": f"https://github.com/{name}/releases/download/file{number}",
    }  # fmt: skip


def pull(repo: Json, number: int) -> Json:
    """An open pull request."""
    url, page = f"{repo['url']}/pulls/{number}", f"{repo['html_url']}/pull/{number}"
    side = {"label": "octo:main", "ref": "main", "sha": f"{number:040x}", "user": user("mona"), "repo": repo}
    links = ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self")
    return {
        "id": number, "node_id": f"PR_{number}", "number": number, "url": url, "html_url": page, "state": "open",
        "locked": False, "title": "A change", "user": user("mona"), "body": None, "labels": [], "milestone": None,
        "assignee": None, "head": side, "base": side, "author_association": "NONE", "auto_merge": None,
        "active_lock_reason": None, "created_at": _WHEN, "updated_at": _WHEN, "closed_at": None, "merged_at": None,
        "merge_commit_sha": None, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "issue_url": url,
        "commits_url": url, "comments_url": url, "review_comments_url": url, "review_comment_url": url,
        "statuses_url": url, "_links": {name: {"href": url} for name in links},
    }  # fmt: skip
