"""What is SQLite's own: its file, its errors in plain words, its migrations."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from making import incoming
from tertulia.stores.sql.migrate import MIGRATIONS, upgrade
from tertulia.stores.sql.schema import REVISIONS, metadata
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.errors import (
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
)
from tertulia.values.message import Measured


def opened(path: Path) -> None:
    async def body() -> None:
        store = SQLiteStore(path)
        try:
            await store.open()
        finally:
            await store.close()

    asyncio.run(body())


def test_a_new_file_is_private_and_safe(tmp_path: Path) -> None:
    path = tmp_path / "data" / "tertulia.db"
    opened(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_the_writer_syncs_fully_and_wipes_what_is_deleted(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLiteStore(tmp_path / "t.db")
        await store.open()
        pragmas = ("synchronous", "secure_delete", "foreign_keys")
        found = await store._write(
            lambda c: [c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
        )
        assert found == [2, 1, 1]
        with pytest.raises(StoreReadOnly):
            await store._read(lambda c: c.exec_driver_sql("DELETE FROM message"))
        await store.close()

    asyncio.run(body())


def schema(path: Path) -> list[list[str]]:
    """Each table and index of a file, as its parts in order of the alphabet, blanks aside."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    connection.close()
    made = [re.sub(r"[\s()]+", " ", sql) for (sql,) in rows if "alembic_version" not in sql]
    return sorted(sorted(part.strip() for part in sql.split(",")) for sql in made)


def no_full_text(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is one of ours: FTS5 keeps its own beside them."""
    return kind != "table" or not str(name).startswith("message_index")


def test_the_revisions_make_the_tables_that_a_new_file_gets(tmp_path: Path) -> None:
    opened(tmp_path / "new.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'upgraded.db'}")
    with engine.begin() as connection:
        upgrade(connection)
        context = MigrationContext.configure(connection, opts={"include_name": no_full_text})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert schema(tmp_path / "new.db") == schema(tmp_path / "upgraded.db")
    opened(tmp_path / "upgraded.db")


def test_an_older_database_is_upgraded_with_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db"
    opened(path)
    monkeypatch.setattr("tertulia.stores.sql.sqlite.REVISIONS", (*REVISIONS, "next"))
    seen: list[object] = []
    monkeypatch.setattr("tertulia.stores.sql.migrate.upgrade", seen.append)
    opened(path)
    assert len(seen) == 1


def test_the_known_revisions_are_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(reversed([script.revision for script in scripts])) == REVISIONS


def test_two_processes_may_make_the_tables_at_once(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import asyncio, sys, pathlib
        from tertulia.stores.sql.sqlite import SQLiteStore
        async def main():
            store = SQLiteStore(pathlib.Path(sys.argv[1]))
            await store.open()
            await store.close()
        asyncio.run(main())
    """)
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "t.db")]) for _ in range(4)
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    opened(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=r"was written by a newer Tertulia .*upgrade Tertulia"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"This is my diary.\n" * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"is not a database. Nothing was changed"):
        opened(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("theirs", ["CREATE TABLE theirs (x)", "CREATE TABLE alembic_version (x)"])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / "t.db"
    connection = sqlite3.connect(path)
    connection.execute(theirs)
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match=r"of another program"):
        opened(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["t.db"]


def test_a_damaged_file_is_told_and_nothing_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    opened(path)
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    content[100:1000] = b"\xaa" * 900
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"Nothing was overwritten"):
        opened(path)


def test_a_full_disk_is_told_and_what_was_stored_stays(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLiteStore(tmp_path / "t.db")
        await store.open()
        await store.accept(Measured(incoming=incoming("kept", number="k"), tokens=5), 1)
        await store._write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1") and None)
        large = [
            Measured(incoming=incoming("x" * 900_000, number=str(n)), tokens=5) for n in range(3)
        ]
        results = await asyncio.gather(
            *(store.accept(each, 1) for each in large), return_exceptions=True
        )
        assert [type(result) for result in results] == [StoreFull] * 3
        assert "is full: this was not stored" in str(results[0])
        assert [m.text for m in await store.transcript(1)] == ["kept"]
        await store._write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 999999") and None)
        await store.accept(large[0], 1)
        assert len(await store.transcript(1)) == 2
        await store.close()

    asyncio.run(body())


def test_one_that_fails_in_a_group_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLiteStore(tmp_path / "t.db")
        await store.open()
        await store.accept(Measured(incoming=incoming(), tokens=5), 1)

        def wrong(connection: object) -> None:
            connection.exec_driver_sql("INSERT INTO outcome (seq) VALUES (1)")  # type: ignore[attr-defined]

        good = [
            store.accept(Measured(incoming=incoming(number=f"g{n}"), tokens=5), 1) for n in range(5)
        ]
        results = await asyncio.gather(
            good[0], store._write(wrong), *good[1:], return_exceptions=True
        )
        assert isinstance(results[1], StoreError)
        assert "could not be used" in str(results[1])
        assert sum(isinstance(result, Exception) for result in results) == 1
        assert len(await store.transcript(1)) == 6
        await store.close()

    asyncio.run(body())


def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    """In a child that is nobody: root may write everywhere."""
    opened(tmp_path / "t.db")
    program = textwrap.dedent("""
        import asyncio, os, sys, pathlib
        from tertulia.stores.sql.sqlite import SQLiteStore
        from tertulia.values.errors import StoreReadOnly
        async def main():
            store = SQLiteStore(pathlib.Path(sys.argv[1]))
            try:
                await store.open()
            except StoreReadOnly as error:
                print(error)
        if os.geteuid() == 0:
            os.seteuid(65534)
        asyncio.run(main())
        os._exit(0)
    """)
    path = tmp_path / "t.db"
    for folder in tmp_path.parents[:3]:
        if folder.owner() == os.environ.get("USER", "root") and folder != Path("/tmp"):
            folder.chmod(0o755)
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        said = subprocess.run(
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        tmp_path.chmod(0o755)
    assert "Make the file" in said.stdout or "Make its folder" in said.stdout, said.stderr


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match=r"cannot be opened"):
        opened(tmp_path)


def test_a_store_that_is_closed_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLiteStore(tmp_path / "t.db")
        with pytest.raises(RuntimeError, match=r"before open"):
            await store.factors()
        with pytest.raises(RuntimeError, match=r"before open"):
            await store.set_factor("m", 1)
        await store.open()
        await store.close()
        with pytest.raises(StoreError, match=r"closed: this was not stored"):
            await store.set_factor("m", 1)

    asyncio.run(body())
