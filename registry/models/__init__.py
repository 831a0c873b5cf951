"""Tables of the core. Constraints live here; behaviour lives in the keepers and services."""

from registry.models.credentials import ApiKey, Client, RequestCount
from registry.models.keys import ResidentKey, ShardKey, SystemKey
from registry.models.ledger import *  # noqa: F403  (its closed list of tables stands in its __all__)
from registry.models.messages import Message
from registry.models.organisations import Licence, LicenceDecision, Membership, Organisation, User
from registry.models.records import Inquiry, Notice, Record
from registry.models.residents import Identifier, Identity, Link, Merge, Resident, Settlement
from registry.models.signin import SignInCode, SignInTry
from registry.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = (
    "ApiKey",
    "Client",
    "Identifier",
    "Identity",
    "Inquiry",
    "Licence",
    "LicenceDecision",
    "Link",
    "Membership",
    "Merge",
    "Message",
    "Notice",
    "Organisation",
    "Record",
    "RequestCount",
    "Resident",
    "ResidentKey",
    "Settlement",
    "ShardKey",
    "SignInCode",
    "SignInTry",
    "SystemKey",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
)
