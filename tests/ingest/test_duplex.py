"""Answering while a body is still coming: what may be written down meanwhile, and what may not."""

import os
import time

from ingest.views.api.duplex import Duplex
from tests.factories.canaries import open_files


def test_last_answer_is_given_last_and_never_was_on_disk():
    last = b"a column's name " * 10_000
    talk = Duplex(iter([b"x"]), lambda lines: b"answer\n", last=lambda: last, idle=time.time)
    talk.start()
    answers = iter(talk)
    assert next(answers) == b"answer\n"
    on_disk = open_files([os.getpid()])
    assert (b"answer\n" in on_disk, b"a column's name" in on_disk) == (True, False)
    assert list(answers) == [last]
