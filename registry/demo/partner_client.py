"""A partner's system: sends files over REST with its API key and watches what becomes of them."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from registry.demo.telling import StepFailed, require

DONE = ("done", "done_with_errors")
ENDED = (*DONE, "rejected", "cancelled")
_PATIENCE = 1800.0
_PAUSE = 0.3


@dataclass(frozen=True)
class Sent:
    """An upload that has ended: its address, its final answer, and the seconds it took.

    `known`: the registry had this very file already, all of it taken in, and did nothing anew.
    """

    address: str
    answer: dict[str, Any]
    seconds: float
    known: bool

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {outcome: count for outcome, count in self.answer["counts"].items() if count}

    @property
    def rows(self) -> int:
        """Rows with an outcome."""
        return sum(self.counts.values())


class PartnerClient:
    """Speaks for one partner; use as a context, so that its connection is closed."""

    def __init__(self, base: str, secret: str) -> None:
        self._http = httpx.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"},
            timeout=httpx.Timeout(30, read=300, write=300),
        )

    def __enter__(self) -> "PartnerClient":
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def key_holds(self) -> bool:
        """Whether the registry still takes this key."""
        return self._http.get("/api/v1/catalogue").status_code == 200

    def send(
        self,
        path: Path,
        *,
        content_type: str,
        record_type: str,
        key: str | None = None,
        watch: Callable[[float, dict[str, Any]], None] | None = None,
    ) -> Sent:
        """Upload a file and wait until every row has an outcome. Raises StepFailed if it never has.

        `key` is the Idempotency-Key: by default the file's own digest, so that the same file sent again is
        the same upload.
        """
        started = time.monotonic()
        with path.open("rb") as file:
            key = key or hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            headers = {"Upload-Type": record_type, "Idempotency-Key": key}
            answer = self._post(file, path.name, content_type, headers)
        if answer.status_code != 202:
            raise StepFailed(f"sending {path.name}: answered {answer.status_code} {answer.text[:300]}")
        address, known = answer.headers["Location"], answer.json()["state"] in ENDED
        return Sent(address, self._wait(address, watch), time.monotonic() - started, known)

    def _post(self, file: BinaryIO, name: str, content_type: str, headers: dict[str, str]) -> httpx.Response:
        """As the body itself; as a form where the name is Chinese, which no plain header can hold."""
        if name.isascii():
            headers |= {"Content-Type": content_type, "Upload-Name": name}
            return self._http.post("/api/v1/uploads", content=file, headers=headers)
        return self._http.post("/api/v1/uploads", files={"file": (name, file, content_type)}, headers=headers)

    def _wait(self, address: str, watch: Callable[[float, dict[str, Any]], None] | None) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            answer = self._get(address)
            if watch:
                watch(float(answer.get("progress") or 0.0), answer)
            if answer["state"] in ENDED:
                return answer
            time.sleep(_PAUSE)
        raise StepFailed(f"the upload was not done within {_PATIENCE:.0f} s; its state is {answer['state']}")

    def refused(self, address: str) -> Iterator[dict[str, Any]]:
        """Every refused row: its number, codes and messages, page after page."""
        cursor: str | None = "0"
        while cursor is not None:
            page = self._get(f"{address}/rows?outcome=refused&limit=1000&cursor={cursor}")
            yield from page["rows"]
            cursor = page["next_cursor"]

    def result(self, address: str) -> tuple[str, bytes]:
        """The partner's own file back with outcome and reasons: content type and bytes."""
        answer = self._http.get(f"{address}/result")
        require("the result file", answer.status_code, 200)
        return answer.headers["Content-Type"], answer.content

    def _get(self, address: str) -> dict[str, Any]:
        answer = self._http.get(address)
        require(f"GET {httpx.URL(address).path}", answer.status_code, 200)
        found: dict[str, Any] = answer.json()
        return found
