"""The published networks of Part G, run by a student's own functions on real files, photos, sound and words.

What is given is read here, and what comes is drawn; no network is computed here.
"""

# What to type for the demo of a unit, by the unit's id.
COMMANDS = {
    "file_types": "autograder demo file README.md",
    "faces": "autograder demo faces",
    "speech": "autograder demo speech",
    "pronunciation": "autograder demo say knight",
    "scribe": 'autograder demo scribe "In the beginning"',
}
