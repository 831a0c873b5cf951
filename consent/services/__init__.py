"""Acts on consents. Each is a change of state, its event, receipt and ledger entry: all of them or none.

Callers pass who, why and when; notices to lenders and webhooks are theirs, after commit.
"""

from consent.services.asking import Asked, ask_access
from consent.services.attestations import Attestation, attestation_fault
from consent.services.attesting import attest_checked, attest_many
from consent.services.contributing import contribute, invitation_by_code, terms_of
from consent.services.deciding import decline, grant
from consent.services.ending import expire_due, withdraw, withdraw_all
from consent.services.erasing import erase
from consent.services.inviting import invite, open_invitations, revoke_invitation
from consent.services.narrowing import narrow

__all__ = (
    "Asked",
    "Attestation",
    "ask_access",
    "attest_checked",
    "attest_many",
    "attestation_fault",
    "contribute",
    "decline",
    "erase",
    "expire_due",
    "grant",
    "invitation_by_code",
    "invite",
    "narrow",
    "open_invitations",
    "revoke_invitation",
    "terms_of",
    "withdraw",
    "withdraw_all",
)
