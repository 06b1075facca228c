"""Hidden checks: small random GRUs of odd sizes against the reference, the published one on words, manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, cast, datasets

SOUNDS = datasets.output_names("g2p")
# What the package's own code says of them with its own weights, and how probable its first sound is.
STORED = {
    "knight": ("N AY1 T", 0.99934),
    "activationist": ("AE2 K T IH0 V EY1 SH AH0 N IH0 S T", 0.65883),
    "pytorch": ("P IH1 T ER0 K", 1.0),
    "zzyzx": ("Z IH1 K S T", 0.99998),
}


def network(rng, sounds=7, d=3, h=5, scale=0.8):
    params = {"enc_emb": rng.normal(size=(29, d)), "dec_emb": rng.normal(size=(sounds, d))}
    for part in ("enc", "dec"):
        shapes = {"w_ih": (3 * h, d), "w_hh": (3 * h, h), "b_ih": (3 * h,), "b_hh": (3 * h,)}
        params |= {f"{part}_{name}": rng.normal(scale=scale, size=shape) for name, shape in shapes.items()}
    return params | {"fc_w": rng.normal(size=(sounds, h)), "fc_b": rng.normal(size=sounds)}


def some_word(rng, n):
    return bytes(rng.integers(97, 123, size=n).tolist()).decode()


def talkative(rng, **sizes):
    """A network that seldom says END."""
    params = network(rng, **sizes)
    params["fc_b"][3] = -4.0
    return params


@pytest.mark.exercise("letter_ids")
class TestLetters:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [1, 8])
    def test_values(self, student, reference, rng, n):
        word = some_word(rng, n)
        assert_close(student.letter_ids(word), reference.letter_ids(word), name="ids")

    def test_the_whole_alphabet(self, student, reference, rng):
        word = "".join(rng.permutation(list("abcdefghijklmnopqrstuvwxyz")))
        assert_close(student.letter_ids(word), reference.letter_ids(word), name="ids")

    def test_capitals(self, student, reference, rng):
        word = some_word(rng, 3).upper() + some_word(rng, 3)
        assert_close(student.letter_ids(word), reference.letter_ids(word), name="ids")

    @pytest.mark.parametrize("other", ["'", "7", "\u00e9", " ", "`", "{"])
    def test_no_letter(self, student, reference, rng, other):
        word = some_word(rng, 2) + other + some_word(rng, 3)
        assert_close(student.letter_ids(word), reference.letter_ids(word), name="ids")

    @pytest.mark.weight(0.5)
    def test_nothing(self, student):
        assert_close(student.letter_ids(""), np.array([2]), name="ids")

    @pytest.mark.after("test_values")
    def test_are_ints(self, student, rng):
        assert_dtype(student.letter_ids(some_word(rng, 4)), "int64", "ids")


@pytest.mark.exercise("read_word")
class TestRead:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, d, h", [(1, 3, 5), (6, 5, 3), (9, 4, 4)])
    def test_values(self, student, reference, rng, t, d, h):
        ids, params = rng.integers(0, 29, size=t), network(rng, d=d, h=h)
        assert_close(student.read_word(ids, params), reference.read_word(ids, params), name="h")

    @pytest.mark.weight(2)
    def test_published_weights(self, student, reference, rng):
        ids, params = reference.letter_ids(str(rng.choice(["though", "through", "thorough"]))), datasets.load("g2p")
        expected = reference.read_word(ids, params)
        assert_close(student.read_word(ids, params), expected, rtol=1e-4, atol=1e-4, name="h")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        ids, params = rng.integers(0, 29, size=4), network(rng)
        assert_inputs_unchanged(student.read_word, ids, params)
        assert_dtype(student.read_word(ids, cast(params, np.float32)), "float32", "h")


@pytest.mark.exercise("next_sound")
class TestNext:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("sounds, d, h", [(7, 3, 5), (5, 6, 3), (9, 4, 4)])
    def test_values(self, student, reference, rng, sounds, d, h):
        params, state, previous = network(rng, sounds, d, h), rng.normal(size=(1, h)), int(rng.integers(sounds))
        logits, after = student.next_sound(previous, state, params)
        expected, their_state = reference.next_sound(previous, state, params)
        assert_close(logits, expected, name="logits")
        assert_close(after, their_state, name="h")

    @pytest.mark.weight(2)
    def test_published_weights(self, student, reference, rng):
        params = datasets.load("g2p")
        state, previous = rng.uniform(-1, 1, size=(1, 256)).astype(np.float32), int(rng.integers(4, 74))
        logits, _ = student.next_sound(previous, state, params)
        assert_close(logits, reference.next_sound(previous, state, params)[0], rtol=1e-4, atol=1e-4, name="logits")

    @pytest.mark.parametrize("word", ["knight", "activationist"])
    def test_as_sure_as_the_package(self, student, reference, word):
        params = datasets.load("g2p")
        logits, _ = student.next_sound(2, reference.read_word(reference.letter_ids(word), params), params)
        powers = np.exp(logits - np.max(logits))
        assert SOUNDS[int(np.argmax(logits))] == STORED[word][0].split()[0]
        assert_close(powers.max() / powers.sum(), STORED[word][1], atol=1e-3, name="probability of the first sound")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        params, state = network(rng), rng.normal(size=(1, 5))
        assert_inputs_unchanged(student.next_sound, 4, state, params)
        logits, _ = student.next_sound(4, *cast((state, params), np.float32))
        assert_dtype(logits, "float32", "logits")


@pytest.mark.exercise("pronounce")
class TestPronounce:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, limit", [(3, 20), (5, 20), (4, 6)])
    def test_values(self, student, reference, rng, n, limit):
        word, params = some_word(rng, n), network(rng)
        params["fc_b"][3] = -1.0
        said = student.pronounce(word, params, limit)
        assert_close(np.array(said), np.array(reference.pronounce(word, params, limit)), name="sounds")

    def test_twenty_and_no_more(self, student, reference, rng):
        word, params = some_word(rng, 4), talkative(rng)
        params["fc_b"][3] = -50.0
        assert_close(
            np.array(student.pronounce(word, params)), np.array(reference.pronounce(word, params)), name="sounds"
        )

    def test_at_once_at_its_end(self, student, rng):
        params = network(rng)
        params["fc_b"][3] = 50.0
        assert len(student.pronounce(some_word(rng, 4), params)) == 0

    @pytest.mark.weight(0.5)
    def test_the_first_of_equal_ones(self, student, rng):
        params = network(rng)
        params["fc_w"] = np.zeros((7, 5))
        params["fc_b"] = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0])
        assert_close(np.array(student.pronounce(some_word(rng, 2), params, 3)), np.array([5, 5, 5]), name="sounds")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("word", list(STORED))
    def test_says_what_the_package_says(self, student, word):
        said = " ".join(SOUNDS[int(k)] for k in student.pronounce(word, datasets.load("g2p")))
        assert said == STORED[word][0]

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        assert_inputs_unchanged(student.pronounce, some_word(rng, 3), network(rng), 3)


def same_beams(found, expected):
    assert [list(sounds) for _, sounds in found] == [list(sounds) for _, sounds in expected]
    assert_close(
        np.array([chance for chance, _ in found]),
        np.array([chance for chance, _ in expected]),
        name="log-probabilities",
    )


@pytest.mark.exercise("beam_search")
class TestBeam:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, width, limit", [(3, 2, 4), (4, 3, 5), (2, 5, 3)])
    def test_values(self, student, reference, rng, n, width, limit):
        word, params = some_word(rng, n), network(rng)
        same_beams(student.beam_search(word, params, width, limit), reference.beam_search(word, params, width, limit))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("width", [2, 4])
    def test_that_seldom_end(self, student, reference, rng, width):
        word, params = some_word(rng, 3), talkative(rng)
        same_beams(student.beam_search(word, params, width, 5), reference.beam_search(word, params, width, 5))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("width", [2, 3])
    def test_that_often_end(self, student, reference, rng, width):
        word, params = some_word(rng, 3), network(rng, scale=0.4)
        params["fc_b"][3] = params["fc_b"].max() + 0.5
        same_beams(student.beam_search(word, params, width, 6), reference.beam_search(word, params, width, 6))

    def test_width_one(self, student, reference, rng):
        word, params = some_word(rng, 4), network(rng)
        same_beams(student.beam_search(word, params, 1, 6), reference.beam_search(word, params, 1, 6))

    def test_wider_than_there_are_sounds(self, student, reference, rng):
        word, params = some_word(rng, 2), network(rng, sounds=5)
        same_beams(student.beam_search(word, params, 9, 2), reference.beam_search(word, params, 9, 2))

    def test_five_and_twenty_unless_told(self, student, reference, rng):
        word, params = some_word(rng, 2), network(rng, sounds=5, d=2, h=3)
        params["fc_b"][3] = -30.0
        same_beams(student.beam_search(word, params), reference.beam_search(word, params))

    def test_very_unlikely_ones(self, student, reference, rng):
        """Their probabilities are no numbers above 0 any more; the logarithms are."""
        word, params = some_word(rng, 3), network(rng)
        params["fc_w"], params["fc_b"] = 200 * params["fc_w"], np.array([0.0, 0.0, 0.0, -2000.0, 3.0, 2.0, 1.0])
        same_beams(student.beam_search(word, params, 3, 4), reference.beam_search(word, params, 3, 4))

    @pytest.mark.weight(2)
    def test_the_published_network(self, student, reference):
        params = datasets.load("g2p")
        found, expected = student.beam_search("knight", params, 2, 8), reference.beam_search("knight", params, 2, 8)
        assert [list(sounds) for _, sounds in found] == [list(sounds) for _, sounds in expected]
        assert_close(found[0][0], expected[0][0], rtol=1e-3, atol=1e-4, name="log-probability of the best")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        assert_inputs_unchanged(student.beam_search, some_word(rng, 2), network(rng), 2, 2)

    @pytest.mark.after("test_values")
    def test_width_is_one_or_more(self, student, rng):
        assert_refuses(student.beam_search, "width", "a", network(rng), 0)


@pytest.mark.exercise("edit_distance")
class TestEdits:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, m, sounds", [(5, 5, 3), (8, 4, 3), (3, 9, 4), (12, 12, 2), (7, 8, 9)])
    def test_values(self, student, reference, rng, n, m, sounds):
        a, b = rng.integers(sounds, size=n).tolist(), rng.integers(sounds, size=m).tolist()
        assert student.edit_distance(a, b) == reference.edit_distance(a, b)

    def test_few_changes(self, student, reference, rng):
        a = rng.integers(50, size=15).tolist()
        b = list(a)
        del b[int(rng.integers(15))]
        b.insert(int(rng.integers(14)), 77)
        b[int(rng.integers(15))] = 88
        assert student.edit_distance(a, b) == reference.edit_distance(a, b)

    def test_nothing_or_the_same(self, student):
        found = [student.edit_distance(a, b) for a, b in (([], [1, 2, 3]), ([4, 5], []), ([], []), ([1, 2], [1, 2]))]
        assert found == [3, 2, 0, 0]

    def test_letters(self, student, reference, rng):
        a, b = (
            str(each) for each in rng.choice(["sunday", "saturday", "kitten", "sitting", "astray"], 2, replace=False)
        )
        assert student.edit_distance(a, b) == reference.edit_distance(a, b)

    @pytest.mark.after("test_values")
    def test_manners(self, student):
        assert_inputs_unchanged(student.edit_distance, [1, 2, 3], [2, 3])


@pytest.mark.exercise("sound_error_rate")
class TestRate:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("words", [1, 4, 9])
    def test_values(self, student, reference, rng, words):
        found = [rng.integers(3, size=rng.integers(0, 8)).tolist() for _ in range(words)]
        right = [rng.integers(3, size=rng.integers(1, 8)).tolist() for _ in range(words)]
        assert_close(student.sound_error_rate(found, right), reference.sound_error_rate(found, right), name="rate")

    def test_far_too_much(self, student, reference, rng):
        found, right = [rng.integers(4, size=9).tolist()], [rng.integers(4, size=2).tolist()]
        assert_close(student.sound_error_rate(found, right), reference.sound_error_rate(found, right), name="rate")

    @pytest.mark.after("test_values")
    def test_all_right(self, student, rng):
        right = [rng.integers(4, size=5).tolist(), [1]]
        assert_close(student.sound_error_rate(right, right), 0.0, name="rate")

    @pytest.mark.after("test_values")
    def test_as_many(self, student):
        assert_refuses(student.sound_error_rate, "found", [[1]], [[1], [2]])


def same_path(found, expected):
    assert_close(np.array(found).reshape(-1, 2), np.array(expected).reshape(-1, 2), name="path")


@pytest.mark.exercise("align")
class TestAlign:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, m", [(4, 4), (7, 4), (3, 6), (8, 7)])
    def test_values(self, student, reference, rng, n, m):
        word, sounds, costs = some_word(rng, n), rng.integers(9, size=m).tolist(), rng.random((29, 9))
        same_path(student.align(word, sounds, costs), reference.align(word, sounds, costs))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, m", [(6, 3), (3, 5)])
    def test_costs_below_zero(self, student, reference, rng, n, m):
        """Then a detour pays."""
        word, sounds, costs = some_word(rng, n), rng.integers(9, size=m).tolist(), -rng.random((29, 9))
        same_path(student.align(word, sounds, costs), reference.align(word, sounds, costs))

    @pytest.mark.parametrize("n, m", [(1, 1), (1, 4), (5, 1)])
    def test_one_of_either(self, student, reference, rng, n, m):
        word, sounds, costs = some_word(rng, n), rng.integers(9, size=m).tolist(), rng.random((29, 9))
        same_path(student.align(word, sounds, costs), reference.align(word, sounds, costs))

    def test_equally_cheap(self, student, reference, rng):
        word, sounds = some_word(rng, 5), rng.integers(9, size=3).tolist()
        same_path(student.align(word, sounds, np.ones((29, 9))), reference.align(word, sounds, np.ones((29, 9))))
        same_path(student.align(word, sounds, np.zeros((29, 9))), reference.align(word, sounds, np.zeros((29, 9))))

    @pytest.mark.parametrize("n", [5, 6])
    def test_equally_cheap_detours(self, student, reference, rng, n):
        word, sounds, costs = (
            some_word(rng, n),
            rng.integers(9, size=5).tolist(),
            -rng.integers(0, 2, (29, 9)).astype(float),
        )
        same_path(student.align(word, sounds, costs), reference.align(word, sounds, costs))

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        assert_inputs_unchanged(student.align, some_word(rng, 3), [1, 2], rng.random((29, 9)))

    @pytest.mark.after("test_values")
    @pytest.mark.parametrize("word, sounds, named", [("", [1], "word"), ("ab", [], "sounds")])
    def test_none(self, student, rng, word, sounds, named):
        assert_refuses(student.align, named, word, sounds, rng.random((29, 9)))
