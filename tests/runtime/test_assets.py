"""Front-end files: copied once, without what names files that are not served."""

import os

from registry.runtime.assets import VENDOR, copy_vendor_files


def vendor(folder):
    """A package folder with every file that is copied, each naming a map."""
    for source in VENDOR.values():
        path = folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a{color:red}\n/*# sourceMappingURL=some.css.map */\n")
    return folder


def test_files_are_copied_without_the_map_they_name(tmp_path):
    copy_vendor_files(vendor(tmp_path / "modules"), tmp_path / "static")
    assert {(tmp_path / "static" / name).read_text() for name in VENDOR} == {"a{color:red}\n"}


def test_copy_is_made_again_only_when_the_original_is_newer(tmp_path):
    modules, target = vendor(tmp_path / "modules"), tmp_path / "static"
    copy_vendor_files(modules, target)
    name, source = next(iter(VENDOR.items()))
    (target / name).write_text("kept")
    copy_vendor_files(modules, target)
    assert (target / name).read_text() == "kept"
    os.utime(modules / source, (4e9, 4e9))
    copy_vendor_files(modules, target)
    assert (target / name).read_text() == "a{color:red}\n"
