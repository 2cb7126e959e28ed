"""Values that AWS Systems Manager keeps."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.settings import load

if TYPE_CHECKING:
    from tests.servers.aws import Aws

SECRET = "ghp_planted0123456789"


@pytest.fixture
def name(aws: "Aws", monkeypatch: pytest.MonkeyPatch) -> str:
    """An encrypted parameter that holds a token."""
    for variable, value in aws.environ.items():
        monkeypatch.setenv(variable, value)
    name = f"/{uuid.uuid4().hex}/token"
    aws.client("ssm").put_parameter(Name=name, Value=f"{SECRET}\n", Type="SecureString")
    return name


def test_a_variable_names_a_parameter(tmp_path: Path, name: str) -> None:
    settings = load({"FORGELAKE_GITHUB_TOKEN": f"ssm:{name}"}, tmp_path)
    assert settings.github.token.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


def test_tokens_and_secrets_of_channels_name_parameters(tmp_path: Path, name: str) -> None:
    toml = f'[github]\ntokens = ["ssm:{name}"]\n[channels.team]\nkind = "slack"\nurl = "ssm:{name}"\n'
    (tmp_path / "forgelake.toml").write_text(toml)
    settings = load({}, tmp_path)
    url = settings.channels["team"].url
    assert url is not None
    assert [one.secret.get_secret_value() for one in (*settings.github.tokens, url)] == [SECRET, SECRET]
    as_variable = load({"FORGELAKE_GITHUB_TOKENS": f"ssm:{name}"}, tmp_path).github.tokens
    assert [str(one) for one in as_variable] == [f"ssm:{name}"]


@pytest.mark.usefixtures("name")
def test_what_cannot_be_read_is_told_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"FORGELAKE_STATE_URL: the parameter /none .* ParameterNotFound"):
        load({"FORGELAKE_STATE_URL": "ssm:/none"}, tmp_path)
    with pytest.raises(ConfigurationError, match="the parameter /none cannot be read"):
        load({"FORGELAKE_GITHUB_TOKENS": "ssm:/none"}, tmp_path)


def test_a_catalog_in_glue_is_a_setting(tmp_path: Path) -> None:
    url = "glue://forgelake?region=eu-central-1"
    assert load({"FORGELAKE_CATALOG_URL": url}, tmp_path).catalog.url == url
    with pytest.raises(ConfigurationError, match="write glue://database"):
        load({"FORGELAKE_CATALOG_URL": "glue://Forge-Lake"}, tmp_path)
