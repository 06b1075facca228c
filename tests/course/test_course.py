"""course.yml: what is read, and how its errors name file, key, line and the way out."""

import pytest

from autograder.course.units import CourseError, load_course

GOOD = """\
title: A course
parts:
  - title: One
    units:
      - folder: 01_neurons
        title: Neurons
        points:
          perceptron: 2
      - folder: 11_convolution
        title: Convolution
        points:
          output_size: 1
          conv2d: 4.5
limits:
  check_seconds: 3
"""


@pytest.fixture
def write(tmp_path):
    def run(text):
        path = tmp_path / "course.yml"
        path.write_text(text)
        return path

    return run


def test_reads_units_points_and_limits(write):
    course = load_course(write(GOOD))
    assert [unit.id for unit in course.units] == ["neurons", "convolution"]
    assert course.unit("11_convolution").points == {"output_size": 1, "conv2d": 4.5}
    assert course.sandbox_limits.check_seconds == 3
    assert course.sandbox_limits.submission_seconds == 60


@pytest.mark.parametrize("name", ["convolution", "11_convolution", "11", "conv", "CONV"])
def test_units_go_by_id_folder_number_or_prefix(write, name):
    assert load_course(write(GOOD)).unit(name).id == "convolution"


@pytest.mark.parametrize(
    "name, words", [("convolutoin", "did you mean convolution?"), ("zzz", "there are: neurons, convolution")]
)
def test_unknown_unit_names_the_way_out(write, name, words):
    with pytest.raises(CourseError, match="no unit is called") as info:
        load_course(write(GOOD)).unit(name)
    assert words in str(info.value)


@pytest.mark.parametrize(
    "old, new, parts",
    [
        ("check_seconds: 3", "check_seconds: fast", ["line 15", "limits.check_seconds", "'fast'"]),
        ("check_seconds: 3", "check_second: 3", ["line 15", "limits.check_second", "not known"]),
        ("folder: 01_neurons", "folder: neurons", ["line 5", "parts.0.units.0.folder", "'neurons'"]),
        ("perceptron: 2", "perceptron: -2", ["line 8", "points.perceptron", "greater than 0"]),
        ("perceptron: 2", "per ceptron: 2", ["line 8", "no name of a function"]),
        ("        title: Neurons\n", "", ["line 5", "title", "missing"]),
        ("11_convolution", "12_neurons", ["two units are called 'neurons'"]),
        ("title: A course", "title: [", ["line", "not valid YAML"]),
        ("title: A course", "titel: A course", ["line 1", "titel", "not known"]),
    ],
)
def test_errors_name_file_key_and_line(write, old, new, parts):
    path = write(GOOD.replace(old, new))
    with pytest.raises(CourseError) as info:
        load_course(path)
    for part in [str(path), *parts]:
        assert part in str(info.value)


def test_missing_file_and_empty_file(tmp_path, write, monkeypatch):
    with pytest.raises(CourseError, match="is not there"):
        load_course(tmp_path / "nowhere")
    with pytest.raises(CourseError, match="expected keys"):
        load_course(write(""))
    (tmp_path / "course.yml").unlink()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=r"no course\.yml"):
        load_course()
