"""The vault and the forges, as the settings name them."""

from forgelake.accounts.forges import Forges
from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.tokens import LOCAL, Vault
from forgelake.settings.root import Settings
from forgelake.state.database import State
from forgelake.transport.client import HttpOptions


def vault(chosen: Settings, state: State, account: str = LOCAL) -> Vault:
    """The tokens of an account; left out, of whoever runs the commands."""
    return Vault(state.vault, Keys(chosen.vault), account)


def forges(chosen: Settings) -> Forges:
    """What can be asked about tokens."""
    return Forges(chosen, HttpOptions(**chosen.http.model_dump()))
