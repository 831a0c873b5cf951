"""Every pair of colours that text stands in keeps WCAG 2.2's contrast, in light and in dark."""

import re

import pytest

from tests.house.source import ROOT

CSS = (ROOT / "registry" / "static" / "registry" / "juxin.css").read_text()
TEXT, SIGN = 4.5, 3.0
PAIRS = [
    *[("ink", ground, TEXT) for ground in ("paper", "card", "sunk", "deep-wash", "good-wash", "bad-wash")],
    *[("soft", ground, TEXT) for ground in ("paper", "card", "sunk")],
    *[("deep", ground, TEXT) for ground in ("paper", "card", "deep-wash")],
    *[("bad", ground, TEXT) for ground in ("card", "bad-wash")],
    ("good", "good-wash", TEXT),
    ("ask-ink", "ask-wash", TEXT),
    ("quiet", "quiet-wash", TEXT),
    *[("on-deep", ground, TEXT) for ground in ("deep-fill", "deep-fill-over")],
    *[("on-bad", ground, TEXT) for ground in ("bad-fill", "bad-fill-over")],
    *[("edge", ground, SIGN) for ground in ("paper", "card")],
    *[(sign, "card", SIGN) for sign in ("good", "ask-fill", "bad")],
]


def tokens(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{([^{}]*--paper[^{}]*)\}", CSS)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_most_contrast():
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_text_can_be_read_on_its_ground(scheme, text, ground, least):
    colours = tokens(scheme)
    assert contrast(colours[text], colours[ground]) >= least
