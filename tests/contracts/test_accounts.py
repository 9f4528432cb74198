"""Accounts, tokens and logins: the same on every store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stored import Body
from tertulia.ports.accounts import Account, Role
from tertulia.ports.store import Store
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.message import Place

Run = Callable[[Body], None]
MINUTE, DAY = 60_000, 86_400_000


def account(name: str = "ana", role: Role = "owner", password: str | None = "h") -> Account:
    return Account(name=name, role=role, password=password, created_at=5)


def test_accounts_are_kept_by_their_names(run: Run) -> None:
    async def body(store: Store) -> None:
        assert list(await store.accounts()) == []
        assert await store.account("ana") is None
        bo, ana = account("bo", "member", None), account()
        await store.add_account(bo)
        await store.add_account(ana)
        assert list(await store.accounts()) == [ana, bo]
        assert await store.account("bo") == bo
        with pytest.raises(SettingsError, match="already"):
            await store.add_account(account("bo"))
        assert await store.account("bo") == bo

    run(body)


def test_an_account_is_changed_in_what_is_given(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        await store.change_account("ana", role="member")
        assert await store.account("ana") == account(role="member")
        await store.change_account("ana", password="other")
        assert await store.account("ana") == account(role="member", password="other")
        await store.change_account("ana")
        assert await store.account("ana") == account(role="member", password="other")
        with pytest.raises(NotThere, match="'bo'"):
            await store.change_account("bo", role="owner")

    run(body)


@pytest.mark.parametrize("removed", [False, True])
def test_who_is_no_owner_any_more_has_picked_as_a_member(run: Run, *, removed: bool) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account("ana"))
        places = [("web", "ana"), ("api", "ana"), ("web", "bo"), ("library", "ana")]
        for channel, name in places:
            there = await store.begin(Place(channel=channel, account=name, spot="t"), "bo", 1)
            await store.set_model(there.id, "x:y", owners_pick=True)
        await store.change_account("ana", role="owner", password="other")
        assert await picks(store) == [True, True, True, True]
        if removed:
            await store.remove_account("ana")
        else:
            await store.change_account("ana", role="member")
        assert await picks(store) == [False, False, True, True]

    async def picks(store: Store) -> list[bool]:
        found = [await store.conversation_numbered(number) for number in range(1, 5)]
        return [one.owners_pick for one in found if one is not None and one.model == "x:y"]

    run(body)


def test_a_removed_account_takes_its_tokens_and_logins_along(run: Run) -> None:
    async def body(store: Store) -> None:
        for name in ("ana", "bo"):
            await store.add_account(account(name))
            await store.add_token(name, "phone", name.encode(), 1)
            await store.log_in(b"login of " + name.encode(), name, 1, 100)
        await store.remove_account("ana")
        assert [one.name for one in await store.accounts()] == ["bo"]
        assert await store.let_in(b"ana", 2) is None
        assert await store.logged_in(b"login of ana", 2) is None
        assert await store.let_in(b"bo", 2) is not None
        assert await store.logged_in(b"login of bo", 2) == account("bo")
        with pytest.raises(NotThere):
            await store.remove_account("ana")

    run(body)


def test_a_token_lets_its_account_in(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        made = await store.add_token("ana", "phone", b"one", 7)
        assert (made.account, made.label, made.created_at, made.used_at) == (
            "ana",
            "phone",
            7,
            None,
        )
        found = await store.let_in(b"one", 8)
        assert found is not None
        assert found == (account(), made)
        assert await store.let_in(b"two", 8) is None

    run(body)


def test_the_use_of_a_token_is_noted_to_the_minute(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        await store.add_token("ana", "phone", b"one", 7)
        noted = []
        for now in (10 * MINUTE + 5, 10 * MINUTE + 50_000, 11 * MINUTE + 1):
            await store.let_in(b"one", now)
            noted.append((await store.tokens())[0].used_at)
        assert noted == [10 * MINUTE, 10 * MINUTE, 11 * MINUTE]

    run(body)


def test_a_token_needs_an_account_and_a_label_of_its_own(run: Run) -> None:
    async def body(store: Store) -> None:
        with pytest.raises(NotThere, match="'ana'"):
            await store.add_token("ana", "phone", b"one", 7)
        for name in ("ana", "bo"):
            await store.add_account(account(name))
        await store.add_token("ana", "phone", b"one", 7)
        with pytest.raises(SettingsError, match="phone"):
            await store.add_token("ana", "phone", b"two", 7)
        await store.add_token("bo", "phone", b"three", 7)
        assert [(one.account, one.label) for one in await store.tokens()] == [
            ("ana", "phone"),
            ("bo", "phone"),
        ]

    run(body)


def test_a_removed_token_lets_nobody_in_and_its_number_is_not_used_again(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        made = await store.add_token("ana", "phone", b"one", 7)
        await store.remove_token(made.id)
        assert await store.let_in(b"one", 8) is None
        with pytest.raises(NotThere, match=str(made.id)):
            await store.remove_token(made.id)
        again = await store.add_token("ana", "phone", b"two", 9)
        assert again.id > made.id

    run(body)


def test_a_login_is_good_until_its_time(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        await store.log_in(b"one", "ana", 10, 100)
        assert await store.logged_in(b"one", 100) == account()
        assert await store.logged_in(b"one", 101) is None
        assert await store.logged_in(b"two", 50) is None
        with pytest.raises(NotThere):
            await store.log_in(b"two", "bo", 10, 100)
        await store.log_in(b"one", "ana", 20, 200)
        assert await store.logged_in(b"one", 150) == account()

    run(body)


def test_a_login_that_is_used_is_good_for_longer(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        await store.log_in(b"one", "ana", 0, DAY)
        assert await store.logged_in(b"one", 1, DAY + 1) == account()
        assert await store.logged_in(b"one", DAY + 1) is None
        assert await store.logged_in(b"one", 2, 2 * DAY) == account()
        assert await store.logged_in(b"one", 2 * DAY) == account()
        assert await store.logged_in(b"one", 2 * DAY + 1, 9 * DAY) is None
        assert await store.logged_in(b"one", 2 * DAY + 1) is None

    run(body)


def test_a_login_ends_by_logging_out_or_with_another_password(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        for hash_ in (b"one", b"two"):
            await store.log_in(hash_, "ana", 0, 100)
        await store.log_out(b"one")
        await store.log_out(b"nobody's")
        assert await store.logged_in(b"one", 1) is None
        await store.change_account("ana", role="member")
        assert await store.logged_in(b"two", 1) is not None
        await store.change_account("ana", password="other")
        assert await store.logged_in(b"two", 1) is None

    run(body)


def test_a_login_takes_those_away_that_are_over(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.add_account(account())
        await store.log_in(b"one", "ana", 0, 100)
        await store.log_in(b"two", "ana", 101, 200)
        assert await store.logged_in(b"one", 50) is None

    run(body)


def test_the_secret_is_made_once(run: Run) -> None:
    async def body(store: Store) -> None:
        made = await store.secret()
        assert len(made) == 32
        assert await store.secret() == made

    run(body)
