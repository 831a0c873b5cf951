"""What an answer page offers: the text, the categories with what is on file, the periods to choose from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.forms import AnswerForm
from consent.models import Consent
from consent.services.periods import ends
from consent.texts import Shown, shown_text
from consent.views import lists, words
from registry import profiles
from registry.catalogue import IDENTITY
from registry.look.writing import day_text
from registry.models import Resident
from registry.profiles import Held

SHORTER = (7, 30, 90, 180)  # days


@dataclass(frozen=True)
class Choice:
    """What a resident has chosen so far, on the answer page and on those for separate consent."""

    categories: tuple[str, ...]
    days: int
    given: tuple[str, ...]
    unticked: str
    text_hash: str

    @classmethod
    def read(cls, data: QueryDict, form: AnswerForm) -> "Choice":
        """From a valid answer form, and from what the page of a separate consent added to it."""
        chosen, page = list(form.cleaned_data["categories"]), data.get("apart", "")
        given = [code for code in data.getlist("given") if code in chosen]
        unticked = ""
        if page in chosen:
            if data.get("answer") == "leave":
                chosen.remove(page)
            elif data.get("tick"):
                given.append(page)
            else:
                unticked = page
        return cls(
            tuple(chosen), form.cleaned_data["days"], tuple(given), unticked, data.get("text_hash", "")
        )

    @property
    def unanswered(self) -> str:
        """The first category that still wants its own page; "" for none."""
        pack = words.pack()
        wanting = (code for code in self.categories if pack.needs_separate_consent(code))
        return next((code for code in wanting if code not in self.given), "")

    def until(self, asked: Consent, at: datetime) -> date | None:
        """The last day she chose; None for as long as they asked for."""
        return (
            None
            if self.days >= _asked_days(asked, at)
            else timezone.localdate(at) + timedelta(days=self.days)
        )


def offer(asked: Consent, *, resident: UUID, at: datetime, form: AnswerForm | None) -> dict[str, Any]:
    """Everything the answer page shows."""
    shown = shown_text(asked, language=words.language())
    form = form or answer_form(asked, at=at)
    return {
        "asked": asked,
        "shown": shown,
        "form": form,
        "name": words.name_of(asked.organisation),
        "categories": _categories(shown, form, profiles.held(resident=resident)),
        "periods": _ticked(_periods(asked, at), form["days"].value()),
        "frozen": Resident.objects.filter(id=resident, status=Resident.Status.FROZEN).exists(),
        "pause_days": words.pack().repeat_request_days,
    }


def answer_form(
    asked: Consent,
    *,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    kind: type[AnswerForm] = AnswerForm,
) -> AnswerForm:
    """The form of an answer to this request, blank or filled in."""
    categories = [(code, words.category(code)) for code in asked.categories]
    return kind(data, categories=categories, periods=_periods(asked, at))


def apart(asked: Consent, choice: Choice, category: str) -> dict[str, Any]:
    """Everything the page of a separate consent shows."""
    text = words.pack().separate_consent[category]
    return {
        "asked": asked,
        "name": words.name_of(asked.organisation),
        "choice": choice,
        "category": category,
        "label": words.category(category),
        "title": text.title.in_language(words.language()),
        "text": text.text.in_language(words.language()),
    }


def _asked_days(asked: Consent, at: datetime) -> int:
    """How many days from now they asked for, at most."""
    last = ends(days=asked.asked_days, until=asked.asked_until, at=at) - timedelta(microseconds=1)
    return (timezone.localdate(last) - timezone.localdate(at)).days


def _periods(asked: Consent, at: datetime) -> list[tuple[int, str]]:
    """Shorter periods first, and at the end what they asked for."""
    most, today = max(_asked_days(asked, at), 0), timezone.localdate(at)
    shorter = [days for days in SHORTER if days < most]
    offered = [(days, ngettext("%(n)s day", "%(n)s days", days) % {"n": days}) for days in shorter]
    offered.append((most, _("As long as they ask for")))
    return [
        (
            days,
            _("%(label)s, until %(day)s") % {"label": label, "day": day_text(today + timedelta(days=days))},
        )
        for days, label in offered
    ]


def _ticked(periods: Sequence[tuple[int, str]], chosen: Any) -> list[dict[str, Any]]:
    return [{"days": days, "label": label, "ticked": str(days) == str(chosen)} for days, label in periods]


def _categories(shown: Shown, form: AnswerForm, held: Sequence[Held]) -> list[dict[str, Any]]:
    ticked = form["categories"].value() or ()
    by_category: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        by_category[one.category].append(one)
    return [
        {
            "code": each.code,
            "label": each.label,
            "example": each.example,
            "apart": each.separate is not None,
            "held": _on_file(each.code, by_category[each.code]),
            "ticked": each.code in ticked,
        }
        for each in shown.categories
    ]


def _on_file(code: str, held: Sequence[Held]) -> str:
    """What is in her file of a category, in a few words."""
    if code == IDENTITY:
        return _("In your file: what the organisations wrote down and what you told us yourself.")
    if not held:
        return _("In your file: nothing of this kind yet.")
    said = {
        "records": lists.counted(sum(one.count for one in held)),
        "span": lists.span(min(one.first_period for one in held), max(one.last_period for one in held)),
        "names": words.joined(
            dict.fromkeys(
                words.name_in_language(one.organisation_name, one.organisation_name_en) for one in held
            )
        ),
    }
    return _("In your file: %(records)s, %(span)s, from %(names)s.") % said
