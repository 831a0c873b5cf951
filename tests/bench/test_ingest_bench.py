"""The ingest benchmark at a tiny size, against real processes: it works and proves its work."""

import pytest

from bench import ingest
from bench.site import Site as BenchSite

pytestmark = pytest.mark.services


def test_ingest_is_measured_and_proved(site):
    assert site.worker.process is not None
    found = ingest.measure(BenchSite(site.url, site.worker.process.pid), rows=120, plain_rows=20)
    assert [figure.what for figure in found.figures][:5] == [
        "rows per second",
        "reference A, COPY",
        "share of A",
        "reference B, plain Django",
        "times B",
    ]
    assert found.figures[-1].what == "profile: all of it, CPU"
    assert found.proofs[0] == "rows with an outcome: 120"
    assert min(figure.value for figure in found.figures) > 0
