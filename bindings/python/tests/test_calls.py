"""How a call crosses: bytes without copies, threads side by side, handles that several hold, memory that stays flat."""

import copy
import ctypes
import gc
import json
import mmap
import os
import subprocess
import sys
import threading
import time

import pytest

import meshplane
from conftest import ROOT, SHOP

SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: b}, spec: {ports: [{port: 80}]}}"
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")


# ---- bytes -------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", [str, str.encode, lambda text: bytearray(text.encode()),
                                  lambda text: memoryview(text.encode()), lambda text: memoryview(b"xx" + text.encode())[2:]],
                         ids=["str", "bytes", "bytearray", "memoryview", "a part of one"])
def test_what_has_bytes_goes_in(store, form):
    assert store.apply(form(SERVICE % "a")) == []
    assert store.snapshot().revision == 1


def test_a_mapped_file_goes_in(store, tmp_path):
    (tmp_path / "f.yaml").write_text(SERVICE % "a")
    with open(tmp_path / "f.yaml", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert str(store.raw.apply(mapped, "f.yaml")) == "[]"


def test_bytes_cannot_change_while_they_are_read(store):
    text = bytearray((SERVICE % "a").encode())
    refused = []
    done = threading.Event()

    def meddle():
        while not done.is_set():
            try:
                text.append(32)
                text.pop()
            except BufferError as error:
                refused.append(error)

    meddler = threading.Thread(target=meddle)
    meddler.start()
    try:
        for _ in range(200):
            store.raw.apply(text, "")
    finally:
        done.set()
        meddler.join()
    assert store.snapshot().diagnostics() == []


def test_half_a_surrogate_pair_is_a_value_error(store):
    with pytest.raises(UnicodeEncodeError):
        store.apply("a: \ud800")


def test_an_answer_is_the_librarys_own_bytes(shop):
    answer = shop.raw.members("")
    first, second = memoryview(answer), memoryview(answer)
    assert first.readonly and first.contiguous and first.format == "B" and len(answer) == first.nbytes
    assert address(first) == address(second)  # no copy was made for either
    assert bytes(first) == bytes(answer) == str(answer).encode()
    assert json.loads(str(answer)) == shop.members()
    with pytest.raises(TypeError):
        first[0] = 0
    del answer
    assert bytes(first).startswith(b'{"controlPlanes"')  # the view keeps it


def address(view):
    exporter = (ctypes.c_size_t * 11)()  # a Py_buffer: its first word is the address
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(view), ctypes.byref(exporter), 0)
    found = exporter[0]
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(exporter))
    return found


def test_a_large_result_crosses_with_one_copy_at_most(store):
    import tracemalloc
    store.apply([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{i}", "namespace": "b"},
                  "spec": {"clusterIP": f"10.0.{i // 250}.{i % 250}", "ports": [{"name": "http", "port": 80}]}} for i in range(600)])
    store.apply("{apiVersion: v1, kind: Namespace, metadata: {name: b}}")
    now = store.snapshot()
    proxy = now.proxy({"type": "sidecar", "id": "x.b", "namespace": "b", "ip": ["10.9.9.9"]})
    size = len(now.generator.response(proxy, "clusters"))
    assert size > 400_000
    tracemalloc.start()
    try:
        response = now.generator.response(proxy, "clusters")
        view = memoryview(response)
        assert tracemalloc.get_traced_memory()[1] < 20_000  # Python holds none of it
        tracemalloc.reset_peak()
        assert len(bytes(view)) == size
        assert tracemalloc.get_traced_memory()[1] < size + 20_000
        tracemalloc.reset_peak()
        now.xds_response(proxy, "clusters")
        assert tracemalloc.get_traced_memory()[1] < size + 20_000
    finally:
        tracemalloc.stop()


# ---- threads -----------------------------------------------------------------------------------

def test_the_interpreter_runs_while_the_library_does(shop):
    """While one thread waits inside a C function, another one counts."""
    watch = meshplane.Watch()
    counted, ended = [0], threading.Event()

    def count():
        while not ended.is_set():
            counted[0] += 1
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    before = counted[0]
    with pytest.raises(meshplane.Timeout):
        watch.wait(timeout=0.3)
    assert counted[0] > before + 10
    ended.set()
    counter.join()


def test_a_store_takes_calls_from_many_threads(store):
    def apply(first):
        for i in range(first, first + 50):
            store.apply(SERVICE % f"s{i}")
            store.snapshot().close()

    threads = [threading.Thread(target=apply, args=(i * 50,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with meshplane.Store() as other:
        other.apply("\n---\n".join(SERVICE % f"s{i}" for i in range(200)))
        assert store.snapshot().diff(other.snapshot())["proxies"] == []


def test_closing_in_one_thread_frees_nothing_that_another_is_in(shop):
    for _ in range(20):
        with meshplane.Store() as store:
            store.apply(SHOP)
            now = store.snapshot()
        outcomes = []

        def ask():
            try:
                while True:
                    outcomes.append(len(now.members()["controlPlanes"]))
            except ValueError as error:
                outcomes.append(str(error))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        while not outcomes:
            time.sleep(0.001)
        now.close()
        for thread in threads:
            thread.join()
        assert set(outcomes) <= {2, "it is closed"} and outcomes.count("it is closed") == 3


def test_a_watch_in_threads(store):
    watch = meshplane.Watch()
    found = []
    waiter = threading.Thread(target=lambda: found.append(watch.wait(seen=0, timeout=20).revision))
    waiter.start()
    store.apply(SERVICE % "a")
    watch.publish(store.snapshot())
    waiter.join()
    assert found == [1]
    watch.close()
    with pytest.raises(meshplane.Conflict):
        watch.wait()


# ---- handles -----------------------------------------------------------------------------------

def test_a_clone_outlives_its_original(store):
    store.apply(SERVICE % "a")
    now = store.snapshot()
    with copy.copy(now) as other:
        now.close()
        assert other.revision == 1
    injector = meshplane.Injector()
    other = injector.clone()
    injector.close()
    assert other.diagnostics() == []


@pytest.mark.parametrize("make", [lambda shop: meshplane.Xds(shop), lambda shop: meshplane.Authority(now=1),
                                  lambda shop: meshplane.Session(meshplane.Xds(shop)), lambda shop: meshplane.Injector(shop),
                                  lambda shop: shop.clone(), lambda shop: meshplane.Store()])
def test_closed_is_closed(shop, make):
    with make(shop) as thing:
        pass
    thing.close()
    for name in dir(thing.raw):
        if not name.startswith("_") and name != "close":
            with pytest.raises((ValueError, TypeError)):  # TypeError: arguments are missing
                getattr(thing.raw, name)()
    gone = getattr(thing, {"Xds": "sizes", "Authority": "issue_server", "Session": "next", "Injector": "matrix",
                           "Snapshot": "members", "Store": "snapshot"}[type(thing).__name__])
    arguments = {"sizes": [shop.proxy("shop-web/frontend")], "issue_server": [["a"]]}.get(gone.__name__, [])
    with pytest.raises(ValueError, match="closed"):
        gone(*arguments)


def test_a_proxy_is_not_made_by_hand():
    with pytest.raises(TypeError):
        meshplane._core.Proxy()


# ---- sessions ----------------------------------------------------------------------------------

def field(number, payload):
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


CLUSTER = b"type.googleapis.com/envoy.config.cluster.v3.Cluster"


def request(node="sidecar~127.10.0.1~frontend.shop-web~shop-web.svc.cluster.local"):
    """A DiscoveryRequest: node {id}, type_url."""
    return field(2, field(1, node.encode())) + field(4, CLUSTER)


def test_a_session_answers_in_bytes(shop):
    row = next(row for row in shop.proxies() if row["name"] == "frontend")
    node = f"sidecar~{row['ip']}~{row['name']}.{row['namespace']}~{row['namespace']}.svc.cluster.local"
    with meshplane.Xds(shop) as xds, meshplane.Session(xds, meshplane.Authority(now=1_700_000_000), believe_node=True) as session:
        session.receive(request(node))
        (message,) = session
        slices = message.slices()
        assert len(message) == len(bytes(message)) and b"".join(slices) == bytes(message) == bytes(message.joined())
        assert all(part.readonly for part in slices)
        assert CLUSTER in bytes(message)
        for cluster in shop.xds("shop-web/frontend", "clusters"):
            assert cluster["name"].encode() in bytes(message)
        assert session.next() is None
        assert "frontend" in str(session.describe())
        session.update()
        assert list(session) == []
    del message, session, xds
    gc.collect()
    assert bytes(slices[0])  # a slice keeps its message


def test_a_session_keeps_what_it_is_of(shop):
    session = meshplane.Session(meshplane.Xds(shop), meshplane.Authority(now=1))
    gc.collect()
    assert session.next() is None
    with pytest.raises(meshplane.ParseError):
        session.receive(b"\xff")


def test_an_authority_is_a_tenants_own(shop):
    with meshplane.Authority(now=1_700_000_000, lifetime_seconds=60) as authority:
        web, portal = (authority.issue(shop, shop.proxy(pod)) for pod in ("shop-web/frontend", "partner-portal/portal"))
    assert web["root"] != portal["root"]
    with pytest.raises(ValueError, match="lifeTime"):
        meshplane.Authority(now=1, lifeTime=3)


def test_the_bootstrap_is_what_the_program_prints(shop, cli):
    done = subprocess.run([cli, "bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "-o", "json"], capture_output=True,
                          text=True, timeout=60, check=True)
    assert shop.bootstrap("shop-web/frontend") == json.loads(done.stdout)


# ---- objects -----------------------------------------------------------------------------------

def test_objects_as_other_packages_have_them(store):
    import datetime
    made = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    objects = ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "creationTimestamp": made}} for name in "abc")
    assert store.apply(objects) == []
    assert len(store.snapshot().changed()) == 3
    for wrong in (7, [7], {"apiVersion": object()}, {"spec": float("nan")}):
        with pytest.raises((TypeError, ValueError)):
            store.apply(wrong)


def test_paths(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.yaml", "a/c.json", "a/notes.txt", ".git/d.yaml", "a/.e.yaml", "e.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(SERVICE % name.replace("/", "-").replace(".", "-"))
    assert store.apply(".") == []
    assert [each["name"] for each in store.snapshot().changed()] == ["a-c-json", "b-yaml", "e-yml"]
    assert store.apply("./b.yaml") == []
    with pytest.raises(FileNotFoundError):
        store.apply("c.yaml")
    assert store.apply(b"b.yaml")[0]["severity"] == "error"  # bytes are never a path


# ---- memory ------------------------------------------------------------------------------------

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(SANITIZED, reason="skipped: a sanitizer keeps what is freed for a while")
def test_a_million_calls_leave_nothing_behind(shop):
    """Calls of every shape: handles made, closed and forgotten, answers, errors."""
    core, proxy, watch = shop.raw, shop.proxy("shop-web/frontend").raw, meshplane.Watch()

    def round_of_ten():
        core.revision()
        core.revision()
        core.clone().close()
        core.clone()
        memoryview(core.changed())
        str(core.changed())
        bytes(proxy.describe())
        core.revision()
        for wrong in ("no/pod", ""):
            try:
                core.proxy_of_pod(wrong, "x")
            except meshplane.NotFound:
                pass

    def rounds(calls):
        for _ in range(calls // 10):
            round_of_ten()
        watch.publish(shop)
        gc.collect()
        return resident()

    rounds(20_000)
    before = rounds(20_000)
    after = rounds(1_000_000)
    assert after - before < 1_000_000, f"{after - before} bytes in 1,000,000 calls"


@pytest.mark.skipif(SANITIZED, reason="skipped: a sanitizer keeps what is freed for a while")
def test_stores_sessions_and_injectors_leave_nothing_behind(shop):
    def one():
        with meshplane.Store() as store:
            store.apply(SERVICE % "a")
            now = store.snapshot()
            now.diagnostics()
            meshplane.Injector(now).matrix()
            session = meshplane.Session(meshplane.Xds(now))
            session.next()
            meshplane.convert({"kind": "x"}, "v1")

    def many():
        for _ in range(1_000):
            one()
        gc.collect()
        return resident()

    many()
    before = many()
    assert many() - before < 1_000_000


def test_the_module_loads_beside_grpc_and_protobuf():
    """In one process, in any order, and each of them works: descriptors, a call over a real channel, and the library."""
    for order in ("grpc, meshplane", "meshplane, grpc"):
        done = subprocess.run([sys.executable, ROOT / "bindings/python/tests/beside_grpc.py", *order.split(", ")],
                              capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        assert done.returncode == 0 and done.stdout == "good\n", done.stdout + done.stderr


@pytest.mark.skipif(os.environ.get("MESH_PYTHON") == "installed", reason="skipped: the library is inside the extension")
def test_a_library_of_another_abi_is_refused(tmp_path):
    """One that answers to mesh_abi_version first is put before the real one."""
    (tmp_path / "other.c").write_text("unsigned mesh_abi_version(void) { return 4711; }\n")
    other = tmp_path / "other.so"
    subprocess.run(["cc", "-shared", "-fPIC", tmp_path / "other.c", "-o", other], check=True)
    preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD", ""), str(other)]))
    done = subprocess.run([sys.executable, "-c", "import meshplane"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LD_PRELOAD": preload, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert "ImportError: meshplane was built for ABI 0 of libmesh, and the library that was loaded has ABI 4711" in done.stderr
