"""The references do the work they stand for, and leave nothing behind."""

import pytest
from django.db import connection

from bench.references import copy_rate, plain_rate

pytestmark = pytest.mark.django_db(transaction=True)
ROW = {"户名": "李国华", "证件号码": "", "联系电话": "16000000001", "用电地址": "晴川小区5-302"}


def tables():
    """Names of the benchmarks' own tables."""
    return [name for name in connection.introspection.table_names() if name.startswith("bench_")]


def test_copy_writes_at_some_rate_and_drops_its_table():
    assert copy_rate(50, 200) > 0
    assert tables() == []


def test_plain_way_writes_at_some_rate_and_drops_its_tables():
    assert plain_rate([ROW, ROW | {"证件号码": "34990119900307234X"}]) > 0
    assert tables() == []
