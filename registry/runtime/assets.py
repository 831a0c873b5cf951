"""Files made from others: compiled translations and the front-end files that the site serves itself."""

import re
import shutil
from pathlib import Path

VENDOR = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.rtl.min.css": "bootstrap/dist/css/bootstrap.rtl.min.css",
    "tus.min.js": "tus-js-client/dist/tus.min.js",
}
_SOURCE_MAP = re.compile(rb"\s*(?:/\*#|//#) sourceMappingURL=[^\s*]*(?: ?\*/)?")


def make_assets(root: Path) -> None:
    """Bring what is derived up to date; cheap when nothing changed."""
    compile_translations(root / "registry" / "locale")
    copy_vendor_files(root / "node_modules", root / "registry" / "static" / "vendor")


def compile_translations(folder: Path) -> None:
    """Compile each catalogue (.po) that is newer than its compiled form (.mo); needs no gettext programs."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        import polib  # installed by now; the rest of this package also runs before

        scratch = target.with_name(f".{target.name}.new")
        polib.pofile(str(source)).save_as_mofile(str(scratch))
        scratch.replace(target)


def copy_vendor_files(modules: Path, target: Path) -> None:
    """Copy the few files that pages use, so that a page asks no other host."""
    for name, source in VENDOR.items():
        origin, copy = modules / source, target / name
        if origin.exists() and not (copy.exists() and copy.stat().st_mtime_ns >= origin.stat().st_mtime_ns):
            target.mkdir(parents=True, exist_ok=True)
            # The map that the comment names is not served, and static files may name no file that is missing.
            copy.write_bytes(_SOURCE_MAP.sub(b"", origin.read_bytes()))
            shutil.copystat(origin, copy)
