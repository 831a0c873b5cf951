"""Files in pieces by tus 1.0, without a client's library: what a request holds is up to the test."""

import base64

from tests.factories.uploads import as_csv, wage

PATH = "/api/v1/uploads"
PIECE = "application/offset+octet-stream"
CONTENT = as_csv([wage(1), wage(2)])
LENGTH = len(CONTENT)


def on_disk(folder):
    """The files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def metadata(**said):
    """Upload-Metadata that says this."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def call(machine, method, path, body=b"", **headers):
    """Ask by tus; a header's name is written with _ for -."""
    named = {"Tus-Resumable": "1.0.0"} | {name.replace("_", "-"): str(v) for name, v in headers.items()}
    kind = named.pop("Content-Type", PIECE if body or method == "patch" else "")
    options = {"content_type": kind} if kind else {}
    sender = getattr(machine.client, method)
    if method in ("post", "patch"):
        return sender(path, body, headers=machine.headers | named, **(options or {"content_type": ""}))
    return sender(path, headers=machine.headers | named)


def create(machine, length=LENGTH, body=b"", **headers):
    """Announce a file."""
    return call(machine, "post", PATH, body, **({"Upload_Length": length} | headers))


def bring(machine, path, data, offset, **headers):
    """Send a piece of it."""
    return call(machine, "patch", path, data, **({"Upload_Offset": offset} | headers))


def offset_of(machine, path):
    """How many bytes of it have come."""
    return call(machine, "head", path)["Upload-Offset"]


def code(answer):
    """An error's status and code."""
    return answer.status_code, answer.json()["code"]
