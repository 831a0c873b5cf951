"""Words of the trade that pages use, each with an explanation that a twelve-year-old follows."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Term:
    """A word as it stands in a sentence, and what it means."""

    word: str | Promise
    meaning: str | Promise


TERMS: dict[str, Term] = {
    "credit_identity": Term(
        _("credit identity"),
        _("Your own file of facts, such as bills paid and work done, that shows how reliable you are."),
    ),
    "consent": Term(
        _("consent"), _("Your permission to one organisation, for one purpose, until a day you can see.")
    ),
    "separate_consent": Term(
        _("separate consent"),
        _("A permission the law wants asked for on its own, because the facts are sensitive, such as wages."),
    ),
    "withdraw": Term(_("withdraw"), _("End a consent. From that moment nobody can read anything under it.")),
    "furnisher": Term(_("furnisher"), _("An organisation that adds facts about you, such as a utility.")),
    "lender": Term(_("lender"), _("A bank or company that may read your data when you allow it.")),
    "inquiry": Term(_("inquiry"), _("One look at your data: by whom, when, what for, and which parts.")),
    "record": Term(
        _("record"), _("One fact about you from one organisation, such as one bill or one month's wage.")
    ),
    "purpose": Term(
        _("purpose"), _("What the data may be used for. Using it for anything else is forbidden.")
    ),
    "category": Term(_("category"), _("A group of facts of one sort, such as bills or work.")),
    "dispute": Term(
        _("dispute"),
        _("Your objection to a record you think is wrong. It must be looked into and answered in 20 days."),
    ),
    "freeze": Term(
        _("freeze"), _("Stop all new looks at your data until you lift it. You can do both at any time.")
    ),
    "receipt": Term(_("receipt"), _("A signed paper that proves what you agreed to and when.")),
    "credit_code": Term(
        _("unified social credit code"),
        _("The 18-character number every company in China is registered under."),
    ),
    "ledger": Term(
        _("ledger"),
        _("A list of every look and every change that nobody can alter without it being noticed."),
    ),
    "new_resident": Term(
        _("new resident"),
        _("Somebody who moved here and is registered elsewhere, or was until lately."),
    ),
    "licence": Term(
        _("licence"), _("What we allow an organisation to do here: which data, what for, until when.")
    ),
}
