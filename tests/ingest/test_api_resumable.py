"""Resumable uploads by tus 1.0: created, brought in pieces, asked for: as by one POST."""

import base64
import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.http import parse_http_date

from ingest import queries, services
from ingest.errors import UploadBusy
from ingest.models import Incoming, IncomingPart, Upload
from registry.models import Record
from tests.factories.tus import (
    CONTENT,
    LENGTH,
    PATH,
    bring,
    call,
    code,
    create,
    metadata,
    offset_of,
    on_disk,
)
from tests.factories.uploads import BY, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.STAGING_DIR = str(tmp_path / "staging")
    return tmp_path / "staging"


def test_options_tell_what_the_server_can_do(machine):
    answer = call(machine, "options", PATH)
    assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
    assert answer["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert answer["Tus-Checksum-Algorithm"].split(",")[0] == "sha256"
    assert answer["Tus-Max-Size"] == str(2 * 1024**3)


def test_file_in_three_pieces_is_the_same_upload_as_by_one_post(machine, folder):
    made = create(machine, Upload_Metadata=metadata(filename="三月.csv", filetype="text/csv", type="wage"))
    path = made["Location"]
    assert (made.status_code, made["Upload-Offset"], made["Tus-Resumable"]) == (201, "0", "1.0.0")
    for start in range(0, len(CONTENT), 200):
        answer = bring(machine, path, CONTENT[start : start + 200], start)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Upload-Offset"] == str(min(start + 200, len(CONTENT)))
    upload = run(Upload.objects.get())
    assert path == f"{PATH}/{upload.id}"
    assert (upload.status, upload.source, upload.type, upload.accepted) == ("done", "resumable", "wage", 2)
    assert queries.name_of(upload) == "三月.csv"
    assert (Record.objects.count(), IncomingPart.objects.count()) == (2, 0)
    assert machine.get(path).json()["state"] == "done"
    assert machine.send(CONTENT, Upload_Type="wage")["Location"] == path


def test_pieces_are_sealed_on_disk_and_gone_with_the_file(machine, folder):
    text = "魑魅魍魉".encode() * 100
    path = create(machine, length=len(text) + 1)["Location"]
    bring(machine, path, text, 0)
    (part,) = on_disk(folder)
    assert "魑魅".encode() not in part.read_bytes()
    assert queries.known_files() == {IncomingPart.objects.get().file}
    bring(machine, path, b"\n", len(text))
    assert (IncomingPart.objects.count(), Upload.objects.get().bytes) == (0, len(text) + 1)


def test_names_are_sealed(machine):
    create(machine, Upload_Metadata=metadata(filename="张伟.csv"))
    incoming = Incoming.objects.get()
    assert "张伟".encode() not in bytes(incoming.told)
    assert metadata(filename="张伟.csv").split()[1].encode() not in bytes(incoming.told)
    assert queries.told_of(incoming)["name"] == "张伟.csv"


def test_creation_with_upload_takes_the_first_bytes(machine):
    answer = create(machine, body=CONTENT[:100])
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "100")
    assert bring(machine, answer["Location"], CONTENT[100:], 100).status_code == 204
    assert Upload.objects.get().bytes == len(CONTENT)


def test_creation_with_the_whole_file_makes_the_upload_at_once(machine, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        answer = create(machine, body=CONTENT)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(len(CONTENT)))
    assert Upload.objects.get().status == "received"
    assert len(callbacks) >= 1


def test_head_tells_offset_length_metadata_and_end(machine):
    raw = metadata(filename="a.csv", colour="blue")
    path = create(machine, Upload_Metadata=raw)["Location"]
    bring(machine, path, CONTENT[:50], 0)
    answer = call(machine, "head", path)
    assert (answer.status_code, answer["Upload-Offset"]) == (200, "50")
    assert (answer["Upload-Length"], answer["Upload-Metadata"]) == (str(len(CONTENT)), raw)
    assert answer["Cache-Control"] == "no-store"
    left = parse_http_date(answer["Upload-Expires"]) - timezone.now().timestamp()
    assert 23 * 3600 < left <= 24 * 3600


def test_plain_get_shows_how_much_has_come(machine):
    path = create(machine, Upload_Metadata=metadata(filename="a.csv"))["Location"]
    bring(machine, path, CONTENT[:50], 0)
    told = machine.get(path).json()
    assert (told["state"], told["received"], told["bytes"], told["name"]) == (
        "receiving",
        50,
        len(CONTENT),
        "a.csv",
    )


def test_wrong_offset_is_refused_and_changes_nothing(machine):
    path = create(machine)["Location"]
    bring(machine, path, CONTENT[:50], 0)
    assert code(bring(machine, path, CONTENT[:50], 0)) == (409, "upload_offset_wrong")
    assert code(bring(machine, path, CONTENT[60:], 60)) == (409, "upload_offset_wrong")
    assert offset_of(machine, path) == "50"


def test_piece_beyond_the_announced_length_is_refused(machine):
    path = create(machine, length=10)["Location"]
    assert code(bring(machine, path, b"x" * 11, 0)) == (413, "too_large")
    assert offset_of(machine, path) == "0"


def test_file_larger_than_allowed_is_refused_before_its_first_byte(machine, settings):
    settings.UPLOAD_MAX_BYTES = 100
    assert code(create(machine, length=101)) == (413, "too_large")
    assert Incoming.objects.count() == 0


@pytest.mark.parametrize(("algorithm", "status"), [("sha256", 204), ("sha1", 204), ("sha512", 204)])
def test_right_checksum_is_accepted(machine, algorithm, status):
    path = create(machine)["Location"]
    digest = base64.b64encode(hashlib.new(algorithm, CONTENT).digest()).decode()
    answer = bring(machine, path, CONTENT, 0, Upload_Checksum=f"{algorithm} {digest}")
    assert answer.status_code == status
    assert Upload.objects.get().bytes == len(CONTENT)


def test_wrong_checksum_leaves_nothing_of_the_piece(machine, folder):
    path = create(machine)["Location"]
    bring(machine, path, CONTENT[:50], 0)
    before = on_disk(folder)
    digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    answer = bring(machine, path, CONTENT[50:], 50, Upload_Checksum=f"sha256 {digest}")
    assert code(answer) == (460, "checksum_mismatch")
    assert (offset_of(machine, path), on_disk(folder)) == ("50", before)


@pytest.mark.parametrize("sent", ["md5 AAAA", "sha256 AAAA", "sha256", "sha256 %%%"])
def test_checksum_that_cannot_be_read_is_refused(machine, sent):
    path = create(machine)["Location"]
    answer = bring(machine, path, CONTENT, 0, Upload_Checksum=sent)
    assert code(answer) == (400, "upload_header_wrong")
    assert offset_of(machine, path) == "0"


@pytest.mark.parametrize("length", ["", "-1", "x", "1e3", "9" * 16])
def test_length_that_cannot_be_read_is_refused(machine, length):
    assert code(create(machine, length=length)) == (400, "upload_header_wrong")


@pytest.mark.parametrize("raw", ["filename !!!", "a YQ==,a YQ==", "x " + "A" * 5_000])
def test_metadata_that_cannot_be_read_is_refused(machine, raw):
    assert code(create(machine, Upload_Metadata=raw)) == (400, "upload_header_wrong")
    assert Incoming.objects.count() == 0


@pytest.mark.parametrize("version", ["0.2.2", "2.0.0"])
def test_other_version_of_the_protocol_is_refused(machine, version):
    answer = create(machine, Tus_Resumable=version)
    assert code(answer) == (412, "tus_version")
    assert (answer["Tus-Version"], answer["Tus-Resumable"]) == ("1.0.0", "1.0.0")


def test_piece_of_another_content_type_is_refused(machine):
    path = create(machine)["Location"]
    answer = bring(machine, path, CONTENT, 0, Content_Type="text/csv")
    assert code(answer) == (415, "unsupported_media_type")


def test_method_may_be_named_in_a_header(machine):
    path = create(machine)["Location"]
    answer = call(machine, "post", path, CONTENT, Upload_Offset=0, X_HTTP_Method_Override="PATCH")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert call(machine, "post", path, b"x").status_code == 405


def test_two_at_once_one_is_told_to_wait(machine):
    path = create(machine)["Location"]
    Incoming.objects.update(holder=Upload().id, held_until=timezone.now() + services.arriving.SILENCE)
    answer = bring(machine, path, CONTENT, 0)
    assert code(answer) == (423, "upload_busy")
    assert 1 <= int(answer["Retry-After"]) <= 10


def test_holder_that_fell_silent_is_replaced(machine):
    path = create(machine)["Location"]
    Incoming.objects.update(holder=Upload().id, held_until=timezone.now() - timedelta(seconds=1))
    assert bring(machine, path, CONTENT, 0).status_code == 204


class Overtaken(io.BytesIO):
    """A piece whose sender falls silent before its first byte, so that another one takes over."""

    def __init__(self, content, other):
        super().__init__(content)
        self.other = other

    def read(self, size=-1, /):
        Incoming.objects.update(held_until=timezone.now() - timedelta(seconds=1))
        self.other()
        return super().read(size)


def test_bytes_of_a_holder_that_was_replaced_do_not_count(machine, folder):
    path = create(machine)["Location"]
    late = Overtaken(CONTENT, lambda: bring(machine, path, CONTENT[:10], 0))
    with pytest.raises(UploadBusy):
        services.bring(
            organisation=machine.organisation.pk,
            incoming=Incoming.objects.get().pk,
            offset=0,
            stream=late,
            size=LENGTH,
            by=BY,
            clock=timezone.now,
        )
    assert (offset_of(machine, path), IncomingPart.objects.get().size, len(on_disk(folder))) == ("10", 10, 1)
