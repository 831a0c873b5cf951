"""Log lines are JSON, carry the request's id, and never what an exception quoted."""

import json
import logging
import sys

from registry.requestlog import JsonFormatter


def line_of(**values):
    record = logging.LogRecord("registry.test", logging.ERROR, __file__, 1, "stored %s rows", (3,), None)
    record.__dict__.update(values)
    return json.loads(JsonFormatter().format(record))


def test_line_holds_level_logger_and_message():
    line = line_of()
    assert {name: line[name] for name in ("level", "logger", "message")} == {
        "level": "ERROR",
        "logger": "registry.test",
        "message": "stored 3 rows",
    }


def test_line_holds_named_fields_only():
    line = line_of(status=403, name_of_resident="张三")
    assert line["status"] == 403
    assert "张三" not in json.dumps(line, ensure_ascii=False)


def test_line_of_an_exception_holds_type_and_place_but_not_its_words():
    try:
        raise ValueError("bad number 11010519491231002X")
    except ValueError as error:
        line = line_of(exc_info=sys.exc_info(), msg="failed on %s", args=(error,))
    assert line["exception"] == "ValueError"
    assert line["message"] == "failed on %s"
    assert line["where"][-1].endswith("test_line_of_an_exception_holds_type_and_place_but_not_its_words")
    assert "11010519491231002X" not in json.dumps(line)


def test_line_of_djangos_own_loggers_quotes_no_path():
    line = line_of(name="django.request", msg="Forbidden: %s", args=("/r/ABCD-EFGH-JKLM",))
    assert line["message"] == "Forbidden: %s"


def test_request_is_logged_by_route_and_its_id_is_sent_back(client, caplog):
    with caplog.at_level(logging.INFO, logger="registry.request"):
        answer = client.get("/healthz?name=张三")
    record = caplog.records[-1]
    assert (record.method, record.route, record.status) == ("GET", "healthz", 200)
    assert len(answer.headers["X-Request-Id"]) == 32


def test_every_request_has_an_id_of_its_own(client):
    ids = {client.get("/healthz").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
