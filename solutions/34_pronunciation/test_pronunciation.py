"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN2 = np.log(2.0)


@pytest.mark.exercise("letter_ids")
def test_letters_by_hand(student):
    # a is 3, b is 4, c is 5; the capital counts as a small one; the hyphen is no letter (1); the end is 2.
    assert_close(student.letter_ids("Ca-b"), np.array([5, 3, 1, 4, 2]), name="ids")


def counting():
    """A GRU of one unit for reading, one for speaking, five sounds.

    The gates hear nothing: r is 1, by its bias of 50, and z is 1/2. So each step takes the mean of the state and of the candidate
    n = tanh(...).
    """
    enc_emb = np.zeros((29, 1))
    enc_emb[2], enc_emb[3], enc_emb[4] = LN2, -LN2, 0.0  # the end, a, b
    return {
        "enc_emb": enc_emb,
        "enc_w_ih": np.array([[0.0], [0.0], [1.0]]),
        "enc_w_hh": np.zeros((3, 1)),
        "enc_b_ih": np.array([50.0, 0.0, 0.0]),
        "enc_b_hh": np.zeros(3),
        "dec_emb": np.array([[0.0], [0.0], [-LN2], [0.0], [LN2]]),  # START, and sound 4
        "dec_w_ih": np.array([[0.0], [0.0], [-1.0]]),
        "dec_w_hh": np.zeros((3, 1)),
        "dec_b_ih": np.array([50.0, 0.0, 0.0]),
        "dec_b_hh": np.zeros(3),
        "fc_w": np.array([[0.0], [0.0], [0.0], [-10.0], [10.0]]),
        "fc_b": np.array([0.0, 0.0, 0.0, 1.0, 2.0]),
    }


@pytest.mark.exercise("read_word")
def test_read_by_hand(student):
    # tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 0.6. From 0: "a" gives (0 - 0.6) / 2 = -0.3, "b" half of it, -0.15, and the end
    # (-0.15 + 0.6) / 2 = 0.225.
    assert_close(student.read_word(np.array([3, 4, 2]), counting()), np.array([[0.225]]), name="h")


@pytest.mark.exercise("next_sound")
def test_next_by_hand(student):
    # START (2) gives n = tanh(-1 * -ln 2) = 0.6; (0.2 + 0.6) / 2 = 0.4. Times 0, 0, 0, -10, 10, plus 0, 0, 0, 1, 2.
    logits, h = student.next_sound(2, np.array([[0.2]]), counting())
    assert_close(h, np.array([[0.4]]), name="h")
    assert_close(logits, np.array([0.0, 0.0, 0.0, -3.0, 6.0]), name="logits")


@pytest.mark.exercise("next_sound")
def test_next_after_a_sound(student):
    # Sound 4 gives n = -0.6; (0.2 - 0.6) / 2 = -0.2. Times 0, 0, 0, -10, 10, plus 0, 0, 0, 1, 2.
    logits, h = student.next_sound(4, np.array([[0.2]]), counting())
    assert_close(h, np.array([[-0.2]]), name="h")
    assert_close(logits, np.array([0.0, 0.0, 0.0, 3.0, 0.0]), name="logits")


@pytest.mark.exercise("pronounce")
def test_pronounce_by_hand(student):
    # "a" leaves (-0.3 + 0.6) / 2 = 0.15 (as in test_read_by_hand). Then START: (0.15 + 0.6) / 2 = 0.375, and 5.75 for sound 4
    # is the most. Sound 4: (0.375 - 0.6) / 2 = -0.1125: 0.875 for sound 4, 2.125 for END. It is over: one sound.
    assert list(student.pronounce("a", counting())) == [4]


@pytest.mark.exercise("pronounce")
def test_pronounce_begins_where_the_reader_ends(student):
    # As above 0.375 after START: 1 - 3.75 for END, -5.8 + 3.75 for sound 4, which is a little more. From 0, or with another
    # beginning than START, END would be more.
    params = counting() | {"fc_b": np.array([-9.0, -9.0, -9.0, 1.0, -5.8])}
    assert list(student.pronounce("a", params)) == [4]


@pytest.mark.exercise("pronounce")
def test_pronounce_the_first_of_equal_ones(student):
    params = fixed() | {"fc_b": np.array([0.0, 5.0, 0.0, 0.0, 5.0])}
    assert list(student.pronounce("a", params, 2)) == [1, 1]


@pytest.mark.exercise("pronounce")
def test_pronounce_stops_at_its_limit(student):
    # Whatever comes, sound 4 is the most probable.
    params = counting() | {"fc_b": np.array([0.0, 0.0, 0.0, 0.0, 99.0])}
    assert list(student.pronounce("ab", params, 3)) == [4, 4, 4]


def fixed():
    """Whatever was said, the five symbols have 1, 1, 1, 3 and 4 tenths."""
    return counting() | {"fc_w": np.zeros((5, 1)), "fc_b": np.log(np.array([0.1, 0.1, 0.1, 0.3, 0.4]))}


@pytest.mark.exercise("beam_search")
def test_beam_by_hand(student):
    # Step 1, two are kept: [4] with 0.4, open, and [] with 0.3, finished by END. Step 2 from [4]: [4, 4] with 0.16, and [4]
    # and END with 0.12. The limit is 2, so [4, 4] counts as it is. The two best of three: [] with 0.3 and [4, 4] with 0.16.
    found = student.beam_search("a", fixed(), 2, 2)
    assert [list(sounds) for _, sounds in found] == [[], [4, 4]]
    assert_close(np.array([chance for chance, _ in found]), np.log([0.3, 0.16]), name="log-probabilities")


@pytest.mark.exercise("beam_search")
def test_width_one_is_greedy(student):
    # The most probable at each step: 4, 4, 4, with 0.4 each.
    ((chance, sounds),) = student.beam_search("a", fixed(), 1, 3)
    assert list(sounds) == [4, 4, 4]
    assert_close(chance, 3 * np.log(0.4), name="log-probability")


@pytest.mark.exercise("beam_search")
def test_scores_are_made_probabilities(student):
    # 5 more for each of the scores changes no probability.
    params = fixed() | {"fc_b": np.log(np.array([0.1, 0.1, 0.1, 0.3, 0.4])) + 5}
    ((chance, sounds),) = student.beam_search("a", params, 1, 3)
    assert list(sounds) == [4, 4, 4]
    assert_close(chance, 3 * np.log(0.4), name="log-probability")


@pytest.mark.exercise("edit_distance")
def test_edits_by_hand(student):
    # One is replaced (2 by 5) and one is put in (4).
    assert student.edit_distance([1, 2, 3], [1, 5, 3, 4]) == 2


@pytest.mark.exercise("edit_distance")
def test_moved_by_one(student):
    # Place by place all four differ; but one left out in front and one put in behind will do.
    assert student.edit_distance([1, 2, 3, 4], [2, 3, 4, 5]) == 2


@pytest.mark.exercise("edit_distance")
def test_put_in_front_and_changed_places(student):
    # Two are put in before the 1. Neighbours that change places are two edits: one is left out, and put in again.
    assert student.edit_distance([1], [7, 8, 1]) == 2
    assert student.edit_distance([1, 2], [2, 1]) == 2


@pytest.mark.exercise("sound_error_rate")
def test_rate_by_hand(student):
    # 1 wrong of 4 and 2 of 2 (two are missing): 3 of 6 in all. The mean of 1/4 and 1 would be 0.625.
    rate = student.sound_error_rate([[1, 2, 3, 9], []], [[1, 2, 3, 4], [5, 6]])
    assert_close(rate, 0.5, name="rate")


@pytest.mark.exercise("sound_error_rate")
def test_rate_above_one(student):
    # One right sound, and three wrong ones: 3 of 1.
    assert_close(student.sound_error_rate([[1, 2, 3]], [[9]]), 3.0, name="rate")


@pytest.mark.exercise("align")
def test_align_by_hand(student):
    # "ab" with sounds 0, 1, 2: the table is a: 1 1 5, b: 5 4 1. (0, 0) 1, then sound 1 for a as well 1, then both on 1: 3 in all.
    costs = np.full((29, 3), 9.0)
    costs[3], costs[4] = [1.0, 1.0, 5.0], [5.0, 4.0, 1.0]
    assert [tuple(pair) for pair in student.align("ab", [0, 1, 2], costs)] == [(0, 0), (0, 1), (1, 2)]


@pytest.mark.exercise("align")
def test_align_looks_at_the_whole(student):
    # a: 1 2 9, b: 1.5 9 1. From (0, 0) the step to (1, 0) is the cheapest, but leads through the 9. By (0, 1) it is 1 + 2 + 1.
    costs = np.full((29, 3), 9.0)
    costs[3], costs[4] = [1.0, 2.0, 9.0], [1.5, 9.0, 1.0]
    assert [tuple(pair) for pair in student.align("ab", [0, 1, 2], costs)] == [(0, 0), (0, 1), (1, 2)]
    # Where nothing costs anything, both come on at once.
    assert [tuple(pair) for pair in student.align("ab", [0, 1], np.zeros((29, 3)))] == [(0, 0), (1, 1)]
