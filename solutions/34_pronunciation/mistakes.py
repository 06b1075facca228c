"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, log_softmax, linear_forward = reference.require, reference.log_softmax, reference.linear_forward
gru_forward, gru_step_forward = reference.gru_forward, reference.gru_step_forward
NO_LETTER, END_OF_WORD, FIRST_LETTER = reference.NO_LETTER, reference.END_OF_WORD, reference.FIRST_LETTER
START, END = reference.START, reference.END


def letters(word, first=FIRST_LETTER, other=NO_LETTER, end=(END_OF_WORD,)):
    found = [ord(each) - ord("a") + first if "a" <= each <= "z" else other for each in word]
    return np.array([*found, *end], dtype=np.int64)


@mistake(
    "letter_ids",
    hint="END_OF_WORD comes behind the letters: without it the reader does not know that the word is over.",
)
def no_end_of_word(word):
    return letters(word.lower(), end=())


@mistake("letter_ids", hint="What is none of a to z has the id NO_LETTER; here it is left out.")
def others_left_out(word):
    return letters([each for each in word.lower() if "a" <= each <= "z"])


@mistake("letter_ids", hint="What is none of a to z has the id NO_LETTER, which is 1; 0 is padding.")
def others_as_padding(word):
    return letters(word.lower(), other=0)


@mistake("letter_ids", hint="a has the id 3: three ids come before the letters.")
def a_is_zero(word):
    return letters(word.lower(), first=0)


@mistake("letter_ids", hint="Capitals count as small letters: word.lower() first.")
def capitals_are_no_letters(word):
    return letters(word)


@mistake(
    "letter_ids",
    hint="The end of a word has the id 2 among the letters; 3, which is END among the sounds, is the letter a.",
)
def end_of_the_sounds(word):
    return letters(word.lower(), end=(END,))


def state_of(ids, params, rows="enc_emb", part="enc", order=slice(None), start=0.0, place=-1):
    x = params[rows][ids][np.newaxis][:, order]
    h0 = np.full((1, params[f"{part}_w_hh"].shape[1]), start, dtype=x.dtype)
    hs, _ = gru_forward(x, h0, *(params[f"{part}_{name}"] for name in ("w_ih", "w_hh", "b_ih", "b_hh")))
    return hs[:, place]


@mistake("read_word", hint="The state after the LAST id is asked for; hs[:, 0] has read one letter only.")
def state_after_the_first(ids, params):
    return state_of(ids, params, place=0)


@mistake(
    "read_word", hint="The state after the last id is asked for, the end of the word included; here it is left out."
)
def state_before_the_end(ids, params):
    return state_of(ids, params, place=max(len(ids) - 2, 0))


@mistake("read_word", hint="The word is read from its first letter to its last, not backwards.")
def read_backwards(ids, params):
    return state_of(ids, params, order=slice(None, None, -1))


@mistake("read_word", hint="The GRU begins at zeros.")
def begins_at_ones(ids, params):
    return state_of(ids, params, start=1.0)


@mistake("read_word", hint='The reader is "enc_..."; here the speaker\'s weights read.')
def read_by_the_speaker(ids, params):
    return state_of(ids, params, part="dec")


@mistake("read_word", hint="A GRU, not a mean: the last of its states, rather than what all of them have in common.")
def mean_of_the_states(ids, params):
    x = params["enc_emb"][ids][np.newaxis]
    h0 = np.zeros((1, params["enc_w_hh"].shape[1]), dtype=x.dtype)
    return gru_forward(x, h0, *(params[f"enc_{name}"] for name in ("w_ih", "w_hh", "b_ih", "b_hh")))[0].mean(axis=1)


def gates_in_order(params, part, order):
    """The weights with their three blocks of rows in another order."""
    changed = dict(params)
    for name in ("w_ih", "w_hh", "b_ih", "b_hh"):
        blocks = np.split(params[f"{part}_{name}"], 3)
        changed[f"{part}_{name}"] = np.concatenate([blocks[k] for k in order])
    return changed


@mistake(
    "read_word",
    hint="The rows come as r, z, n, as your GRU wants them: do not reorder them. Here r and z have changed places.",
)
def reset_and_update_swapped(ids, params):
    return state_of(ids, gates_in_order(params, "enc", (1, 0, 2)))


def step(
    previous, h, params, *, rows="dec_emb", part="dec", listen=True, scored="new", keep="new", bias=True, mix=None
):
    x = params[rows][[previous if listen else START]]
    after, _ = gru_step_forward(x, h, *(params[f"{part}_{name}"] for name in ("w_ih", "w_hh", "b_ih", "b_hh")))
    if mix:
        after = mix(x, h, after)
    from_ = {"new": after, "old": h}
    logits, _ = linear_forward(from_[scored], params["fc_w"], params["fc_b"] if bias else 0 * params["fc_b"])
    return logits[0], from_[keep]


@mistake("next_sound", hint="The sound before is an input: here START is fed each time.")
def always_start(previous, h, params):
    return step(previous, h, params, listen=False)


@mistake("next_sound", hint="The scores come from the NEW state, after the step.")
def scores_of_the_old_state(previous, h, params):
    return step(previous, h, params, scored="old")


@mistake("next_sound", hint="Return the new state: with the old one the speaker never comes on.")
def old_state_returned(previous, h, params):
    return step(previous, h, params, keep="old")


@mistake("next_sound", hint='The linear layer has a bias, "fc_b".')
def without_the_bias(previous, h, params):
    return step(previous, h, params, bias=False)


@mistake("next_sound", hint='A sound\'s row is in "dec_emb"; "enc_emb" is for letters.')
def letters_for_sounds(previous, h, params):
    return step(previous, h, params, rows="enc_emb")


@mistake("next_sound", hint='The speaker is "dec_..."; here the reader\'s weights speak.')
def spoken_by_the_reader(previous, h, params):
    return step(previous, h, params, part="enc")


@mistake("next_sound", hint="The rows come as r, z, n, as your GRU wants them: do not reorder them.")
def swapped_in_the_speaker(previous, h, params):
    return step(previous, h, gates_in_order(params, "dec", (1, 0, 2)))


@mistake("next_sound", hint="Scores, not their log_softmax: that comes later, where probabilities are compared.")
def log_softmax_at_once(previous, h, params):
    logits, after = step(previous, h, params)
    return log_softmax(logits), after


def said_by(word, params, limit, *, first=START, keep_end=False, feed=None, state=None, extra=0, pick=np.argmax):
    h = reference.read_word(reference.letter_ids(word), params)
    h = state(h) if state else h
    out, previous = [], first
    for _ in range(limit + extra):
        logits, h = reference.next_sound(previous, h, params)
        sound = int(pick(logits))
        if sound == END:
            return [*out, END] if keep_end else out
        out.append(sound)
        previous = feed(out) if feed else sound
    return out


@mistake("pronounce", hint="END is no sound: it is left out of what is returned.")
def end_returned(word, params, limit=20):
    return said_by(word, params, limit, keep_end=True)


@mistake("pronounce", hint="At the beginning START is fed, not END.")
def begins_with_end(word, params, limit=20):
    return said_by(word, params, limit, first=END)


@mistake("pronounce", hint="At the beginning START is fed: sound 0 is padding.")
def begins_with_padding(word, params, limit=20):
    return said_by(word, params, limit, first=0)


@mistake("pronounce", hint="What was just said is fed back; here START is, each time.")
def start_fed_each_time(word, params, limit=20):
    return said_by(word, params, limit, feed=lambda out: START)


@mistake(
    "pronounce",
    hint="The speaker begins at the state that the reader ends with, not at zeros: it would not know the word.",
)
def speaker_from_zeros(word, params, limit=20):
    return said_by(word, params, limit, state=np.zeros_like)


@mistake("pronounce", hint="`limit` sounds and no more: here it is one too many.")
def one_over_the_limit(word, params, limit=20):
    return said_by(word, params, limit, extra=1)


@mistake("pronounce", hint="It ends at END, at once: what comes after it is not said.")
def goes_on_after_the_end(word, params, limit=20):
    h, out, previous = reference.read_word(reference.letter_ids(word), params), [], START
    for _ in range(limit):
        logits, h = reference.next_sound(previous, h, params)
        previous = int(np.argmax(logits))
        out.append(previous)
    return [each for each in out if each != END]


@mistake(
    "pronounce", hint="Of equally probable sounds, the one with the smaller id is said: np.argmax takes the first."
)
def last_of_equal_ones(word, params, limit=20):
    return said_by(word, params, limit, pick=lambda logits: len(logits) - 1 - np.argmax(logits[::-1]))


def beams(word, params, width, limit, *, aside=True, multiply=False, keep=None, drop=False, order=1, rest=True, raw=False,
          state=True, mean=False, all_of_them=False, with_end=False):  # fmt: skip
    require(width >= 1, f"width must be at least 1, not {width}")
    h = reference.read_word(reference.letter_ids(word), params)
    open_, done = [(1.0 if multiply else 0.0, [], h)], []
    for _ in range(limit):
        longer = []
        for total, said, h in open_:
            logits, after = reference.next_sound(said[-1] if said else START, h, params)
            chances = logits if raw else log_softmax(logits)
            now = []
            for sound, chance in enumerate(chances):
                score = total * float(np.exp(chance)) if multiply else total + float(chance)
                now.append((score, [*said, sound], after if state else h))
            longer.extend(sorted(now, key=lambda each: -each[0])[:keep] if keep else now)
        longer.sort(key=lambda each: -order * each[0])
        chosen = longer if keep else longer[:width]
        open_ = []
        for total, said, h in chosen:
            if said[-1] == END:
                if not drop:
                    done.append((total, said if with_end else said[:-1]))
            else:
                open_.append((total, said, h))
        if not open_ or (not aside and done):
            break
    if rest:
        done += [(total, said) for total, said, _ in open_]
    if mean:
        done = [(total / max(len(said), 1), said) for total, said in done]
    done = sorted(done, key=lambda each: -each[0])
    return done if all_of_them else done[:width]


@mistake("beam_search", hint="Those that are finished are put aside and counted in the end; here they are lost.")
def finished_ones_dropped(word, params, width=5, limit=20):
    return beams(word, params, width, limit, drop=True)


@mistake(
    "beam_search",
    hint="Add up log-probabilities. A product of many probabilities becomes 0; and a logarithm is asked for.",
)
def probabilities_multiplied(word, params, width=5, limit=20):
    return beams(word, params, width, limit, multiply=True)


@mistake("beam_search", hint="It goes on until no beginning is open: the first that is finished need not be the best.")
def stops_at_the_first_end(word, params, width=5, limit=20):
    return beams(word, params, width, limit, aside=False)


@mistake("beam_search", hint="Of ALL results together `width` are kept, not the best one of each beginning.")
def one_of_each_beginning(word, params, width=5, limit=20):
    require(width >= 1, f"width must be at least 1, not {width}")
    h, done = reference.read_word(reference.letter_ids(word), params), []
    logits, after = reference.next_sound(START, h, params)
    chances = log_softmax(logits)
    open_ = [(float(chances[k]), [int(k)], after) for k in np.argsort(-chances, kind="stable")[:width]]
    for turn in range(limit):
        done += [(total, said[:-1]) for total, said, _ in open_ if said[-1] == END]
        open_ = [each for each in open_ if each[1][-1] != END]
        if not open_ or turn == limit - 1:
            break
        longer = []
        for total, said, h in open_:
            logits, after = reference.next_sound(said[-1], h, params)
            chances = log_softmax(logits)
            best = int(np.argmax(chances))
            longer.append((total + float(chances[best]), [*said, best], after))
        open_ = longer
    done += [(total, said) for total, said, _ in open_]
    return sorted(done, key=lambda each: -each[0])[:width]


@mistake("beam_search", hint="Best first: here the least probable are carried on.")
def worst_first(word, params, width=5, limit=20):
    return beams(word, params, width, limit, order=-1)


@mistake("beam_search", hint="What is still open after `limit` steps counts as it is.")
def open_ones_dropped(word, params, width=5, limit=20):
    return beams(word, params, width, limit, rest=False)


@mistake("beam_search", hint="Scores of different steps cannot be added as they are: take log_softmax of them.")
def scores_without_softmax(word, params, width=5, limit=20):
    return beams(word, params, width, limit, raw=True)


@mistake("beam_search", hint="Each beginning goes on with the state AFTER its last sound.")
def state_not_moved_on(word, params, width=5, limit=20):
    return beams(word, params, width, limit, state=False)


@mistake("beam_search", hint="The log-probability itself, not divided by the number of sounds.")
def divided_by_the_length(word, params, width=5, limit=20):
    return beams(word, params, width, limit, mean=True)


@mistake("beam_search", hint="At most `width` are returned, though more may have been put aside.")
def all_that_were_finished(word, params, width=5, limit=20):
    return beams(word, params, width, limit, all_of_them=True)


@mistake("beam_search", hint="END is no sound: it is left out of what is returned.")
def end_returned_too(word, params, width=5, limit=20):
    return beams(word, params, width, limit, with_end=True)


def edits(a, b, replaced=1, free_start=False, swap=False):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[0] = 0 if free_start else np.arange(len(b) + 1)
    table[:, 0] = np.arange(len(a) + 1)
    for i, j in np.ndindex(len(a), len(b)):
        same = a[i] == b[j]
        table[i + 1, j + 1] = min(
            table[i, j] + (0 if same else replaced), table[i, j + 1] + 1, table[i + 1, j] + 1
        )  # fmt: skip
        if swap and i and j and a[i] == b[j - 1] and a[i - 1] == b[j]:
            table[i + 1, j + 1] = min(table[i + 1, j + 1], table[i - 1, j - 1] + 1)
    return int(table[-1, -1])


@mistake("edit_distance", hint="A sound that is replaced counts 1, not 2 (left out and put in).")
def replaced_counts_two(a, b):
    return edits(a, b, replaced=2)


@mistake(
    "edit_distance", hint="Sounds that are left out or put in move the rest: comparing place by place is too strict."
)
def place_by_place(a, b):
    return sum(left != right for left, right in zip(a, b, strict=False)) + abs(len(a) - len(b))


@mistake("edit_distance", hint="Sounds put in at the beginning count as well: the table's first row is 0, 1, 2, ...")
def beginning_for_nothing(a, b):
    return edits(a, b, free_start=True)


@mistake(
    "edit_distance",
    hint="Two neighbours that changed places are two changes here; counting them as one is another distance.",
)
def neighbours_swapped_at_once(a, b):
    return edits(a, b, swap=True)


@mistake("edit_distance", hint="Order counts: which sounds there are is not enough.")
def order_forgotten(a, b):
    left, right = list(a), list(b)
    shared = sum(min(left.count(each), right.count(each)) for each in set(left))
    return max(len(left), len(right)) - shared


@mistake(
    "sound_error_rate",
    hint="Sums over all words, then one division: the mean of the words' rates lets short words count too much.",
)
def mean_of_the_rates(found, right):
    require(len(found) == len(right), f"found must be as many as right, {len(right)}, not {len(found)}")
    return float(np.mean([reference.edit_distance(a, b) / len(b) for a, b in zip(found, right, strict=True)]))


@mistake("sound_error_rate", hint="Divide by the sounds that SHOULD be there, not by those that were said.")
def divided_by_what_was_said(found, right):
    require(len(found) == len(right), f"found must be as many as right, {len(right)}, not {len(found)}")
    wrong = sum(reference.edit_distance(a, b) for a, b in zip(found, right, strict=True))
    return wrong / max(sum(map(len, found)), 1)


@mistake("sound_error_rate", hint="This is the share of words with an error; asked for is errors for each sound.")
def words_with_an_error(found, right):
    require(len(found) == len(right), f"found must be as many as right, {len(right)}, not {len(found)}")
    return float(np.mean([list(a) != list(b) for a, b in zip(found, right, strict=True)]))


@mistake("sound_error_rate", hint="The rate may be above 1, if far too much is said: do not cut it off.")
def cut_at_one(found, right):
    return min(reference.sound_error_rate(found, right), 1.0)


def path_by(table, *, diagonal=True, largest=False, order=(0, 1, 2), first=True):
    n, m = table.shape
    sums = np.full((n + 1, m + 1), -np.inf if largest else np.inf)
    sums[0, 0] = 0.0
    best = max if largest else min
    for i, j in np.ndindex(n, m):
        before = [sums[i, j]] if diagonal or i == j == 0 else []
        sums[i + 1, j + 1] = table[i, j] + best([*before, sums[i, j + 1], sums[i + 1, j]])
    i, j = n, m
    path = [(i - 1, j - 1)]
    while (i, j) != (1, 1):
        places = [[(i - 1, j - 1), (i - 1, j), (i, j - 1)][k] for k in order if diagonal or k]
        i, j = best(places, key=lambda place: sums[place])
        path.append((i - 1, j - 1))
    return path[::-1]


def table_of(word, sounds, costs):
    require(len(word) > 0, "word must have a letter or more, not none")
    require(len(sounds) > 0, "sounds must be one or more, not none")
    return costs[reference.letter_ids(word)[:-1]][:, sounds]


@mistake("align", hint="The cheapest path: this is the dearest.")
def dearest_path(word, sounds, costs):
    return path_by(table_of(word, sounds, costs), largest=True)


@mistake("align", hint="A step may go one letter AND one sound on at once.")
def no_diagonal_steps(word, sounds, costs):
    return path_by(table_of(word, sounds, costs), diagonal=False)


@mistake(
    "align",
    hint="Each step may look cheapest and the whole be dear: fill a table with the cheapest sums, then walk back.",
)
def greedy_path(word, sounds, costs):
    table, path = table_of(word, sounds, costs), [(0, 0)]
    for _ in range(sum(table.shape)):
        i, j = path[-1]
        after = [(a, b) for a, b in ((i + 1, j + 1), (i + 1, j), (i, j + 1)) if a < len(table) and b < table.shape[1]]
        if not after:
            break
        path.append(min(after, key=lambda place: table[place]))
    return path


@mistake(
    "align",
    hint="The cheapest sound for each letter by itself may go back and forth; a path goes forward only, from (0, 0) to the end.",
)
def each_letter_alone(word, sounds, costs):
    return [(i, int(np.argmin(row))) for i, row in enumerate(table_of(word, sounds, costs))]


@mistake("align", hint="From (0, 0) on: the path was found from its end, so turn it round.")
def path_backwards(word, sounds, costs):
    return path_by(table_of(word, sounds, costs))[::-1]


@mistake("align", hint="Of equally cheap paths, the one that has come on by both at once is asked for.")
def diagonal_last(word, sounds, costs):
    return path_by(table_of(word, sounds, costs), order=(1, 2, 0))


@mistake("align", hint="Pairs are (letter, sound), not (sound, letter).")
def pairs_turned_round(word, sounds, costs):
    return [(j, i) for i, j in path_by(table_of(word, sounds, costs))]
