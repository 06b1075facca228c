"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN3 = np.log(3.0)


@pytest.mark.exercise("byte_pairs")
def test_pairs_by_hand(student):
    # "banana" is 98 97 110 97 110 97. "an" (97, 110) becomes 256: 98 256 256 97. Then "b" and "an" (98, 256) become 257.
    merges = np.array([[97, 110], [98, 256]])
    assert_close(student.byte_pairs("banana", merges), np.array([257, 256, 97]), name="ids")


@pytest.mark.exercise("byte_pairs")
def test_the_first_merge_goes_first(student):
    # In "abc", "bc" was learnt before "ab": it takes the b, and nothing is left for "ab".
    merges = np.array([[98, 99], [97, 98]])
    assert_close(student.byte_pairs("abc", merges), np.array([97, 256]), name="ids")


@pytest.mark.exercise("byte_pairs")
def test_pairs_are_taken_from_the_left(student):
    # Of a a a the first two become 256, and one is left.
    assert_close(student.byte_pairs("aaa", np.array([[97, 97]])), np.array([256, 97]), name="ids")


@pytest.mark.exercise("byte_pairs")
def test_pairs_of_bytes(student):
    # An e with an accent is the two bytes 195 and 169.
    assert_close(student.byte_pairs("\u00e9!", np.array([[97, 97]])), np.array([195, 169, 33]), name="ids")


@pytest.mark.exercise("join")
def test_join_by_hand(student):
    # The two bytes of an e with an accent lie in two tokens.
    assert student.join(np.array([0, 2, 1]), [b"caf\xc3", b"!", b"\xa9"]) == "caf\u00e9!"


@pytest.mark.exercise("join")
def test_join_half_a_character(student):
    assert student.join(np.array([0, 1]), [b"caf\xc3", b"!"]) == "caf\ufffd!"


@pytest.mark.exercise("layer_norm")
def test_norm_by_hand(student):
    # 1, 5, 3: mean 3, variance (4 + 4 + 0) / 3 = 8/3. With eps = 4/3 the root is 2: -1, 1, 0. The second token is constant.
    x = np.array([[1.0, 5.0, 3.0], [7.0, 7.0, 7.0]])
    out = student.layer_norm(x, np.array([1.0, 2.0, 3.0]), np.array([0.0, 10.0, 20.0]), 4 / 3)
    assert_close(out, np.array([[-1.0, 12.0, 20.0], [0.0, 10.0, 20.0]]))


def quiet(d, hidden):
    """A block that adds nothing: every weight is 0, but for the normalizations' 1."""
    return {
        "ln_1.weight": np.ones(d),
        "ln_1.bias": np.zeros(d),
        "attn.c_attn.weight": np.zeros((d, 3 * d)),
        "attn.c_attn.bias": np.zeros(3 * d),
        "attn.c_proj.weight": np.zeros((d, d)),
        "attn.c_proj.bias": np.zeros(d),
        "ln_2.weight": np.ones(d),
        "ln_2.bias": np.zeros(d),
        "mlp.c_fc.weight": np.zeros((d, hidden)),
        "mlp.c_fc.bias": np.zeros(hidden),
        "mlp.c_proj.weight": np.zeros((hidden, d)),
        "mlp.c_proj.bias": np.zeros(d),
    }


def looking_back():
    """Queries and keys are 0, so that all tokens count alike; feature j of the values is 10 or 100 times feature j of ln_1(x)."""
    weights = quiet(2, 3)
    weights["attn.c_attn.weight"][:, 4:] = [[10.0, 0.0], [0.0, 100.0]]
    weights["attn.c_proj.weight"] = np.eye(2)
    return weights


@pytest.mark.exercise("block")
def test_block_by_hand(student):
    # ln_1 makes 1, 3 to -1, 1 and 3, 1 to 1, -1: the values are -10, 100 and 10, -100. Token 0 sees only itself, token 1 the mean
    # of both, which is 0. Two heads, one feature each. The small network gives 0.
    x = np.array([[1.0, 3.0], [3.0, 1.0]])
    out, _ = student.block(x, looking_back(), None, 2)
    assert_close(out, np.array([[-9.0, 103.0], [3.0, 1.0]]), atol=1e-3)


@pytest.mark.exercise("block")
def test_two_heads_of_two_features(student):
    # ln_1 makes -1, 1, -1, 1 and 1, -1, 1, -1. The values are 10, 20, 30 and 40 times that. Head 0 has no queries: token 1
    # sees the mean of both, 0. Head 1, features 2 and 3, asks for a key above 0 in feature 2, which is token 1's: it sees itself.
    weights = quiet(4, 3)
    weights["attn.c_attn.bias"][2] = 20.0
    weights["attn.c_attn.weight"][0, 4 + 2] = 1.0
    weights["attn.c_attn.weight"][:, 8:] = np.diag([10.0, 20.0, 30.0, 40.0])
    weights["attn.c_proj.weight"] = np.eye(4)
    out, _ = student.block(np.array([[1.0, 3.0, 1.0, 3.0], [3.0, 1.0, 3.0, 1.0]]), weights, None, 2)
    assert_close(out, np.array([[-9.0, 23.0, -29.0, 43.0], [3.0, 1.0, 33.0, -39.0]]), atol=1e-3)


@pytest.mark.exercise("block")
def test_small_network_by_hand(student):
    # No attention. ln_2 makes 1, 3 to -1, 1. c_fc: 20 * 1 = 20, then gelu(20) = 20; half of it is added to feature 0.
    weights = quiet(2, 3)
    weights["mlp.c_fc.weight"][1, 2] = 20.0
    weights["mlp.c_proj.weight"][2, 0] = 0.5
    out, _ = student.block(np.array([[1.0, 3.0]]), weights, None, 1)
    assert_close(out, np.array([[11.0, 3.0]]), atol=1e-3)


@pytest.mark.exercise("block")
def test_small_network_below_zero(student):
    # c_fc: 1 * -1, and gelu(-1) = 0.5 * -1 * (1 - 0.682384) = -0.158808; ten times that is added to feature 0.
    weights = quiet(2, 3)
    weights["mlp.c_fc.weight"][0, 2] = 1.0
    weights["mlp.c_proj.weight"][2, 0] = 10.0
    out, _ = student.block(np.array([[1.0, 3.0]]), weights, None, 1)
    assert_close(out, np.array([[1.0 - 1.58808, 3.0]]), atol=1e-3)


@pytest.mark.exercise("block")
def test_heads_go_through_a_square_matrix(student):
    # Values as in test_block_by_hand, -10 and 100. c_proj is (in, out): the first value goes to the second feature.
    weights = looking_back() | {"attn.c_proj.weight": np.array([[0.0, 1.0], [0.0, 0.0]])}
    out, _ = student.block(np.array([[1.0, 3.0]]), weights, None, 2)
    assert_close(out, np.array([[1.0, -7.0]]), atol=1e-3)


@pytest.mark.exercise("block")
def test_a_token_that_comes_later(student):
    # As in test_block_by_hand, but token 1 comes alone, after a cache that holds token 0: the same result.
    _, cache = student.block(np.array([[1.0, 3.0]]), looking_back(), None, 2)
    out, cache = student.block(np.array([[3.0, 1.0]]), looking_back(), cache, 2)
    assert_close(out, np.array([[3.0, 1.0]]), atol=1e-3)
    assert_close(
        cache[1], np.array([[[-10.0], [10.0]], [[100.0], [-100.0]]]), atol=1e-2, name="the values in the cache"
    )


def tiny():
    """Three tokens, two features, four places, one block that adds nothing."""
    weights = {f"h.0.{name}": array for name, array in quiet(2, 3).items()}
    weights["wte.weight"] = np.array([[4.0, 0.0], [0.0, 4.0], [-1.0, 1.0]])
    weights["wpe.weight"] = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [0.0, 9.0]])
    return weights | {"ln_f.weight": np.array([1.0, 2.0]), "ln_f.bias": np.array([0.0, 1.0])}


@pytest.mark.exercise("next_logits")
def test_logits_by_hand(student):
    # Token 0 in place 0 is 4, 0; normalized 1, -1; times 1, 2 plus 0, 1: 1, -1. Times the three rows: 4, -4, -2.
    # Token 0 in place 1 is 4, 9; normalized -1, 1; then -1, 3: -4, 12, 4.
    logits, _ = student.next_logits(np.array([0, 0]), tiny(), None, 1)
    assert_close(logits, np.array([[4.0, -4.0, -2.0], [-4.0, 12.0, 4.0]]), atol=1e-3, name="logits")


@pytest.mark.exercise("next_logits")
def test_logits_through_two_blocks(student):
    # The second block adds 9 to feature 1: token 0 in place 0 is 4, 9 then, as it is in place 1 above.
    weights = tiny() | {f"h.1.{name}": array for name, array in quiet(2, 3).items()}
    logits, _ = student.next_logits(np.array([0]), weights | {"h.1.mlp.c_proj.bias": np.array([0.0, 9.0])}, None, 1)
    assert_close(logits, np.array([[-4.0, 12.0, 4.0]]), atol=1e-3, name="logits")


@pytest.mark.exercise("next_logits")
def test_places_go_on_after_a_cache(student):
    # The second row of test_logits_by_hand: the token comes alone, and still stands in place 1.
    _, cache = student.next_logits(np.array([0]), tiny(), None, 1)
    logits, _ = student.next_logits(np.array([0]), tiny(), cache, 1)
    assert_close(logits, np.array([[-4.0, 12.0, 4.0]]), atol=1e-3, name="logits")


@pytest.mark.exercise("top_p")
def test_top_p_by_hand(student):
    # 0.5, 0.3, 0.2 in order. 0.5 is less than 0.6, 0.8 is not: two are kept, with 5/8 and 3/8. 0.6 is below 5/8, 0.65 is not.
    logits = np.log(np.array([0.3, 0.2, 0.5]))
    assert_close(student.top_p(logits, 0.6, 1.0, np.array([0.0, 0.6, 0.65, 0.99])), np.array([2, 2, 0, 0]), name="ids")


@pytest.mark.exercise("top_p")
def test_a_low_temperature(student):
    # At temperature 1/2 the shares 1 and 3 become 1 and 9: a tenth and nine tenths.
    assert_close(student.top_p(np.array([0.0, LN3]), 1.0, 0.5, np.array([0.89, 0.91])), np.array([1, 0]), name="ids")


@pytest.mark.exercise("generate")
def test_the_surest_token_again_and_again(student):
    # p = 0.5 keeps the surest only. As in test_logits_by_hand: after token 0 in place 0 comes token 0 (4 against -2), in place 1
    # or 3 token 1 (12 against 4); token 1 in place 2 is 9, 4, so token 0 comes. With place 3 all 4 are taken: the last 2, tokens
    # 0 and 1, are read anew in places 0 and 1: token 1.
    ids = student.generate(np.array([0]), 5, tiny(), np.linspace(0.1, 0.9, 5), 0.5, 1.0, 1)
    assert_close(ids, np.array([0, 1, 0, 1, 1]), name="ids")


@pytest.mark.exercise("generate")
def test_generate_as_hot_as_one_says(student):
    # At temperature 100 and p = 1 the three tokens are nearly equally likely, a third each and a little. After token 0 the order
    # is 0, 2, 1 (logits 4, -2, -4): 0.5 falls on 2. After token 2 in place 1 it is 1, 2, 0 (12, 4, -4): 0.9 falls on 0.
    ids = student.generate(np.array([0]), 2, tiny(), np.array([0.5, 0.9]), 1.0, 100.0, 1)
    assert_close(ids, np.array([2, 0]), name="ids")


@pytest.mark.exercise("perplexity")
def test_perplexity_by_hand(student):
    # The embedding is 0, so each of 3 tokens is as probable as the others: as unsure as among 3.
    weights = tiny()
    weights["wte.weight"] = np.zeros((3, 2))
    assert_close(student.perplexity(np.array([0, 2, 1, 1, 0, 2, 2]), weights, 1), 3.0, name="perplexity")


@pytest.mark.exercise("perplexity")
def test_perplexity_of_a_pair(student):
    # After token 0 the logits are 4, -4, -2 (test_logits_by_hand). p of token 1 is e^-4 / (e^4 + e^-4 + e^-2) = 0.000334, and
    # 1 / p is 2,989.4.
    expected = (np.exp(4) + np.exp(-4) + np.exp(-2)) / np.exp(-4)
    assert_close(student.perplexity(np.array([0, 1]), tiny(), 1), expected, rtol=1e-3, name="perplexity")


@pytest.mark.exercise("perplexity")
def test_perplexity_of_two_pieces(student):
    # Four places. Token 0 in places 0 and 1, token 1 in place 2, token 0 in place 3: logits 4, -4, -2 and -4, 12, 4 by turns.
    # Then a second piece begins, with token 0 in place 0. What comes is the surest each time, but once, where it has 16 less.
    first, second = np.log(1 + np.exp(-8) + np.exp(-6)), np.log(1 + np.exp(-16) + np.exp(-8))
    expected = np.exp((3 * first + 2 * second + 16) / 5)
    ids = np.array([0, 0, 1, 0, 0, 0])
    assert_close(student.perplexity(ids, tiny(), 1), expected, rtol=1e-3, name="perplexity")
