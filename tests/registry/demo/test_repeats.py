"""Running the demo once more, the sixth time within an hour."""

from datetime import date

import pytest
from django.utils import timezone

from registry import signin
from registry.demo.people import make_people
from registry.demo.repeats import forget_sign_ins

pytestmark = pytest.mark.django_db


def test_residents_of_the_demo_sign_in_as_often_as_it_is_run():
    chen, other = make_people(2, seed=1, today=date(2026, 11, 25))
    now = timezone.now()

    def ask(person):
        signin.ask(mobile=person.mobiles[0], address="127.0.0.1", at=now)

    for _run in range(7):
        forget_sign_ins([chen])
        ask(chen)
    for _try in range(5):
        ask(other)
    forget_sign_ins([chen])
    with pytest.raises(signin.TooManyTries):
        ask(other)
