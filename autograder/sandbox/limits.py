"""Every limit of the sandbox, its default and the reason for it, in one place.

A plain dataclass: the fork server loads this module, and what the fork server loads, every student's process holds.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True)
class Limits:
    """What a student's process may use. Sizes in bytes, times in seconds, everything for one unit of one submission."""

    # One check. The slowest reference takes well under a second, so ten times slower code still passes, and an
    # endless loop is given up before the person who waits for the feedback does.
    check_seconds: float = 10.0

    # All checks of one unit together. Without it, 30 checks that each loop for ever cost five minutes a student and,
    # over a class of a thousand, days; with it a hostile submission costs a minute.
    submission_seconds: float = 60.0

    # Address space beyond what the forked child has at its start, which is the interpreter and NumPy and differs
    # between machines by hundreds of MiB. The largest check holds a few MiB; an outer product in place of an inner one
    # on such inputs still fits, and raises MemoryError in the student's code before the machine begins to swap.
    memory_bytes: int = 2 * GIB

    # Array data of one frame between grader and child, and so of what one call may return. 32 MiB are 4 million float64,
    # twenty times what the largest check of the course gets; the grader holds it three times while it reads it.
    output_bytes: int = 32 * MIB

    # What all answers and callbacks of one check may hold together. An object that hands out 32 MiB for each of its items would
    # fill the grader's memory one item at a time; the largest training check gets 11 MiB.
    check_bytes: int = 128 * MIB

    # What the grader's own process may take for one submission, beyond what it had before it: all that a check was given,
    # the frame at hand, and what the check computes from them. An array that broadcasts where a vector was expected ends
    # its check there, with the whole process below 500 MB.
    grader_bytes: int = 320 * MIB

    # A frame's structure: everything but array data. The grader builds Python objects from it, at worst an empty
    # dictionary (64 bytes, and 8 for the pointer to it) from every byte, so 1 MiB here is at most 72 MiB there.
    structure_bytes: int = MIB

    # Nesting of lists, tuples and dictionaries in a frame. A network's parameters nest 3 or 4 deep; 32 leaves room and
    # stays far from Python's recursion limit on the grader's side.
    depth: int = 32

    # Open files of the child. Importing a module takes one or two at a time and a data set one; 64 never stands in the
    # way and bounds what the kernel holds for the child outside its address space.
    descriptors: int = 64

    # Characters kept of a message that student code made (an exception's text, a representation). It goes into the
    # feedback of a person; 2000 characters are a screen full.
    message_chars: int = 2000

    # Array data that a child may hand to a function of the check's (`f` of a numerical gradient). Those work on inputs
    # of some kB, and an array of odd shape, broadcast against them, grows a thousandfold in the grader.
    callback_bytes: int = 64 * KIB

    # Calls in one check, counting callbacks from the child. A gradient check by central differences over a few thousand
    # elements stays below; a check that a child keeps busy for ever with callbacks ends here, if not by the clock.
    calls_per_check: int = 100_000
