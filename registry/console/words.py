"""Words of the linker's evidence, as an operator reads them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from registry.linkage.compare import Field, Level

FIELDS: dict[str, str | Promise] = {
    Field.NUMBER: _("Citizen number"),
    Field.PASSPORT: _("Passport"),
    Field.PERMIT: _("Residence permit"),
    Field.NAME: _("Full name"),
    Field.BIRTH: _("Date of birth"),
    Field.SEX: _("Sex"),
    Field.MOBILE: _("Mobile"),
    Field.ADDRESS: _("Address"),
}
LEVELS: dict[str, str | Promise] = {
    Level.UNKNOWN: pgettext_lazy("evidence", "not known of both"),
    Level.SAME: pgettext_lazy("evidence", "the same"),
    Level.CONTRADICTS: pgettext_lazy("evidence", "two valid ones that differ"),
    Level.NEAR: pgettext_lazy("evidence", "one slip of the pen apart"),
    Level.LAST4: pgettext_lazy("evidence", "the last four agree"),
    Level.DIFFERS: pgettext_lazy("evidence", "different"),
    Level.ORDER: pgettext_lazy("evidence", "the same in another order"),
    Level.ALIKE: pgettext_lazy("evidence", "sounds or looks alike"),
    Level.SOUND: pgettext_lazy("evidence", "characters on one side, their letters on the other"),
    Level.PART: pgettext_lazy("evidence", "one is a part of the other"),
    Level.ONE_OFF: pgettext_lazy("evidence", "one character differs"),
    Level.SWAPPED: pgettext_lazy("evidence", "day and month changed places"),
    Level.BUILDING: pgettext_lazy("evidence", "the same building"),
    Level.COMPOUND: pgettext_lazy("evidence", "the same compound"),
    Level.DISTRICT: pgettext_lazy("evidence", "the same district"),
}
