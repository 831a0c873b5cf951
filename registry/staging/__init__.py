"""Keeper of partners' files between their arrival and their destruction: on disk sealed, and only there.

Each file has a key of its own, wrapped under the system key "staging" and kept in the row that speaks of the
file. Without that row's key a forgotten copy of the file says nothing, so destroying the row's key is enough
and unlinking the file frees the space. Short notes about a file, such as its name, are sealed under the same
system key.
"""

from registry.staging.files import (
    Staged,
    StagedFileGone,
    StagingFull,
    create,
    destroy,
    destroy_orphans,
    open_staged,
)
from registry.staging.notes import open_note, seal_note

__all__ = (
    "Staged",
    "StagedFileGone",
    "StagingFull",
    "create",
    "destroy",
    "destroy_orphans",
    "open_note",
    "open_staged",
    "seal_note",
)
