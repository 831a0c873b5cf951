"""How any Django form field is drawn: a control with the right class, ids and descriptions."""

from collections.abc import Iterator

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.safestring import SafeString

register = template.Library()

CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@register.filter
def shape(field: BoundField) -> str:
    """Which of the four drawings a field takes: `hidden`, `check`, `choices` or `line`."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, CHOICES):
        return "choices"
    return "check" if isinstance(widget, forms.CheckboxInput) else "line"


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's input, classed; a placeholder is dropped, since it would only repeat the label."""
    given = field.field.widget.attrs.get("class", "")
    attrs: dict[str, str | bool] = {"class": f"{_class_of(field)} {given}".strip(), "placeholder": False}
    return field.as_widget(attrs=attrs)


@register.filter
def options(field: BoundField) -> Iterator[BoundWidget]:
    """The single buttons or boxes of a field with choices, each classed."""
    for option in field.subwidgets:
        option.data["attrs"]["class"] = "form-check-input"
        yield option


def _class_of(field: BoundField) -> str:
    widget = field.field.widget
    kind = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, forms.Select):
        kind = "form-select"
    return f"{kind} is-invalid" if field.errors else kind
