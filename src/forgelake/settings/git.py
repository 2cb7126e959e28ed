"""The section [git] of forgelake.toml: the program, and what mining a repository may use."""

from pydantic import Field

from forgelake.settings.sections import Section
from forgelake.settings.values import FolderOrNone


class GitSettings(Section):
    """How histories are read."""

    program: str = Field("git", min_length=1, description="the git program: a name that is looked up, or a path")
    timeout_seconds: float = Field(600, gt=0, description="seconds after which one call of git is ended")
    max_mb: int = Field(4096, ge=1, description="megabytes that a repository may transfer; larger ones are left out")
    scratch: FolderOrNone = Field(
        None,
        description="folder for what is fetched, emptied after mining; empty means memory (/dev/shm), where there is",
    )
