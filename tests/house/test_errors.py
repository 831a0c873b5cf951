"""A code means one thing: partners' programs and lenders' clients go by it."""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings

from api.errors import catalogue
from ingest.errors import ROW_FAULTS
from registry.errors import RegistryError


def errors(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Every error of ours below the root."""
    for error in root.__subclasses__():
        if error.__module__.split(".")[0] in settings.INSTALLED_APPS:
            yield error
            yield from errors(error)


def test_error_codes_are_given_once():
    given = Counter(vars(error)["code"] for error in errors() if "code" in vars(error))
    assert [code for code, times in given.items() if times > 1] == []


def test_every_error_has_a_code_and_a_status_of_its_own():
    assert [error for error in errors() if error.code == RegistryError.code] == []
    assert [error for error in errors() if not 400 <= error.status < 600 or not error.sentence] == []


def test_every_code_has_its_page():
    assert {error.code for error in errors()} - set(catalogue.catalogue()) == set()


def test_row_faults_are_kept_under_their_own_codes():
    assert [code for code, fault in ROW_FAULTS.items() if code != fault.code] == []
    assert [code for code, fault in ROW_FAULTS.items() if not fault.sentence or not fault.cure] == []
