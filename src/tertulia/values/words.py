"""Words as the index of what was said takes them, and as it is asked for them."""

from __future__ import annotations

import re

_SPLIT = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Runs of Thai, Lao, Burmese, Khmer, Kana, Han and Hangul."""

WORD = re.compile(
    r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u109f\u1780-\u17ff])*"
)
"""A word with its combining marks."""

_FORMS = """
    buy bought, see saw seen, make made, take took taken, come came, give gave given, find
    found, think thought, tell told, say said, feel felt, leave left, keep kept, begin began
    begun, run ran, write wrote written, meet met, win won, teach taught, lose lost, grow grew
    grown, know knew known, draw drew drawn, bring brought, break broke broken, speak spoke
    spoken, drive drove driven, sing sang sung, swim swam swum, fall fell fallen, eat ate eaten,
    choose chose chosen, build built, spend spent, send sent, sell sold, catch caught, fight
    fought, hear heard, hold held, sleep slept, wear wore worn, forget forgot forgotten, become
    became, ride rode ridden, fly flew flown, rise rose risen, throw threw thrown, wake woke
    woken, steal stole stolen, hide hid hidden, pay paid, stand stood, understand understood,
    sit sat, shoot shot, child children, man men, woman women, person people, foot feet, tooth
    teeth, mouse mice, wife wives, life lives, knife knives
"""

IRREGULAR = {form: forms.split()[0] for forms in _FORMS.split(",") for form in forms.split()[1:]}
"""English forms that no stemmer joins: `went` is found by `go`."""


def words(text: str, *, whole: bool = True) -> str:
    """A text as it is indexed, and as it is asked for where it is not `whole`.

    Scripts that are written without spaces are cut into overlapping pairs of letters, so that any
    part of a run can be found. The index holds a run's last letter alone as well: thus every
    letter begins a word, and a question of one letter finds it. Irregular English forms become
    their plain form.
    """
    cut = _SPLIT.sub(_indexed if whole else _asked, text)
    return WORD.sub(lambda found: IRREGULAR.get(found[0].lower(), found[0]), cut)


def _indexed(found: re.Match[str]) -> str:
    """A run of letters as overlapping pairs and its last letter alone, between spaces."""
    run = found[0]
    return f" {' '.join(run[at : at + 2] for at in range(len(run)))} "


def _asked(found: re.Match[str]) -> str:
    """A run of letters as overlapping pairs, between spaces."""
    run = found[0]
    return f" {' '.join(run[at : at + 2] for at in range(max(1, len(run) - 1)))} "
