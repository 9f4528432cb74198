"""Memory on the page, what the bot saw, forgetting; bots and vendors."""

from __future__ import annotations

import asyncio
from pathlib import Path

from channels.web.served import Opened, installed, served
from running import ScriptedModel


def test_what_was_said_is_found(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("the house by the sea")
        await page.talk("the house by the lake", by="bob")
        (hit,) = (await page.get("/api/search?q=house"))["hits"]
        assert hit | {"said_at": 0, "score": 0} == {
            "message": f"{number}.1",
            "conversation": number,
            "title": "the house by the sea",
            "speaker": "Ana",
            "text": "the house by the sea",
            "said_at": 0,
            "score": 0,
        }
        assert len((await page.get("/api/search?q=house&everybody=1"))["hits"]) == 2
        assert len((await page.get("/api/search?q=house&everybody=1&most=1"))["hits"]) == 1
        assert (await page.get("/api/search?q=%20%C2%A1"))["hits"] == []

    served(tmp_path, body)


def test_facts_are_written_changed_and_taken_back(tmp_path: Path):
    async def body(page: Opened) -> None:
        answer = await page.call("POST", "/api/facts", {"bot": "bo", "statement": "likes tea"})
        assert answer.status_code == 201
        fact = answer.json()
        assert (fact["statement"], fact["origin"], fact["sources"]) == ("likes tea", "written", [])
        assert (fact["valid_to"], fact["closed_at"]) == (None, None)
        path = f"/api/facts/{fact['id']}"
        edited = (await page.call("PATCH", path, {"statement": "likes coffee"})).json()
        assert edited["statement"] == "likes coffee"
        assert (await page.get("/api/facts?bot=bo"))["facts"] == [edited]
        past = (await page.get(f"/api/facts/{edited['id']}/history"))["facts"]
        assert [one["statement"] for one in past] == ["likes tea", "likes coffee"]
        undone = (await page.call("POST", "/api/facts/undo")).json()["fact"]
        assert undone["statement"] == "likes tea"
        assert (await page.call("POST", "/api/facts/undo", by="bob")).json() == {"fact": None}
        assert [one["statement"] for one in (await page.get("/api/facts"))["facts"]] == [
            "likes tea"
        ]
        assert len((await page.get("/api/facts?everybody=1"))["facts"]) == 1
        assert (await page.get("/api/facts?bot=nobody"))["facts"] == []
        new = {"bot": "nobody", "statement": "x"}
        assert (await page.call("POST", "/api/facts", new)).status_code == 404
        nothing = {"bot": "bo", "statement": "..."}
        assert (await page.call("POST", "/api/facts", nothing)).status_code == 422

    served(tmp_path, body)


def test_a_receipt_and_a_preview_tell_what_the_model_reads(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("the first")
        await page.say(number, "the second")
        await page.settled(number)
        receipt = await page.get(f"/api/messages/{number}.4/receipt")
        assert {"persona", "window"} <= {item["origin"] for item in receipt["items"]}
        (said,) = [item for item in receipt["items"] if item["id"] == f"{number}.1"]
        assert (said["text"], said["speaker"]) == ("the first", "Ana")
        assert receipt["prompt_tokens"] == 3 + sum(item["tokens"] for item in receipt["items"])
        assert receipt["budget"] == 4096 - 512
        answer = await page.call("GET", f"/api/messages/{number}.1/receipt")
        assert answer.status_code == 404
        path = f"/api/conversations/{number}/preview"
        preview = (await page.call("POST", path, {"text": "the third"})).json()
        assert preview["prompt"][0]["role"] == "system"
        assert preview["prompt"][-1]["content"] == "the third"
        assert preview["receipt"]["items"][-1]["tokens"] > 0
        assert len(await page.settled(number)) == 4
        assert (await page.call("POST", path, {"text": " "})).status_code == 422

    served(tmp_path, body)


def test_what_does_not_fit_is_told_in_a_receipt(tmp_path: Path):
    model = ScriptedModel(context_window=700, reserve=100)

    async def body(page: Opened) -> None:
        number = await page.talk("word " * 300)
        await page.say(number, "word " * 300)
        await page.settled(number)
        (left,) = (await page.get(f"/api/messages/{number}.4/receipt"))["left_out"]
        assert (left["from"], left["to"], left["count"]) == (f"{number}.1", f"{number}.1", 1)
        assert left["tokens"] > 0
        assert left["why"]

    served(tmp_path, body, model)


def test_summaries_tell_what_they_stand_for(tmp_path: Path):
    model = ScriptedModel([["a reply of some words"]], context_window=700, reserve=100)

    async def body(page: Opened) -> None:
        number = await page.talk("word " * 100)
        for _ in range(9):
            await page.say(number, "word " * 100)
            await page.settled(number)
        await asyncio.gather(*page.scene.engine._turns._learning.values())
        found = (await page.get(f"/api/conversations/{number}/summaries"))["summaries"]
        assert found
        assert found[-1]["first"] == f"{number}.1"
        assert found[-1]["id"][0] == "s"
        assert found[-1]["count"] > 1
        assert found[-1]["text"]

    served(tmp_path, body, model, summarise=True)


def test_forgetting_is_told_before_it_is_done(tmp_path: Path):
    async def body(page: Opened) -> None:
        number, other = await page.talk("a secret"), await page.talk("another")
        dry = (await page.call("POST", "/api/forget", {"what": f"{number}.1"})).json()
        assert (dry["messages"], dry["done"]) == ([f"{number}.1"], False)
        assert dry["told"][0].startswith("This would go: 1 message")
        assert len(await page.settled(number)) == 2
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.last == 2)
            sure = {"what": f"{number}.1", "replies": "quoting", "sure": True}
            done = (await page.call("POST", "/api/forget", sure)).json()
            assert done["done"] is True
            assert done["told"][0].startswith("Forgotten: 1 message")
            await tab.until(lambda: "changed" in reader.kinds())
            await tab.until(lambda: tab.others)
            assert tab.others[0] == {"type": "conversations"}
        gone = (await page.call("POST", "/api/forget", {"what": str(other), "sure": True})).json()
        assert gone["conversations"] == [other]
        assert (await page.call("GET", f"/api/conversations/{other}")).status_code == 404
        for what in ("999.1", "f999", "999"):
            assert (await page.call("POST", "/api/forget", {"what": what})).status_code == 404
        mine = (await page.call("POST", "/api/forget", {"what": "me", "sure": True})).json()
        assert mine["people"]
        assert (await page.get("/api/search?q=secret"))["hits"] == []

    served(tmp_path, body)


def test_a_conversation_that_is_forgotten_ends_its_watch(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("a secret")
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.last == 2)
            await page.call("POST", "/api/forget", {"what": str(number), "sure": True})
            await tab.until(lambda: "changed" in reader.kinds())
            again = await tab.watch(number, 2)
            await tab.until(lambda: again.kinds().count("changed") > 1)

    served(tmp_path, body)


def test_bots_are_described_and_discarded_by_owners(tmp_path: Path):
    async def whole() -> None:
        async with installed(tmp_path) as page:
            (bot,) = (await page.get("/api/bots", "bob"))["bots"]
            assert (bot["name"], bot["source"], bot["model"]) == (
                "tertulia",
                "built in",
                "offline",
            )
            assert bot["memories"] == ["facts", "recall", "summary"]
            given = {
                "persona": {"name": "Eva", "instructions": "Be brief."},
                "model": {"provider": "offline", "temperature": 0.5},
                "memory": {"facts": {"share": 10, "most": 100}, "window": {"last": 5}},
                "choices": ["offline"],
            }
            made = await page.call("PUT", "/api/bots/eva", given)
            assert made.status_code == 200, made.text
            eva = made.json()
            assert eva["source"] == "page"
            assert eva["given"]["persona"] == given["persona"]
            assert eva["given"]["model"]["temperature"] == 0.5
            assert eva["given"]["memory"]["window"] == {"last": 5}
            # What a page was told it may give back as it is.
            again = await page.call("PUT", "/api/bots/eva", eva["given"])
            assert again.json() == eva
            part = await page.call("PUT", "/api/bots/eva", {"choices": []})
            assert part.json()["given"]["persona"] == given["persona"]
            number = await page.begin("hello", bot="eva")
            assert (await page.settled(number))[-1]["name"] == "Eva"
            for method, path, body, who, status in [
                ("PUT", "/api/bots/eva", given, "bob", 403),
                ("DELETE", "/api/bots/eva", None, "bob", 403),
                ("PUT", "/api/bots/eva", {"model": {"provider": "nobody"}}, "ana", 422),
                ("PUT", "/api/bots/eva", {"model": {}}, "ana", 400),
                ("PUT", "/api/bots/eva", {"model": {"api_key": "x"}}, "ana", 400),
                ("PUT", "/api/bots/e%20a", given, "ana", 404),
                ("DELETE", "/api/bots/nobody", None, "ana", 404),
                ("DELETE", "/api/bots/tertulia", None, "ana", 422),
                ("DELETE", "/api/bots/eva", None, "ana", 204),
                ("DELETE", "/api/bots/eva", None, "ana", 404),
            ]:
                answer = await page.call(method, path, body, by=who)
                assert answer.status_code == status, (method, path, answer.text)
            assert (await page.settled(number))[-1]["name"] == "eva"

    asyncio.run(whole())


def test_keys_go_in_and_never_come_back(tmp_path: Path):
    async def body(page: Opened) -> None:
        path = "/api/vendors/openai/key"
        answer = await page.call("PUT", path, {"key": "sk-secret"})
        assert answer.json() == {"models": ["openai:one"]}
        (vendor,) = (await page.get("/api/vendors"))["vendors"]
        assert vendor == {
            "name": "openai",
            "ready": True,
            "connected": True,
            "kept": False,
            "local": False,
            "base_url": None,
        }
        assert (await page.get("/api/vendors", "bob"))["vendors"][0]["ready"] is False
        assert await page.get("/api/vendors/openai/models") == {"models": ["openai:one"]}
        wrong = await page.call("PUT", path, {"key": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (502, "model_failed")
        assert (await page.call("DELETE", path)).status_code == 204
        assert (await page.get("/api/vendors"))["vendors"][0]["connected"] is False
        where = {"key": "sk-x", "base_url": "http://127.0.0.1:1/v1"}
        assert (await page.call("PUT", path, where, by="bob")).status_code == 403
        assert (await page.call("PUT", path, where)).status_code == 200
        for key in ({"key": "ñ"}, {"key": "a\nb"}, {}, {"key": 1}, {"key": "x", "base_url": "x"}):
            assert (await page.call("PUT", path, key)).status_code == 400

    served(tmp_path, body)


def test_the_real_workshop_stands_behind_the_vendors(tmp_path: Path):
    async def whole() -> None:
        async with installed(tmp_path) as page:
            vendors = (await page.get("/api/vendors"))["vendors"]
            assert {"openai", "ollama"} <= {one["name"] for one in vendors}
            assert await page.get("/api/vendors/offline/models")
            path = "/api/vendors/nobody"
            assert (await page.call("GET", f"{path}/models")).status_code in (404, 422)
            assert (await page.call("DELETE", f"{path}/key")).status_code in (404, 422)
            offline = await page.call("PUT", "/api/vendors/offline/key", {"key": "x" * 20})
            assert offline.status_code == 422

    asyncio.run(whole())
