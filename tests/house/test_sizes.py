"""Small by measure: what separates a readable code base from a tiring one is its largest tenth."""

from statistics import median

from tests.house import source


def test_no_function_is_longer_than_50_lines():
    assert [function for function in source.functions() if function.lines > 50] == []


def test_nine_functions_in_ten_are_under_25_lines():
    assert source.share_over(25, [function.lines for function in source.functions()]) <= 0.1


def test_median_function_has_at_most_8_lines():
    assert median(function.lines for function in source.functions()) <= 8


def test_no_file_is_longer_than_400_lines():
    sizes = {str(path.relative_to(source.ROOT)): length(path) for path in source.modules()}
    assert {path: lines for path, lines in sizes.items() if lines > 400} == {}


def test_nine_files_in_ten_are_under_225_lines():
    assert source.share_over(225, [length(path) for path in source.modules()]) <= 0.1


def length(path):
    return len(path.read_text().splitlines())
