"""What templates of every portal may say: see docs/look.md for each with an example."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.look import charts, navigation, statuses, terms, writing

register = template.Library()


@register.simple_block_tag
def capture(content: str) -> str:
    """What stands between the tags, to be printed more than once: `{% capture as name %}`."""
    return SafeString(content.strip())


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of icons.svg. Without a label it is decoration and screen readers pass over it."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    sprite = static("registry/icons.svg")
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, sprite, name)


@register.simple_tag
def status_badge(kind: str, code: str) -> SafeString:
    """The badge of one state: tone, sign and word. Raises KeyError for a state without a look."""
    return badge(statuses.look_of(kind, code))


@register.simple_tag
def badge(look: statuses.Look) -> SafeString:
    """A badge of one's own making, from a Look."""
    return format_html('<span class="state tone-{}">{}{}</span>', look.tone, icon(look.sign), look.label)


@register.simple_tag(takes_context=True)
def term(context: template.Context, code: str, word: str | Promise = "") -> SafeString:
    """A word with its plain explanation one tap away. Raises KeyError for a word without one."""
    found = terms.TERMS[code]
    place: Any = (
        context.render_context.root if hasattr(context.render_context, "root") else context.render_context
    )
    number = next(place.setdefault("terms", itertools.count(1)))
    return format_html(
        '<span class="term"><button type="button" class="term-word" popovertarget="term-{n}">{word}</button>'
        '<span class="term-note" id="term-{n}" popover>{meaning}</span></span>',
        n=number,
        word=word or found.word,
        meaning=found.meaning,
    )


@register.inclusion_tag("components/month_strip.html")
def month_strip(
    months: Iterable[tuple[str | date, str]], label: str | Promise, note: str | Promise = ""
) -> dict[str, Any]:
    """Months as small signs, a year to a row, and the sentence that says the same."""
    return {"strip": charts.month_strip(months), "label": label, "note": note}


@register.inclusion_tag("components/month_legend.html")
def month_legend() -> dict[str, Any]:
    """What the signs of a month strip mean."""
    return {"looks": [statuses.look_of("month", state) for state in charts.STATES]}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(values: Iterable[tuple[str | Promise, int]], caption: str | Promise) -> dict[str, Any]:
    """Upright bars along time, and the same as a table."""
    drawn = charts.bars(values)
    return {"bars": drawn, "caption": caption, "width": len(drawn) * charts.STEP}


@register.inclusion_tag("components/bar_list.html")
def bar_list(values: Iterable[tuple[str | Promise, int]], caption: str | Promise) -> dict[str, Any]:
    """Lying bars with a line of words each, for reasons and kinds."""
    return {"bars": charts.bars(values), "caption": caption}


@register.inclusion_tag("components/menu.html", takes_context=True)
def menu(context: template.Context, area: str) -> dict[str, Any]:
    """The area's menu for this visitor: a row on wide screens, a bar with "More" on a phone."""
    entries = navigation.menu(area, context["request"]) if "request" in context else []
    split = navigation.ON_THE_BAR if len(entries) > navigation.ON_THE_BAR + 1 else len(entries)
    rest = entries[split:]
    return {"bar": entries[:split], "rest": rest, "rest_current": any(entry.current for entry in rest)}


@register.inclusion_tag("components/sign_out.html", takes_context=True)
def sign_out(context: template.Context, area: str) -> dict[str, Any]:
    """The button that signs out, for whoever is signed in to that area."""
    request: HttpRequest | None = context.get("request")
    if request is None or not navigation.signed_in(area, request):
        return {}
    return {"url": navigation.sign_out_url(area), "csrf_token": context.get("csrf_token")}


@register.simple_tag
def attribute(name: str, value: object) -> SafeString:
    """` name="value"`, or nothing if there is no value."""
    return format_html(' {}="{}"', name, value) if value not in (None, "") else SafeString("")


@register.filter
def day(value: date | None) -> str:
    """A day in the reader's form, inside `<time>`; nothing stays nothing."""
    return writing.day(value) if value else ""


@register.filter
def moment(value: datetime | date | None) -> str:
    """A day and time in the reader's form; a date without a time is shown as a day."""
    if not value:
        return ""
    return writing.moment(value) if isinstance(value, datetime) else writing.day(value)


@register.filter
def month(value: str | date | None) -> str:
    """A month, given as `YYYY-MM` or any day of it, in the reader's form."""
    return writing.month(value) if value else ""


@register.filter
def money(amount: str | Decimal | int | None, currency: str = "CNY") -> str:
    """An amount with its currency; nothing stays nothing."""
    return "" if amount in (None, "") else writing.money(amount, currency)


@register.filter
def count(value: int) -> str:
    """A whole number with its thousands apart."""
    return writing.count(value)


@register.filter
def percent_of(value: float, total: float) -> int:
    """Whole percent of a total, rounded down."""
    return writing.percent(value, total)


@register.filter
def first_page(path: str | None) -> str:
    """The first page of whoever is at this path: their work, or the residents'. Asks no database."""
    at_work = (path or "").startswith(("/desk/", "/console/", "/accounts/"))
    return reverse("account_work") if at_work else "/"


@register.filter
def language_tag(code: str) -> str:
    """A language code as BCP 47 writes it, for `lang` attributes."""
    return writing.language_tag(code)


@register.filter
def is_cell(value: object) -> bool:
    """Whether a table's cell is described by a mapping rather than being text itself."""
    return isinstance(value, Mapping)


@register.filter
def beside(cells: Iterable[object], columns: Iterable[object]) -> list[tuple[object, object]]:
    """A row's cells, each with its column. Raises ValueError if a row is longer or shorter than the head."""
    return list(zip(cells, columns, strict=True))
