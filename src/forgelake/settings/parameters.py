"""Values that AWS Systems Manager keeps, encrypted or not: ``ssm:NAME`` where a value or a secret is asked for.

boto3 finds credentials, region and endpoint as AWS's own tools do.
"""

from typing import Final

SSM: Final = "ssm:"


def is_parameter(text: str) -> bool:
    """Whether a text names a parameter instead of being a value."""
    return text.startswith(SSM) and len(text.split()) == 1


def parameter(text: str) -> str:
    """The value of ``ssm:NAME``, decrypted; raises ValueError where it cannot be had."""
    name = text.removeprefix(SSM)
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        message = f'{text} needs the AWS client; install "forgelake[aws]"'
        raise ValueError(message) from None
    try:
        answer = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        message = f"the parameter {name} cannot be read: AWS says {error.response['Error']['Code']}"
        raise ValueError(message) from None
    except BotoCoreError as error:
        message = f"the parameter {name} cannot be read: {error}"
        raise ValueError(message) from None
    value: str = answer["Parameter"]["Value"].strip()
    if not value:
        message = f"the parameter {name} is empty; put the value into it"
        raise ValueError(message)
    return value
