"""A refusal as a shell reads it."""

from django.utils.translation import gettext as _

from registry.errors import InvalidRequest, RegistryError


def words(refused: RegistryError) -> str:
    """The sentence of a refusal or, where fields are named, what is wrong with each."""
    if isinstance(refused, InvalidRequest) and refused.fields:
        return " ".join(f"{name}: {' '.join(said)}" for name, said in refused.fields.items())
    return f"{_(refused.sentence)} ({refused.code})"
