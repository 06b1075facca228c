"""The data files are those of the datasheet, and the generated sets keep their promises."""

import calendar
import doctest
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from autograder import datasets

FOLDER = Path(__file__).parent.parent / "datasets"


def datasheet() -> dict[str, tuple[int, str]]:
    """File name -> (bytes, SHA-256), from the table in the datasheet."""
    rows = {}
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, _, _, _, _, size, digest = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
            rows[name] = (int(size), digest)
    return rows


@pytest.fixture(autouse=True)
def no_chosen_folder(monkeypatch):
    monkeypatch.delenv("AUTOGRADER_DATASETS", raising=False)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


class TestDatasheet:
    def test_has_a_row_for_every_file_and_no_other(self):
        about_the_folder = {"README.md", ".gitattributes"} | {f"weights/{name}.txt" for name in datasets.NETWORKS}
        files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
        assert files - about_the_folder == set(datasheet())

    @pytest.mark.parametrize("name, row", datasheet().items())
    def test_size_and_checksum(self, name, row):
        content = (FOLDER / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == row

    def test_folder_is_small(self):
        assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 2_000_000
        assert sum(path.stat().st_size for path in (FOLDER / "weights").iterdir()) < 8_500_000


# As their wheels have, and as the log of the last one says.
NUMBERS = {"magika": 784_214, "mtcnn": 495_850, "silero": 309_633, "g2p": 834_890, "scribe": 908_032}


class TestNetworks:
    @pytest.mark.parametrize("network", datasets.NETWORKS)
    def test_arrays(self, network):
        params = datasets.load(network)
        assert sum(array.size for array in params.values()) == NUMBERS[network]
        assert all(array.dtype == np.float32 and array.flags.writeable for array in params.values())
        assert all(np.isfinite(array).all() for array in params.values())

    @pytest.mark.parametrize("network", datasets.NETWORKS)
    def test_the_licence_lies_beside_it_and_says_that_it_was_converted(self, network):
        text = (FOLDER / "weights" / f"{network}.txt").read_text(encoding="utf-8")
        assert text.startswith(f"{network}.npz: ")
        assert "\nChanged: converted. " in text
        assert "Copyright" in text
        assert "TERMS AND CONDITIONS" in text or "Permission is hereby granted" in text

    @pytest.mark.parametrize("network", datasets.NETWORKS)
    def test_no_pickle_is_in_it(self, network):
        with zipfile.ZipFile(FOLDER / "weights" / f"{network}.npz") as file:
            for name in file.namelist():
                with file.open(name) as member:
                    assert np.lib.format.read_magic(member) == (1, 0)
                    _, _, dtype = np.lib.format.read_array_header_1_0(member)
                    assert not dtype.hasobject

    def test_names_of_outputs(self):
        types, sounds = datasets.output_names("magika"), datasets.output_names("g2p")
        assert (len(types), len(set(types)), types.index("python") >= 0) == (214, 214, True)
        assert len(sounds) == len(datasets.load("g2p")["fc_b"]) == 74
        assert len(types) == len(datasets.load("magika")["out.bias"])

    def test_faces_and_speech_have_their_shapes(self):
        faces, speech = datasets.load("mtcnn"), datasets.load("silero")
        assert faces["pnet.conv1.weight"].shape == (10, 3, 3, 3)
        assert faces["onet.fc5.weight"].shape == (256, 1152)
        assert speech["lstm_cell.weight_ih"].shape == (512, 128)
        # The spectrogram's kernels are a formula: a Hann window times cosines and negative sines.
        n, k = np.arange(256), np.arange(129)[:, None]
        hann, angles = 0.5 - 0.5 * np.cos(2 * np.pi * n / 256), 2 * np.pi * k * n / 256
        kernels = np.concatenate([np.cos(angles), -np.sin(angles)]) * hann
        np.testing.assert_allclose(speech["stft_conv.weight"][:, 0], kernels, atol=1e-6)

    def test_byte_pairs_and_the_network_that_reads_them(self):
        merges, vocabulary = datasets.load_byte_pairs()
        weights = datasets.load("scribe")
        assert (merges.shape, len(vocabulary), len(set(vocabulary))) == ((512, 2), 768, 768)
        assert all((pair < 256 + k).all() for k, pair in enumerate(merges))
        assert {b" the", b" and", b" LORD"} <= set(vocabulary)
        assert weights["wte.weight"].shape == (768, 128)
        assert weights["h.3.attn.c_attn.weight"].shape == (128, 384)

    def test_another_name_is_refused(self):
        with pytest.raises(
            ValueError, match=r"there is no network 'yolo' here; there are magika, mtcnn, silero, g2p, scribe"
        ):
            datasets.load("yolo")
        with pytest.raises(ValueError, match=r"the outputs of silero have no names; those of magika and g2p have"):
            datasets.output_names("silero")


class TestFiles:
    def test_digits(self):
        images, labels = datasets.load_digits()
        assert (images.shape, images.dtype, labels.shape, labels.dtype) == ((1797, 8, 8), float, (1797,), np.int64)
        assert (images.min(), images.max()) == (0, 1)
        # UCI's own counts of the digits 0 to 9 in this part of the set.
        assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

    def test_digits_are_scikit_learns(self):
        theirs = pytest.importorskip("sklearn.datasets").load_digits()
        images, labels = datasets.load_digits()
        np.testing.assert_array_equal(images * 16, theirs.images)
        np.testing.assert_array_equal(labels, theirs.target)

    def test_photo(self):
        photo = datasets.load_photo()
        assert (photo.shape, photo.dtype, photo.flags.c_contiguous) == ((3, 160, 240), float, True)
        assert (photo.min(), photo.max()) == (0, 1)

    def test_photo_is_scikit_learns_made_smaller(self):
        sklearn_datasets = pytest.importorskip("sklearn.datasets")
        theirs = sklearn_datasets.load_sample_image("china.jpg")[:426, :639].transpose(2, 0, 1) / 255
        # Means over sixths of the picture: the filter hardly matters, the order of axes and channels does.
        ours = datasets.load_photo().reshape(3, 2, 80, 3, 80).mean(axis=(2, 4))
        np.testing.assert_allclose(ours, theirs.reshape(3, 2, 213, 3, 213).mean(axis=(2, 4)), atol=0.01)

    def test_portrait(self):
        portrait = datasets.load_portrait()
        assert (portrait.shape, portrait.dtype, portrait.flags.c_contiguous) == ((3, 600, 512), float, True)
        assert (portrait.min(), portrait.max()) == (0, 1)

    def test_sunspots(self):
        years, values = datasets.load_sunspots()
        assert (years.dtype, values.dtype, values.shape) == (np.int64, float, (309,))
        np.testing.assert_array_equal(years, np.arange(1700, 2009))
        assert values.min() >= 0
        spectrum = np.abs(np.fft.rfft(values - values.mean()))
        assert len(values) / spectrum.argmax() == pytest.approx(11, abs=0.5)

    def test_text(self):
        text = datasets.load_text()
        assert 50_000 < len(text) < 150_000
        assert text.isascii()
        assert all(character == "\n" or character.isprintable() for character in text)
        genesis, ruth, jonah = text.split("\n\n")
        assert genesis.startswith("In the beginning God created the heaven and the earth.\n")
        assert ruth.startswith("Now it came to pass in the days when the judges ruled")
        assert jonah.endswith("and also much cattle?\n")
        # Verses in Ruth and Jonah.
        assert (len(ruth.splitlines()), len(jonah.splitlines())) == (85, 48)

    def test_loads_are_independent(self):
        first, _ = datasets.load_digits()
        first[:] = -1
        assert datasets.load_digits()[0].min() == 0


class TestWhereFilesAreSought:
    def place(self, folder: Path, text: str) -> None:
        folder.mkdir(parents=True)
        (folder / "kjv.txt").write_text(text)

    def test_variable_comes_first(self, tmp_path, monkeypatch):
        self.place(tmp_path / "chosen", "chosen")
        self.place(tmp_path / "datasets", "course")
        (tmp_path / "course.yml").touch()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("AUTOGRADER_DATASETS", str(tmp_path / "chosen"))
        assert datasets.load_text() == "chosen"

    def test_beside_course_file_of_a_parent(self, tmp_path, monkeypatch):
        self.place(tmp_path / "datasets", "course")
        (tmp_path / "course.yml").touch()
        deep = tmp_path / "exercises" / "18_char_rnn"
        deep.mkdir(parents=True)
        monkeypatch.chdir(deep)
        assert datasets.load_text() == "course"

    def test_folder_without_course_file_is_not_taken(self, tmp_path, monkeypatch):
        self.place(tmp_path / "datasets", "stray")
        monkeypatch.chdir(tmp_path)
        assert datasets.load_text() == (FOLDER / "kjv.txt").read_text()

    def test_course_without_the_file_falls_back_to_the_repository(self, tmp_path, monkeypatch):
        (tmp_path / "course.yml").touch()
        monkeypatch.chdir(tmp_path)
        assert len(datasets.load_sunspots()[0]) == 309

    @pytest.mark.parametrize(
        "load, name",
        [
            (datasets.load_digits, "digits.csv.gz"),
            (datasets.load_photo, "photo.npy"),
            (datasets.load_portrait, "portrait.npy"),
            (datasets.load_sunspots, "sunspots.csv"),
            (datasets.load_text, "kjv.txt"),
        ],
    )
    def test_missing_file_is_named_with_the_place(self, load, name, tmp_path, monkeypatch):
        monkeypatch.setenv("AUTOGRADER_DATASETS", str(tmp_path / "empty"))
        with pytest.raises(FileNotFoundError) as error:
            load()
        assert name in str(error.value)
        assert str(tmp_path / "empty") in str(error.value)

    def test_pickled_photo_is_refused(self, tmp_path, monkeypatch):
        np.save(tmp_path / "photo.npy", np.array([{}], dtype=object), allow_pickle=True)
        monkeypatch.setenv("AUTOGRADER_DATASETS", str(tmp_path))
        with pytest.raises(ValueError, match="allow_pickle=False"):
            datasets.load_photo()


GENERATED = {
    "spirals": lambda rng: datasets.spirals(7, 3, rng),
    "bars": lambda rng: datasets.bars(6, rng),
    "moons": lambda rng: datasets.moons(11, rng),
    "xor": lambda rng: datasets.xor(13, rng),
    "adding_problem": lambda rng: datasets.adding_problem(5, 12, rng),
    "toy_boxes": lambda rng: datasets.toy_boxes(4, (19, 29), rng),
    "reversal_pairs": lambda rng: datasets.reversal_pairs(5, 7, 11, rng),
    "dates": lambda rng: datasets.dates(6, rng),
    "negations": lambda rng: datasets.negations(9, 5, rng),
}


def flat(result) -> np.ndarray:
    """All numbers of a generated set in one row."""
    arrays = [array for part in result for array in (part if isinstance(part, list) else [part])]
    return np.concatenate([array.ravel() for array in arrays])


@pytest.mark.parametrize("generate", GENERATED.values(), ids=GENERATED)
class TestSeeds:
    def test_same_seed_same_set(self, generate):
        first, second = (flat(generate(np.random.default_rng(3))) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_other_seed_other_set(self, generate):
        first, second = (flat(generate(np.random.default_rng(seed))) for seed in (3, 4))
        assert not np.array_equal(first, second)

    def test_global_state_is_left_alone(self, generate):
        before = np.random.get_state()
        generate(np.random.default_rng(3))
        after = np.random.get_state()
        np.testing.assert_array_equal(before[1], after[1])
        assert before[2:] == after[2:]


class TestSpirals:
    def test_shape_and_balance(self, rng):
        x, y = datasets.spirals(40, 3, rng)
        assert (x.shape, x.dtype, y.dtype) == ((120, 2), float, np.int64)
        assert np.bincount(y).tolist() == [40, 40, 40]
        assert np.linalg.norm(x, axis=1).max() <= 1 + 1e-12

    def test_without_noise_angle_follows_radius(self, rng):
        x, y = datasets.spirals(40, 3, rng, noise=0)
        radius = np.hypot(*x.T)
        turned = np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * y / 3 - 4 * (radius - 0.1) / 0.9
        np.testing.assert_allclose(np.cos(turned), 1)

    def test_order_is_random(self, rng):
        _, y = datasets.spirals(40, 3, rng)
        assert set(y[:20].tolist()) == {0, 1, 2}


class TestBars:
    def test_five_pixels_in_the_direction_of_the_class(self, rng):
        images, y = datasets.bars(400, rng, noise=0)
        assert (images.shape, images.dtype, y.dtype) == ((400, 1, 12, 12), float, np.int64)
        steps = {0: [0, 1], 1: [1, 0], 2: [1, 1], 3: [1, -1]}
        for image, label in zip(images[:, 0], y, strict=True):
            places = np.argwhere(image)
            assert np.unique(image[image != 0]).tolist() in ([-1.0], [1.0])
            np.testing.assert_array_equal(np.diff(places, axis=0), [steps[label]] * 4)

    def test_bars_reach_all_sides_and_both_signs(self, rng):
        images, y = datasets.bars(4000, rng, noise=0)
        for label in range(4):
            for sign in (-1, 1):
                seen = (sign * images[y == label, 0] > 0).any(axis=0)
                assert all(edge.any() for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]))


class TestMoons:
    @pytest.mark.parametrize("n, counts", [(100, [50, 50]), (7, [3, 4])])
    def test_shape_and_balance(self, n, counts, rng):
        x, y = datasets.moons(n, rng)
        assert (x.shape, x.dtype, y.dtype) == ((n, 2), float, np.int64)
        assert np.bincount(y).tolist() == counts

    def test_without_noise_same_points_as_scikit_learn(self, rng):
        theirs = pytest.importorskip("sklearn.datasets").make_moons(31, shuffle=False)
        x, y = datasets.moons(31, rng, noise=0)
        ours = sorted(zip(y.tolist(), x.round(9).tolist(), strict=True))
        np.testing.assert_allclose(
            [point for _, point in ours],
            [point for _, point in sorted(zip(theirs[1].tolist(), theirs[0].round(9).tolist(), strict=True))],
        )

    def test_noise_is_the_standard_deviation(self):
        clean, _ = datasets.moons(20_000, np.random.default_rng(1), noise=0)
        noisy, _ = datasets.moons(20_000, np.random.default_rng(1), noise=0.3)
        assert (noisy - clean).std() == pytest.approx(0.3, rel=0.03)


class TestXor:
    def test_labels_and_balance(self, rng):
        x, y = datasets.xor(42, rng, noise=0.05)
        assert (x.shape, x.dtype, y.dtype) == ((42, 2), float, np.int64)
        corner = x.round().astype(int)
        np.testing.assert_array_equal(y, corner[:, 0] != corner[:, 1])
        counts = np.bincount(2 * corner[:, 0] + corner[:, 1])
        assert sorted(counts.tolist()) == [10, 10, 11, 11]


class TestAddingProblem:
    @pytest.mark.parametrize("steps", [2, 3, 12, 25])
    def test_one_mark_in_each_half_and_their_sum(self, steps, rng):
        x, target = datasets.adding_problem(200, steps, rng)
        assert (x.shape, x.dtype, target.shape) == ((200, steps, 2), float, (200,))
        values, marks = x[..., 0], x[..., 1]
        assert set(np.unique(marks)) <= {0, 1}
        np.testing.assert_array_equal(marks[:, : steps // 2].sum(axis=1), 1)
        np.testing.assert_array_equal(marks[:, steps // 2 :].sum(axis=1), 1)
        np.testing.assert_allclose(target, (values * marks).sum(axis=1))
        assert values.min() >= 0
        assert values.max() < 1

    def test_every_step_is_marked_sometimes(self, rng):
        x, _ = datasets.adding_problem(500, 9, rng)
        assert x[..., 1].any(axis=0).all()

    def test_answering_one_costs_a_sixth(self, rng):
        _, target = datasets.adding_problem(50_000, 4, rng)
        assert ((target - 1) ** 2).mean() == pytest.approx(1 / 6, rel=0.03)


class TestToyBoxes:
    @pytest.mark.parametrize("height, width", [(24, 40), (8, 9)])
    def test_boxes_lie_inside_and_tell_what_is_drawn(self, height, width, rng):
        images, boxes, labels = datasets.toy_boxes(60, (height, width), rng)
        assert (images.shape, images.dtype) == ((60, 3, height, width), float)
        assert images.min() >= 0
        assert images.max() <= 1
        assert len(boxes) == len(labels) == 60
        for image, scene_boxes, scene_labels in zip(images, boxes, labels, strict=True):
            assert (scene_boxes.shape, scene_boxes.dtype) == ((len(scene_labels), 4), float)
            assert scene_labels.dtype == np.int64
            assert 1 <= len(scene_labels) <= datasets.MOST_BOXES
            x1, y1, x2, y2 = scene_boxes.T
            assert ((x1 >= 0) & (x1 < x2) & (x2 <= width) & (y1 >= 0) & (y1 < y2) & (y2 <= height)).all()
            drawn = np.zeros(image.shape, dtype=int)
            for (left, top, right, bottom), label in zip(scene_boxes.astype(int), scene_labels, strict=True):
                drawn[label, top:bottom, left:right] += 1
            np.testing.assert_array_equal(drawn, image > 0.5)
            for left, top, right, bottom in scene_boxes.astype(int):
                with_margin = drawn[:, max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
                assert with_margin.sum() == (bottom - top) * (right - left), "rectangles overlap or touch"

    def test_all_counts_and_classes_occur(self, rng):
        _, _, labels = datasets.toy_boxes(60, (24, 40), rng)
        assert {len(scene) for scene in labels} == {1, 2, 3}
        assert set(np.concatenate(labels).tolist()) == set(range(len(datasets.BOX_CLASSES)))


class TestReversalPairs:
    def test_target_is_source_reversed(self, rng):
        source, target = datasets.reversal_pairs(30, 7, 5, rng)
        assert (source.shape, source.dtype, target.dtype) == ((30, 7), np.int64, np.int64)
        np.testing.assert_array_equal(target, np.flip(source, axis=1))
        assert set(source.ravel().tolist()) == set(range(5))

    def test_source_and_target_share_no_memory(self, rng):
        source, target = datasets.reversal_pairs(3, 4, 5, rng)
        assert not np.shares_memory(source, target)


class TestDates:
    def test_words_and_figures_mean_the_same_day(self, rng):
        source, lengths, target = datasets.dates(3000, rng)
        orders = set()
        for row, length, symbols in zip(source, lengths, target, strict=True):
            assert (row[:length] > 0).all()
            assert (row[length:] == 0).all()
            words = [datasets.DATE_WORDS[k] for k in row[:length]]
            written = [datasets.DATE_SYMBOLS[k] for k in symbols]
            assert (written[0], written[-1]) == ("start", "end")
            assert "".join(written[1:-1]) == read_aloud(words)
            orders.add(words[0] == "the")
        assert orders == {True, False}
        assert set(source.ravel().tolist()) == set(range(len(datasets.DATE_WORDS)))
        assert set(target.ravel().tolist()) == set(range(1, len(datasets.DATE_SYMBOLS)))


SMALL = """oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen"""
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
MONTHS = list(calendar.month_name)


def value(word: str) -> int:
    """Of a number in words, cardinal or ordinal."""
    irregular = {"first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight", "ninth": "nine"}
    plain = irregular | {"twelfth": "twelve", "twentieth": "twenty", "thirtieth": "thirty", "hundred": "oh"}
    word = plain.get(word, word.removesuffix("th"))
    return SMALL.split().index(word) if word in SMALL.split() else 10 * TENS.split().index(word) + 20


def read_aloud(words: list[str]) -> str:
    """What a date in words is in figures, by a reader of its own."""
    (month,) = (k for k, word in enumerate(words) if word.capitalize() in MONTHS)
    if words[0] == "the":
        day, year = words[1 : month - 1], words[month + 1 :]
    else:
        end = 3 if words[1] in TENS.split() else 2
        day, year = words[1:end], words[end:]
    hundreds, *rest = map(value, year)
    return f"{100 * hundreds + sum(rest)}-{MONTHS.index(words[month].capitalize()):02d}-{sum(map(value, day)):02d}"


class TestNegations:
    def test_each_not_turns_the_label_over(self, rng):
        heights = set()
        for words, tree, labels in zip(*datasets.negations(300, 4, rng), strict=True):
            texts = [(datasets.NEGATION_WORDS[k],) for k in words]
            texts += [()] * len(tree)
            for node, (left, right) in enumerate(tree, len(words)):
                assert max(left, right) < node
                texts[node] = texts[left] + texts[right]
            assert texts[-1] == tuple(datasets.NEGATION_WORDS[k] for k in words)
            for text, label in zip(texts, labels, strict=True):
                good = (text[-1] in ("good", "fine")) ^ (text.count("not") % 2 == 1)
                assert label == (-1 if text[-1] in ("not", "very") else good)
            assert {each.dtype for each in (words, tree, labels)} == {np.dtype(np.int64)}
            heights.add(len(tree))
        assert heights == {0, 1, 2, 3, 4}

    def test_all_words_occur(self, rng):
        words, _, _ = datasets.negations(200, 3, rng)
        assert set(np.concatenate(words).tolist()) == set(range(len(datasets.NEGATION_WORDS)))


@pytest.mark.parametrize(
    "call, argument",
    [
        (lambda rng: datasets.spirals(0, 3, rng), "n_per_class"),
        (lambda rng: datasets.spirals(5, 0, rng), "classes"),
        (lambda rng: datasets.spirals(5, 3, rng, noise=-0.1), "noise"),
        (lambda rng: datasets.bars(0, rng), "n"),
        (lambda rng: datasets.bars(5, rng, noise=-0.1), "noise"),
        (lambda rng: datasets.moons(1, rng), "n"),
        (lambda rng: datasets.moons(5, rng, noise=float("nan")), "noise"),
        (lambda rng: datasets.xor(0, rng), "n"),
        (lambda rng: datasets.xor(5, rng, noise=-1), "noise"),
        (lambda rng: datasets.adding_problem(0, 5, rng), "n"),
        (lambda rng: datasets.adding_problem(5, 1, rng), "steps"),
        (lambda rng: datasets.toy_boxes(0, (9, 9), rng), "n"),
        (lambda rng: datasets.toy_boxes(1, (7, 9), rng), "height"),
        (lambda rng: datasets.toy_boxes(1, (9, 7), rng), "width"),
        (lambda rng: datasets.reversal_pairs(1, 0, 5, rng), "length"),
        (lambda rng: datasets.reversal_pairs(1, 5, 0, rng), "vocabulary"),
        (lambda rng: datasets.dates(0, rng), "n"),
        (lambda rng: datasets.negations(0, 5, rng), "n"),
        (lambda rng: datasets.negations(1, 0, rng), "height"),
    ],
)
def test_bad_sizes_are_refused_by_name(call, argument, rng):
    with pytest.raises(ValueError, match=f"^{argument} must be at least"):
        call(rng)


def test_doctests():
    result = doctest.testmod(datasets)
    assert result.failed == 0
    assert result.attempted >= 10
