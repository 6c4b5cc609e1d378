"""asyncio waits on changes: woken from any thread, cancelled at once, nothing lost."""

import asyncio
import threading

import pytest

import meshplane

NAMESPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: n%d}}"


def test_a_change_from_another_thread_wakes(store):
    async def main():
        waiting = asyncio.ensure_future(store.changed())
        await asyncio.sleep(0)
        threading.Thread(target=store.apply, args=(NAMESPACE % 1,)).start()
        return (await asyncio.wait_for(waiting, 20)).revision

    assert asyncio.run(main()) == 1


def test_what_is_new_already_is_given_at_once(store):
    store.apply(NAMESPACE % 1)

    async def main():
        first = await store.changed()
        with pytest.raises(TimeoutError) as raised:
            await store.changed(first.revision, timeout=0.05)
        assert isinstance(raised.value, meshplane.Timeout)
        store.replace_file(NAMESPACE % 2, "f.yaml")
        store.delete("Namespace", "", "n1")
        return first.revision, (await store.changed(first.revision)).changed()

    revision, changed = asyncio.run(main())
    assert revision == 1 and [each["name"] for each in changed] == ["n1", "n2"]


def test_a_timeout_of_nothing_looks_and_does_not_wait(store):
    store.apply(NAMESPACE % 1)
    watch = meshplane.Watch()
    watch.publish(store.snapshot())

    async def main():
        for source in (store, watch):
            assert (await source.changed(timeout=0)).revision == 1
            with pytest.raises(meshplane.Timeout):
                await source.changed(1, timeout=0)
        store.close()
        with pytest.raises(meshplane.Conflict):
            await store.changed(timeout=0)

    asyncio.run(main())


def test_every_change_is_seen_or_one_after_it(store):
    """Changes from a thread, many at a time: revisions rise, and the last one arrives."""
    async def main():
        def change():
            for i in range(200):
                store.apply(NAMESPACE % i)
            store.apply("{apiVersion: v1, kind: Namespace, metadata: {name: last}}")

        threading.Thread(target=change).start()
        seen = []
        async for now in store.changes():
            seen.append(now.revision)
            if "last" in {each["name"] for each in now.changed()}:
                return seen

    seen = asyncio.run(asyncio.wait_for(main(), 60))
    assert seen == sorted(set(seen))


def test_waiting_is_cancelled(store):
    async def main():
        tasks = [asyncio.ensure_future(store.changed()) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in done)

    asyncio.run(main())
    store.apply(NAMESPACE % 1)  # wakes nobody, hurts nobody


@pytest.mark.parametrize("make", [meshplane.Store, meshplane.Watch])
def test_closing_ends_all_waiting(make):
    async def main():
        thing = make()
        waiting = [asyncio.ensure_future(thing.changed()) for _ in range(3)]
        await asyncio.sleep(0.05)
        threading.Thread(target=thing.close).start()
        done = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)
        assert [type(each) for each in done] == [meshplane.Conflict] * 3
        assert [each async for each in thing.changes()] == []

    asyncio.run(main())


def test_a_watch_gives_the_newest(store):
    async def main():
        watch = meshplane.Watch()
        waiting = asyncio.ensure_future(watch.changed())
        await asyncio.sleep(0)
        for i in range(3):
            store.apply(NAMESPACE % i)
            watch.publish(store.snapshot())
        assert (await asyncio.wait_for(waiting, 20)).revision in (1, 2, 3)
        async for now in watch.changes(2):
            return now.revision

    assert asyncio.run(main()) == 3
