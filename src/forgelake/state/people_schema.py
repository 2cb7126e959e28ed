"""The tables of people: who they are, how they log in, what they keep.

Everything that is somebody's has a column ``account``; who is deleted is deleted by it.
"""

from sqlalchemy import JSON, Boolean, Column, Index, Table, Text

from forgelake.state.columns import UtcDateTime
from forgelake.state.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True, doc="The account's id: 32 hexadecimal digits, or local where nobody logs in."),
    Column("name", Text, nullable=False, doc="What it is called in addresses: lower case, unique."),
    Column("display_name", Text, nullable=False, doc="What its person is called on pages."),
    Column("is_admin", Boolean, nullable=False, doc="Whether they may hide and delete others."),
    Column("created_at", UtcDateTime, nullable=False, doc="When it was made."),
    Column("last_login_at", UtcDateTime, doc="When they last logged in; null if never."),
    Column("hidden_at", UtcDateTime, doc="Since when it is shown nowhere; null if it is shown."),
    Index(None, "name", unique=True),
)

logins = Table(
    "logins",
    metadata,
    Column("provider", Text, primary_key=True, doc="Who vouches for the person: a name of the settings."),
    Column("subject", Text, primary_key=True, doc="The person's id there, which does not change."),
    Column("account", Text, nullable=False, doc="The account that it opens."),
    Column("login", Text, nullable=False, doc="What the person was called there at the last login."),
    Column("created_at", UtcDateTime, nullable=False, doc="When it was first used."),
    Column("last_used_at", UtcDateTime, nullable=False, doc="When it was last used."),
    Index(None, "account"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", Text, primary_key=True, doc="Hexadecimal digest of the cookie."),
    Column("account", Text, nullable=False, doc="Who is logged in."),
    Column("csrf", Text, nullable=False, doc="What forms of this session carry."),
    Column("created_at", UtcDateTime, nullable=False, doc="When they logged in."),
    Column("seen_at", UtcDateTime, nullable=False, doc="When it was last used, to the minute."),
    Column("expires_at", UtcDateTime, nullable=False, doc="When it ends at the latest."),
    Column("agent", Text, nullable=False, doc="What the browser called itself."),
    Index(None, "account"),
)

login_flows = Table(
    "login_flows",
    metadata,
    Column("state", Text, primary_key=True, doc="Hexadecimal digest of what the provider is to send back."),
    Column("browser", Text, nullable=False, doc="Hexadecimal digest of the cookie of the browser that began."),
    Column("provider", Text, nullable=False, doc="Where the person was sent."),
    Column("nonce", Text, nullable=False, doc="What the ID token has to hold."),
    Column("verifier", Text, nullable=False, doc="The secret of PKCE."),
    Column("next", Text, nullable=False, doc="The page to go on with."),
    Column("account", Text, doc="The account that the login is to be added to; null for logging in."),
    Column("expires_at", UtcDateTime, nullable=False, doc="When it is too late to come back."),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True, doc="The entry's id, 32 hexadecimal digits."),
    Column("at", UtcDateTime, nullable=False, doc="When it was done."),
    Column("account", Text, nullable=False, doc="Whose account it was done to."),
    Column("by", Text, nullable=False, doc='Who did it, an account\'s id or "operator"; write it "by" in SQL.'),
    Column("what", Text, nullable=False, doc="What was done, e.g. login."),
    Column("subject", Text, nullable=False, doc="What it was done with, e.g. github:octocat."),
    Index(None, "account", "at"),
)

vault_tokens = Table(
    "vault_tokens",
    metadata,
    Column("id", Text, primary_key=True, doc="The row's id, 32 hexadecimal digits; the ciphertext is bound to it."),
    Column("account", Text, nullable=False, doc="Whose it is; local where nobody logs in."),
    Column("name", Text, nullable=False, doc="What its owner calls it, e.g. work."),
    Column("forge", Text, nullable=False, doc="github, gitlab or azure_devops."),
    Column("url", Text, nullable=False, doc="The API's base address."),
    Column("mark", Text, nullable=False, doc="The first 12 digits of the token's SHA-256."),
    Column("key_id", Text, nullable=False, doc="Which key it is encrypted under."),
    Column("wrapped_key", Text, doc="The row's own key as AWS KMS encrypted it, in base64; null without KMS."),
    Column("sealed", Text, nullable=False, doc="The token, encrypted, in base64."),
    Column("kind", Text, nullable=False, doc="What kind of token it is, e.g. classic or fine-grained."),
    Column("owner", Text, doc="Whose account at the forge it opens; null if the forge does not say."),
    Column("scopes", JSON, nullable=False, doc="What it was given: a list; null if the forge does not say."),
    Column("missing", JSON, nullable=False, doc="What it cannot do, and the scope that this needs: a list of pairs."),
    Column("unknown", JSON, nullable=False, doc="What could not be tried: a list."),
    Column("expires_at", UtcDateTime, doc="When it ends; null if it does not, or the forge does not say."),
    Column("created_at", UtcDateTime, nullable=False, doc="When it was added."),
    Column("checked_at", UtcDateTime, nullable=False, doc="When the forge was last asked about it."),
    Column("refused", Text, doc="Why the forge refused it when last asked; null if it did not."),
    Column("last_used_at", UtcDateTime, doc="When a job last took it."),
    Index(None, "account", "name", unique=True),
)

profiles = Table(
    "profiles",
    metadata,
    Column("account", Text, primary_key=True, doc="Whose it is."),
    Column("content", JSON, nullable=False, doc="The person's own words, and which blocks are shown in what order."),
    Column("publication", Text, nullable=False, doc="Who may see it: private, link or public."),
    Column("link_token", Text, doc="What the address has to hold where it is for those with the link; else null."),
    Column("in_ranking", Boolean, nullable=False, doc="Whether the person wants to be ranked."),
    Column(
        "feedback", Text, nullable=False, doc="The verified address that weekly feedback is mailed to; empty for none."
    ),
    Column("feedback_key", Text, doc="What links that end the mail are signed with; null if there never was one."),
    Column("changed_at", UtcDateTime, nullable=False, doc="When it was last changed."),
)
