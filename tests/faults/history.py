"""Reads what a database holds after all the kills, and tells every promise that it breaks."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

ACCEPTED = """
    SELECT m.conversation_id, m.seq, m.platform_id,
           (SELECT count(*) FROM outcome o
             WHERE o.conversation_id = m.conversation_id AND o.seq = m.seq)
    FROM message m WHERE m.role = 'user' ORDER BY m.conversation_id, m.seq
"""
TURNS = """
    SELECT t.conversation_id, t.id, t.message_seq, min(o.seq), max(o.seq), count(o.seq)
    FROM turn t JOIN outcome o ON o.turn_id = t.id GROUP BY t.id ORDER BY t.conversation_id, t.id
"""


def broken_promises(database: Path, acknowledged: list[tuple[str, str]]) -> list[str]:
    """What is wrong, a sentence each; `acknowledged` is (spot, platform id) in the order told."""
    connection = sqlite3.connect(database)
    try:
        return [
            *_accepted(connection, acknowledged),
            *_outcomes(connection),
            *_order(connection),
            *_deliveries(connection),
        ]
    finally:
        connection.close()


def _accepted(connection: sqlite3.Connection, acknowledged: list[tuple[str, str]]) -> list[str]:
    stored = connection.execute(
        "SELECT c.spot, m.platform_id FROM message m JOIN conversation c"
        " ON c.id = m.conversation_id WHERE m.role = 'user' ORDER BY m.id"
    ).fetchall()
    wrong = [f"{each} was acknowledged and is lost" for each in acknowledged if each not in stored]
    twice = [each for each, count in Counter(stored).items() if count > 1]
    wrong += [f"{each} is stored twice" for each in twice]
    first_told = list(dict.fromkeys(acknowledged))
    in_order = [each for each in stored if each in set(first_told)]
    if in_order != first_told:
        wrong.append(f"acknowledged as {first_told}, stored as {in_order}")
    return wrong


def _outcomes(connection: sqlite3.Connection) -> list[str]:
    return [
        f"message {number} in {conversation} has {count} outcomes"
        for conversation, _, number, count in connection.execute(ACCEPTED)
        if count != 1
    ]


def _order(connection: sqlite3.Connection) -> list[str]:
    """Turns cover what was accepted, in order, with no overlap, each with a reply behind it."""
    wrong: list[str] = []
    covered: dict[int, int] = {}
    for conversation, turn, reply, first, last, count in connection.execute(TURNS):
        between = connection.execute(
            "SELECT count(*) FROM message WHERE conversation_id = ? AND role = 'user'"
            " AND seq BETWEEN ? AND ?",
            (conversation, first, last),
        ).fetchone()[0]
        if between != count:
            wrong.append(f"turn {turn} jumps over a message")
        if first <= covered.get(conversation, 0):
            wrong.append(f"turn {turn} covers what an earlier turn covers")
        if reply is not None and reply <= last:
            wrong.append(f"the reply of turn {turn} stands before what it covers")
        covered[conversation] = last
    return wrong


def _deliveries(connection: sqlite3.Connection) -> list[str]:
    left = connection.execute("SELECT id, state FROM delivery WHERE state <> 'sent'").fetchall()
    return [f"delivery {number} is {state}" for number, state in left]
