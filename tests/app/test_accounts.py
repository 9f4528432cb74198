"""`tertulia user` and `tertulia token`."""

from __future__ import annotations

import asyncio
import io
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making import incoming
from stored import answer as talk_answer
from tertulia.app.accounts import passwords
from tertulia.app.accounts.hashing import keyed
from tertulia.app.compose import database
from tertulia.app.plugins import load
from tertulia.app.workshop.keyfile import Connection, Kept, read_keys, write_keys
from tertulia.ports.store import Store
from tertulia.values.message import Author, Measured, Place
from tertulia.values.secret import Secret
from told import Run, Start, Told

PASSWORD = "a few words in a row"


def stored(alone: Path, body: Any) -> Any:
    async def whole() -> Any:
        store: Store = load("stores", "sqlite")(database(alone / "data"))
        await store.open()
        try:
            return await body(store)
        finally:
            await store.close()

    return asyncio.run(whole())


@pytest.fixture
def user(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tertulia user`, with a password on standard input where it is asked for."""

    def runner(*words: str, password: str = PASSWORD) -> Told:
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
        asks = words[0] in ("add", "password")
        return run("user", *words, *(["--password-stdin"] if asks else []))

    return runner


def test_the_first_account_must_be_an_owner_s(user: Run) -> None:
    told = user("add", "ana")
    assert told.code == 2
    assert "must be an owner's" in told.err
    assert "tertulia user add ana --owner" in told.err
    assert user("add", "ana", "--owner") == Told(0, "ana can log in as an owner.\n", "")
    assert user("add", "bo") == Told(0, "bo can log in as a member.\n", "")


def test_accounts_are_listed(user: Run) -> None:
    told = user("list")
    assert told.out == ""
    assert "`tertulia user add NAME --owner` makes the first" in told.err
    assert user("list", "--json").json == []
    user("add", "zoe", "--owner")
    user("add", "bo")
    lines = user("list").out.splitlines()
    assert re.fullmatch(r"bo   member  since \d{4}-\d\d-\d\d", lines[0])
    assert lines[1].startswith("zoe  owner ")
    first, second = user("list", "--json").json
    assert (first["name"], first["role"]) == ("bo", "member")
    assert second["created_at"].endswith("+00:00")
    assert set(first) == {"name", "role", "created_at"}


def test_a_password_is_kept_as_its_hash(user: Run, alone: Path) -> None:
    user("add", "ana", "--owner")
    kept = stored(alone, lambda store: store.account("ana")).password
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, PASSWORD)
    assert not passwords.fits(kept, PASSWORD + " ")
    assert not passwords.fits("no hash at all", PASSWORD)
    told = user("password", "ana", password="another of them")
    assert told.out == "ana has another password, and has to log in again.\n"
    again = stored(alone, lambda store: store.account("ana")).password
    assert passwords.fits(again, "another of them")
    assert not passwords.fits(again, PASSWORD)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025])
def test_a_password_is_neither_short_nor_endless(user: Run, alone: Path, password: str) -> None:
    told = user("add", "ana", "--owner", password=password)
    assert told.code == 2
    assert "8 to 1024 characters" in told.err
    assert user("list", "--json").json == []
    user("add", "ana", "--owner", password="eight888")
    assert user("password", "ana", password=password).code == 2


@pytest.mark.parametrize(
    "name", ["", "local", "LOCAL", "two words", "-x", ".x", "a/b", "a\nb", "x" * 65, "é\u202e"]
)
def test_what_cannot_be_a_name_is_refused(run: Run, name: str) -> None:
    told = run("user", "add", "--owner", "--password-stdin", "--", name)
    assert told.code == 2
    assert "cannot be an account's name" in told.err


def test_names_that_look_alike_are_refused(user: Run) -> None:
    user("add", "Ána", "--owner")
    for name in ("Ána", "ána", "A\u0301na"):
        told = user("add", name)
        assert told.code == 2
        assert "There is an account 'Ána' already." in told.err


@pytest.mark.parametrize("words", [("password",), ("remove",)])
def test_who_has_no_account_is_told(user: Run, words: tuple[str, ...]) -> None:
    told = user(words[0], "bo", *words[1:])
    assert told.code == 2
    assert "There is no account 'bo'." in told.err
    assert user("role", "bo", "owner").code == 2


def test_roles_change_but_one_owner_stays(user: Run) -> None:
    user("add", "ana", "--owner")
    refused = user("role", "ana", "member")
    assert refused.code == 2
    assert "ana is the only owner" in refused.err
    assert user("role", "ana", "owner").code == 0
    user("add", "bo")
    assert user("role", "bo", "member").out == "bo is a member.\n"
    assert user("role", "bo", "owner").out == "bo is an owner.\n"
    assert user("role", "ana", "member").out == "ana is a member.\n"
    assert user("role", "ana", "king").code == 2


def test_the_last_owner_goes_last(user: Run) -> None:
    user("add", "ana", "--owner")
    user("add", "bo")
    refused = user("remove", "ana")
    assert refused.code == 2
    assert "ana is the only owner, and others have accounts" in refused.err
    told = user("remove", "bo")
    assert told.code == 0
    assert (
        "bo has no account any more, and their tokens are gone; what they said stays." in told.out
    )
    assert "No account is left" not in told.out
    assert "No account is left" in user("remove", "ana").out
    assert user("list", "--json").json == []


def test_a_removed_account_loses_its_kept_keys(user: Run, alone: Path) -> None:
    user("add", "ana", "--owner")
    user("add", "bo")
    file = alone / "data" / "keys.json"
    kept = Kept()
    for name in ("ana", "bo", "zoe"):
        secret = Secret(f"key of {name}", "the page")
        kept.change(name, "openai", Connection(key=secret, base_url=None))
    write_keys(file, kept)
    assert "their tokens and the keys that they kept are gone" in user("remove", "bo").out
    assert set(read_keys(file).keys) == {"ana", "zoe"}
    # What an account left that was removed before they were dropped:
    user("add", "zoe")
    assert set(read_keys(file).keys) == {"ana"}


def test_a_new_account_does_not_find_what_another_said_under_its_name(
    run: Run, user: Run, alone: Path
) -> None:
    async def says(store: Store) -> None:
        for channel, account, who in (("web", "bo", "bo"), ("web", "ana", "ana")):
            one = incoming("my diary", channel=channel, author=who, number=who)
            one = replace(one, place=Place(channel=channel, account=account, spot="t"))
            await store.accept(Measured(incoming=one, tokens=3), 1)

    async def links(store: Store) -> None:
        far = Place(channel="discord", account="d", spot=""), Author(platform_id="7", name="Bo")
        near = Place(channel="web", account="bo", spot=""), Author(platform_id="bo", name="bo")
        first, second = await store.meet(*far), await store.meet(*near)
        await store.offer_link(first.own(*far), "code", 100)
        assert await store.link(second.own(*near), "code", 1) is not None

    async def linked(store: Store) -> list[str]:
        near = Place(channel="web", account="bo", spot=""), Author(platform_id="bo", name="bo")
        person = await store.person(*near)
        return sorted(one.channel for one in person.identities) if person else []

    user("add", "ana", "--owner")
    user("add", "bo")
    stored(alone, says)
    stored(alone, links)
    assert user("remove", "bo").code == 0
    told = user("add", "bo")
    assert told.code == 2
    assert "There was a 'bo' before" in told.err
    assert "--same-person" in told.err
    assert "choose another name" in told.err
    assert user("add", "bob").code == 0
    (command,) = re.findall(r"tertulia (memory forget person:p\d+)", told.err)
    assert user("add", "bo", "--same-person").code == 0
    assert stored(alone, linked) == ["discord", "web"]
    assert user("remove", "bo").code == 0
    assert user("add", "bo").code == 2
    assert run(*command.split(), "--yes").code == 0
    assert stored(alone, linked) == []
    stored(alone, links)
    assert user("add", "bo").code == 0
    assert stored(alone, linked) == ["web"]


def test_what_is_told_of_a_name_frees_it_also_where_only_replies_are_left(
    run: Run, user: Run, alone: Path
) -> None:
    async def replies(store: Store) -> None:
        there = Place(channel="api", account="bo", spot="a talk")
        one = replace(incoming("hello", author="bo"), place=there)
        accepted = await store.accept(Measured(incoming=one, tokens=3), 1)
        await talk_answer(store, "good day", accepted.conversation)

    user("add", "ana", "--owner")
    stored(alone, replies)
    told = user("add", "bo")
    assert told.code == 2
    assert run("memory", "forget", "1.1", "--replies", "quoting", "--yes").code == 0
    told = user("add", "bo")
    assert told.code == 2
    for _ in range(2):
        (words,) = re.findall(r"tertulia (memory forget .+)", told.err)
        assert run(*shlex.split(words), "--yes").code == 0
        told = user("add", "bo")
        if told.code == 0:
            break
    assert told.code == 0


def test_without_a_terminal_the_other_way_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("x\n"))
    told = run("user", "add", "ana", "--owner")
    assert told.code == 2
    assert "--password-stdin" in told.err


@pytest.mark.slow
def test_in_a_terminal_the_password_is_asked_for_twice_and_not_shown(start: Start) -> None:
    child = start("user", "add", "ana", "--owner")
    for answer in (PASSWORD, "something else", PASSWORD, PASSWORD):
        child.expect("(Password|Once more): ")
        assert isinstance(child.before, str)
        assert "words" not in child.before
        child.sendline(answer)
    child.expect("ana can log in as an owner")
    child.wait()
    assert child.exitstatus == 0


def test_a_token_is_shown_once_and_kept_as_its_hash(run: Run, user: Run, alone: Path) -> None:
    user("add", "ana", "--owner")
    made = run("token", "add", "phone", "--user", "ana")
    assert made.code == 0
    assert re.fullmatch(r"tt_[A-Za-z0-9_-]{43}\n", made.out)
    assert "Authorization: Bearer TOKEN" in made.err
    token = made.out.strip()

    async def body(store: Store) -> Any:
        key = await store.secret()
        assert await store.let_in(keyed(key, "login", token), 1) is None
        return await store.let_in(keyed(key, "token", token), 60_000)

    account, kept = stored(alone, body)
    assert (account.name, kept.label) == ("ana", "phone")
    for file in (alone / "data").iterdir():
        assert token.encode() not in file.read_bytes()
    (listed,) = run("token", "list", "--json").json
    assert (listed["token"], listed["user"], listed["label"]) == (1, "ana", "phone")
    assert listed["used_at"] == "1970-01-01T00:01:00+00:00"


def test_tokens_are_listed_and_taken_away(run: Run, user: Run) -> None:
    assert "There are no tokens." in run("token", "list").err
    assert run("token", "list", "--json").json == []
    user("add", "ana", "--owner")
    for label in ("one", "two"):
        run("token", "add", label, "--user", "ana")
    assert run("token", "list").out == "1  ana  one  never used\n2  ana  two  never used\n"
    assert run("token", "remove", "1").out == "The token 1 is no longer good.\n"
    assert run("token", "list").out.startswith("2  ana  two")
    gone = run("token", "remove", "1")
    assert gone.code == 2
    assert "There is no token 1." in gone.err


def test_a_token_needs_an_account_and_a_label(run: Run, user: Run) -> None:
    assert "There is no account 'ana'." in run("token", "add", "phone", "--user", "ana").err
    user("add", "ana", "--owner")
    for label in ("", "  ", "a\nb", "x" * 65):
        told = run("token", "add", "--user", "ana", "--", label)
        assert told.code == 2
        assert "1 to 64 characters" in told.err
    assert run("token", "add", "phone").code == 2
    run("token", "add", "phone", "--user", "ana")
    again = run("token", "add", "phone", "--user", "ana")
    assert again.code == 2
    assert "has a token 'phone' already" in again.err


def test_each_command_has_an_example(run: Run) -> None:
    for group, names in (
        ("user", ("add", "list", "password", "role", "remove")),
        ("token", ("add", "list", "remove")),
    ):
        for words in ((group,), *((group, name) for name in names)):
            told = run(*words, "--help")
            assert told.code == 0
            assert f"Example: tertulia {group}" in " ".join(told.out.split())
    assert "Example: tertulia serve --port 8778" in run("serve", "--help").out
