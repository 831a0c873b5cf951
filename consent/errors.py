"""What can go wrong between a resident and those who ask for consent."""

from registry.errors import Conflict, Forbidden, RegistryError


class ConsentRequired(RegistryError):
    """No consent in force covers this. One and the same, whatever the reason."""

    code = "consent_required"
    status = 403
    sentence = "There is no consent in force that allows this."


class RequestGone(Conflict):
    """The request can no longer be answered: its time is over."""

    code = "request_gone"
    status = 410
    sentence = (
        "This request can no longer be answered. If you still want it, ask the organisation for a new one."
    )


class WrongPerson(Forbidden):
    """The request describes somebody else than the person who is signed in."""

    code = "wrong_person"
    sentence = "This request was made out to another person, so you cannot answer it."


class AlreadyDecided(Conflict):
    """The consent is no longer in the state that this act needs."""

    code = "already_decided"
    sentence = "This has been decided before. Reload the page to see how it stands."


class ProfileFrozen(Conflict):
    """A frozen profile gives no new access."""

    code = "profile_frozen"
    sentence = "Your profile is frozen. Lift the freeze first, then you can agree to requests."


class SeparateConsentMissing(RegistryError):
    """A category was agreed to that the law only allows with a consent given for it apart."""

    code = "separate_consent_missing"
    status = 422
    sentence = (
        "This kind of information needs your separate consent."
        " Read its text and tick its own box, or leave it out."
    )


class TooManyRequests(RegistryError):
    """One organisation asked for the same person too often; tells nothing about whether they are known."""

    code = "too_many_requests"
    status = 429
    sentence = "Your organisation has asked this person too often lately. Wait before you ask again."
