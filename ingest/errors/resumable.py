"""What can be wrong with a file that comes in pieces (tus 1.0). The statuses are the protocol's."""

from registry.errors import Conflict, RegistryError


class BrokenOff(RegistryError):
    """The line broke before the whole body had come; nothing of it was kept."""

    code = "broken_off"
    status = 400
    sentence = "The file broke off before its end. Nothing of it was kept; send it again."


class WrongOffset(Conflict):
    """A piece that does not begin where the last one ended. Context: offset, in bytes."""

    code = "upload_offset_wrong"
    sentence = "The file goes on at another byte. Ask by HEAD for the Upload-Offset and go on from there."


class UploadBusy(RegistryError):
    """Somebody else is sending a piece of this file. Context: retry_after, in seconds."""

    code = "upload_busy"
    status = 423
    sentence = "Another connection is sending this file just now. Wait a little and go on."


class ChecksumMismatch(RegistryError):
    """The piece is not what its Upload-Checksum says; nothing of it was kept."""

    code = "checksum_mismatch"
    status = 460
    sentence = "The piece was damaged on its way. Nothing of it was kept; send it again."


class UploadGone(RegistryError):
    """The pieces are destroyed: too late, cancelled, or refused. Context: state."""

    code = "upload_gone"
    status = 410
    sentence = "What had come of this file was destroyed. Send the file again from its beginning."


class HeaderWrong(RegistryError):
    """A header of the protocol is missing or cannot be read. Context: header."""

    code = "upload_header_wrong"
    status = 400
    sentence = "A header of the resumable upload is missing or wrong."


class ProtocolUnknown(RegistryError):
    """The client speaks another version of the protocol, or does not say which."""

    code = "tus_version"
    status = 412
    sentence = "Resumable uploads go by tus 1.0.0: send “Tus-Resumable: 1.0.0”."
