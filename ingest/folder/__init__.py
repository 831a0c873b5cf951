"""A watched folder, as an SFTP server lays it out: what lies in `in/` is taken, results are put into `out/`.

    WATCH_FOLDER/<unified social credit code or id>/in/wages.csv
    WATCH_FOLDER/<the same>/out/wages.result.csv  wages.json  wages.error.txt

Whoever may write into a folder may put anything there, links too: so every step goes from an opened folder to
a name in it, and no link is followed. A file is removed from `in/` once its upload is safely stored, and the
same file found again (after a crash) is the same upload.
"""

from ingest.folder.looking import Looked, look

__all__ = ("Looked", "look")
