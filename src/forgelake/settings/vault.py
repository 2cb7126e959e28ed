"""The sections [vault], [gitlab], [azure_devops] and [forges]: what tokens are kept under, and where forges are."""

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo

from forgelake.settings import urls
from forgelake.settings.sections import Section
from forgelake.settings.values import Endpoint, cwd_of


def _file(value: object, info: ValidationInfo) -> object:
    return str(urls.absolute(Path(value), cwd_of(info))) if isinstance(value, str) and value else value


def _networks(value: object) -> object:
    """Space-separated text or a list; each network in the one way that it can be written."""
    listed = value.split() if isinstance(value, str) else value
    if not isinstance(listed, Sequence):
        message = "write a list of networks like 10.0.0.0/8"
        raise ValueError(message)  # noqa: TRY004 - Pydantic collects ValueErrors only
    try:
        return tuple(dict.fromkeys(str(ip_network(str(network))) for network in listed))
    except ValueError as error:
        message = f"{error}; write networks like 10.0.0.0/8 or 192.168.1.7/32"
        raise ValueError(message) from None


class VaultSettings(Section):
    """What the tokens of forges are encrypted with."""

    key: SecretStr = Field(
        SecretStr(""),
        description="the key, 32 bytes in base64: only as a variable; further ones behind a blank only decrypt",
    )
    key_file: Annotated[str, BeforeValidator(_file)] = Field(
        "", description="file that holds the key, one a line; made with the first token if there is none"
    )
    kms_key: str = Field("", description="ARN, id or alias of a key of AWS KMS that encrypts instead")


class GitlabSettings(Section):
    """What is asked of GitLab's API."""

    api_url: Endpoint = Field("https://gitlab.com/api/v4", min_length=1, description="base URL of the API")


class AzureDevopsSettings(Section):
    """What is asked of Azure DevOps."""

    url: Endpoint = Field("https://dev.azure.com", min_length=1, description="base URL, above the organisations")


class ForgesSettings(Section):
    """What holds for every forge."""

    private_networks: Annotated[tuple[str, ...], BeforeValidator(_networks)] = Field(
        (), description="networks that are not public, and in which forges may be, e.g. 10.0.0.0/8"
    )
