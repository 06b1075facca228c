"""How is it said? A GRU reads the letters of a word, another says its sounds: g2p_en's network, on your own functions.

Words are str. Letters have ids from 0 to 28: 0 and 1 stand for nothing and for what is no letter, END_OF_WORD for the end, 3
to 28 for a to z. Sounds have ids from 0 to V - 1; START is fed at the beginning and END said at the end. The names of the
published network's 74 are `autograder.datasets.output_names("g2p")`: 70 are sounds of ARPAbet, with 0, 1 or 2 for the stress.
Parameters are a dict of arrays, with torch's names for what a GRU has (rows r, z, n):

    "enc_emb" (29, D)                                     a row for each letter
    "enc_w_ih" (3H, D), "enc_w_hh" (3H, H), "enc_b_ih", "enc_b_hh" (3H,)    the GRU that reads
    "dec_emb" (V, D)                                      a row for each sound
    "dec_w_ih", "dec_w_hh", "dec_b_ih", "dec_b_hh"        the GRU that speaks, of the same shapes
    "fc_w" (V, H), "fc_b" (V,)                            from its state to a score for each sound

The published network has D = H = 256. Results have the dtype of the parameters, and functions leave what they are given as
it was.
"""

import numpy as np
from activations import log_softmax
from backprop import linear_forward
from gru import gru_forward, gru_step_forward

NO_LETTER, END_OF_WORD, FIRST_LETTER = 1, 2, 3  # ids of letters
START, END = 2, 3  # ids of sounds


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def letter_ids(word):
    """The ids of a word's letters, and END_OF_WORD behind them.

    Capitals count as small letters. What is none of a to z has the id NO_LETTER.

    Args:
        word: str, may be empty.

    Returns:
        ids: int64 (n + 1,).

    Source: the package g2p_en 2.1.0, method `encode`.

    Example:
        >>> letter_ids("Be!")
        array([4, 7, 1, 2])
    """
    raise NotImplementedError


def read_word(ids, params):
    """The state of the reading GRU after a word's last id: all that the speaking one will know of it.

    Each id becomes its row of "enc_emb"; the GRU begins at zeros and reads them one after the other.

    Args:
        ids: ints (T,), T 1 or more.
        params: dict of arrays, as above.

    Returns:
        h: (1, H).

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), section 2.2; torch.nn.GRU.
    """
    raise NotImplementedError


def next_sound(previous, h, params):
    """One step of the speaking GRU: it hears the sound before, and scores what comes next.

    The row of "dec_emb" that belongs to `previous` is its input, h its state; its new state goes through the linear layer "fc".

    Args:
        previous: id of the sound before; START at the beginning.
        h: (1, H), the state before: that of read_word at the beginning.
        params: dict of arrays, as above.

    Returns:
        (logits, h): logits (V,); h the new state, (1, H).

    Source: Cho et al. (2014), section 2.2; torch.nn.GRUCell and torch.nn.Linear.
    """
    raise NotImplementedError


def pronounce(word, params, limit=20):
    """The sounds of a word, the most probable one at each step, until END is: greedy decoding.

    Args:
        word: str.
        params: dict of arrays, as above.
        limit: the most sounds, 1 or more. After so many it stops, END or not.

    Returns:
        sounds: list of ints, without START and END. Of equally probable sounds the one with the smaller id is said.

    Source: the package g2p_en 2.1.0, method `predict`; Sutskever, Vinyals, Le, "Sequence to sequence learning with neural
    networks" (2014).
    """
    raise NotImplementedError


def beam_search(word, params, width=5, limit=20):
    """The most probable pronunciations: `width` beginnings are carried on side by side.

    1. There is one beginning, of no sounds and log-probability 0.
    2. Each step: every open beginning is carried on by each of the V sounds. The log-probability of the result is the
       beginning's plus that sound's log_softmax. Of all results together, the `width` best are kept.
    3. Those that end with END are finished: they are put aside, without END. The others are the open ones of the next step.
    4. It ends when none is open, or after `limit` steps; what is open then counts as it is.

    Args:
        word: str.
        params: dict of arrays, as above.
        width: 1 or more; 1 says what `pronounce` says.
        limit: the most steps, 1 or more.

    Returns:
        [(log_probability, sounds), ...]: at most `width` of those put aside and those still open, best first.
        log_probability is a float, sounds a list of ints.

    Raises:
        ValueError: naming width, if it is below 1.

    Source: Sutskever, Vinyals, Le (2014), section 3.2.
    """
    require(width >= 1, f"width must be at least 1, not {width}")
    raise NotImplementedError


def edit_distance(a, b):
    """How many changes make one sequence of another: sounds left out, put in, or replaced, one each.

    Args:
        a, b: sequences of what can be compared (ints, letters), may be empty.

    Returns:
        int.

    Source: Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals" (1966); Wagner and Fischer, "The
    string-to-string correction problem" (1974).

    Example:
        >>> edit_distance("kitten", "sitting")  # s for k, i for e, g put in
        3
    """
    raise NotImplementedError


def sound_error_rate(found, right):
    """Wrong sounds for each sound that should be there, over many words: the sum of edit distances over the sum of lengths.

    A word of ten sounds counts for more than one of two. The rate may be above 1, if far too much is said.

    Args:
        found, right: lists of as many sequences; those in `right` have a sound at least, all together.

    Returns:
        float.

    Raises:
        ValueError: naming found, if they are not as many.

    Source: the "phoneme error rate" of the literature, e.g. Yao and Zweig, "Sequence-to-sequence neural net models for
    grapheme-to-phoneme conversion" (2015), section 4.

    Example:
        >>> sound_error_rate([[1, 2, 3], [4]], [[1, 2], [5, 6]])  # 1 too many; 1 replaced and 1 missing; of 4
        0.75
    """
    require(len(found) == len(right), f"found must be as many as right, {len(right)}, not {len(found)}")
    raise NotImplementedError


def align(word, sounds, costs):
    """Which letter says which sound: the cheapest path through the table of letters and sounds.

    The table's place (i, j) costs costs[id of letter i, sounds[j]]. A path leads from letter 0 and sound 0 to the last of
    both; each step goes one letter on, one sound on, or both at once. So every letter has a sound and every sound a letter, in
    order. The cheapest path is the one with the smallest sum over all its places, the first and the last included.

    Args:
        word: str of n letters, 1 or more.
        sounds: ids, 1 or more.
        costs: (29, V).

    Returns:
        path: list of pairs (i, j), ints, from (0, 0) on. Of equally cheap paths the one that, looked at from its end, has come
        on by both at once, rather than by a letter, rather than by a sound.

    Raises:
        ValueError: naming word or sounds, if there are none.

    Source: Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition" (1978), without its slope
    constraints.
    """
    require(len(word) > 0, "word must have a letter or more, not none")
    require(len(sounds) > 0, "sounds must be one or more, not none")
    raise NotImplementedError
