"""The words of short messages about consents, in both languages: who knows what a number's owner reads."""

from django.conf import settings

from registry.models import Organisation

_ATTESTED = (
    "{zh} 说您已签字同意向您的信用身份提供信息。可在 {link} 查看，不对可以立刻撤回。"
    " / {en} says you signed a consent to furnish information about you. See or withdraw it at {link}"
)


def attested_text(furnisher: Organisation) -> str:
    """What a person is told when a furnisher attests her consent."""
    link = f"{settings.BASE_URL}/consents"
    return _ATTESTED.format(zh=furnisher.name, en=furnisher.name_en or furnisher.name, link=link)
