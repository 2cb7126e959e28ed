"""A CV as JSON Resume, schema v1.0.0 (https://jsonresume.org/schema): the person's words, and what was counted."""

from collections.abc import Sequence
from typing import Any, Final

from forgelake.cv.page import Cv
from forgelake.cv.profile import Block, Profile
from forgelake.model.counted import counted

SCHEMA: Final = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
MOST_LANGUAGES: Final = 12
MOST_REPOS: Final = 50


def json_resume(cv: Cv, profile: Profile, name: str, address: str = "") -> dict[str, Any]:
    """The document; of repositories only public ones are named.

    Args:
        name: used where the profile has none.
        address: where the page is; empty if it is not known.
    """
    shown = profile.shown
    basics = {
        "name": profile.name or name,
        "label": profile.headline,
        "summary": profile.about,
        "url": address,
        "profiles": [{"network": link.title, "url": link.url} for link in profile.links],
    }
    meta = {
        "canonical": address,
        "version": "v1.0.0",
        "lastModified": f"{cv.as_of:%Y-%m-%dT%H:%M:%S}",
    }
    document = {
        "$schema": SCHEMA,
        "basics": _filled(basics),
        "skills": _skills(cv) if Block.LANGUAGES in shown else [],
        "projects": [
            *(_projects(profile) if Block.PROJECTS in shown else ()),
            *(_repos(cv) if Block.OPEN_SOURCE in shown else ()),
        ],
        "meta": _filled(meta),
    }
    return _filled(document)


def _skills(cv: Cv) -> Sequence[dict[str, Any]]:
    ranked = [one for one in cv.languages if one.language is not None and one.lines.added][:MOST_LANGUAGES]
    return [
        {"name": one.language, "keywords": [counted(one.commits, "commit"), f"{one.lines.added:,} lines added"]}
        for one in ranked
    ]


def _projects(profile: Profile) -> Sequence[dict[str, Any]]:
    return [
        _filled(
            {
                "name": one.title,
                "description": one.text,
                "url": one.url,
                "roles": [one.role] if one.role else [],
                "startDate": one.begin,
                "endDate": one.end,
            }
        )
        for one in profile.projects
    ]


def _repos(cv: Cv) -> Sequence[dict[str, Any]]:
    public = [part for part in cv.repos if part.visibility == "public" and part.commits]
    ranked = sorted(public, key=lambda part: (-part.commits, part.label))[:MOST_REPOS]
    return [
        _filled(
            {
                "name": part.label,
                "url": part.url,
                "type": "open source",
                "highlights": [counted(part.commits, "commit")],
            }
        )
        for part in ranked
    ]


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: an empty address is none."""
    return {name: value for name, value in values.items() if value not in ("", None, [])}
