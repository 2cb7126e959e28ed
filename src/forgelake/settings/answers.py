"""The section [answers] of forgelake.toml: questions of the API that take long, and are therefore jobs."""

from pydantic import Field

from forgelake.settings.sections import Section


class AnswersSettings(Section):
    """Which questions are answered by a worker, and how many may wait."""

    inline_mb: int = Field(
        1000, ge=0, description="megabytes of data files up to which a question of the API is answered at once"
    )
    most_gb: float = Field(0, ge=0, description="gigabytes of data files that a question may be about; 0 means any")
    queue: int = Field(20, ge=1, description="answers that may be under way; who asks for more is sent away")
    per_client: int = Field(4, ge=1, description="answers of one key or address that may be under way")
    kept: int = Field(500, ge=1, description="answers that are kept; where there are more, the oldest are forgotten")
    keep_hours: float = Field(24, gt=0, description="hours for which an answer is kept")
    timeout_seconds: float = Field(3600, gt=0, description="seconds after which a worker gives an answer up")
    tries: int = Field(3, ge=1, description="times that a worker begins an answer before it has failed")
