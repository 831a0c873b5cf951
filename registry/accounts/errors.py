"""What can go wrong with organisations, licences, members and their keys."""

from registry.errors import Conflict, Forbidden, RegistryError


class SignInRequired(RegistryError):
    """Nobody is signed in; pages answer with the way to the sign-in."""

    code = "sign_in_required"
    status = 401
    sentence = "Please sign in first."


class LicenceState(Conflict):
    """The licence is not in a state that allows this act."""

    code = "licence_state"
    sentence = "The licence is not in a state that allows this. Reload the page to see its state."


class LicenceTaken(Conflict):
    """The organisation already holds an active licence for this role, or the number is in use."""

    code = "licence_taken"
    sentence = "The organisation already holds an active licence for this role, or the number is in use."


class OrganisationKnown(Conflict):
    """An organisation with this credit code is registered."""

    code = "organisation_known"
    sentence = "An organisation with this credit code is registered already."


class MemberKnown(Conflict):
    """This person already has a role there."""

    code = "member_known"
    sentence = "This person already has a role there. Change it instead."


class LastOwner(Conflict):
    """Somebody must be left who can manage the organisation."""

    code = "last_owner"
    sentence = "This is the last owner. Make somebody else an owner first."


class KeyRequired(RegistryError):
    """No API key in force came with the request; which of missing, unknown, expired, revoked is not said."""

    code = "api_key_required"
    status = 401
    sentence = "Send a valid API key as “Authorization: Bearer jx_…”."


class ScopeMissing(Forbidden):
    """The key is in force, but was not made for this."""

    code = "scope_missing"
    sentence = "This API key was not made for this. Make one with the scope it needs."


class RateLimited(RegistryError):
    """More requests in this minute than a machine may send; `retry_after` says how many seconds to wait."""

    code = "rate_limited"
    status = 429
    sentence = "Too many requests. Wait as long as the Retry-After header says and go on."
