"""mesh serve: what it does when files, ports, callers and clients do not behave; certificates; pages; a clean stop."""

import contextlib
import json
import re
import resource
import signal
import socket
import subprocess
import time

import grpc
import pytest

from serving import Served, running

METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
SECRETS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
SERVICE = ("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: app}\n"
           "spec: {clusterIP: 10.0.0.%d, ports: [{name: http, port: 80}]}\n")
NODE = "sidecar~10.1.0.9~web.app~app.svc.cluster.local"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "cluster"
    path.mkdir()
    (path / "a.yaml").write_text(SERVICE % ("one", 1))
    (path / "b.yaml").write_text(SERVICE % ("two", 2))
    return path


@pytest.fixture
def served(program, folder, tmp_path):
    with running(Served(program, folder, tmp_path)) as one:
        yield one


def field(number, value):
    value = value if isinstance(value, bytes) else value.encode()
    size, length = len(value), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value


def request(url, node="", names=(), **metadata):
    """A DeltaDiscoveryRequest."""
    entries = b"".join(field(1, field(1, key) + field(2, field(3, text))) for key, text in metadata.items())
    described = field(1, field(1, node) + (field(3, entries) if entries else b"")) if node else b""
    return described + field(2, url) + b"".join(field(3, name) for name in names)


@contextlib.contextmanager
def stream(served, *requests):
    """The answers to these requests, as bytes; the stream stays open until the end."""
    done = []

    def ask():
        yield from requests
        while not done:
            time.sleep(0.02)
    with grpc.insecure_channel(f"127.0.0.1:{served.ads}") as channel:
        call = channel.stream_stream(METHOD)(ask())
        try:
            yield call
        finally:
            done.append(True)
            call.cancel()


def test_certificates_live_as_long_as_a_server_may_run(served, tmp_path):
    with stream(served, request(SECRETS, NODE, ["default", "ROOTCA"])) as answers:
        answer = next(answers)
    found = re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", answer, re.S)
    assert len(found) == 2
    for pem in found:
        subprocess.run(["openssl", "x509", "-noout", "-checkend", str(9 * 365 * 86400)], input=pem, check=True,
                       capture_output=True)


@pytest.mark.parametrize("option", ["--http-address", "--webhook", "--address"])
def test_a_port_that_is_taken_is_an_error(program, folder, option):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        # As another server of the same library would.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        ports = {"--address": "127.0.0.1:0", "--http-address": "127.0.0.1:0", option: place}
        done = subprocess.run([program, "serve", folder, *(word for pair in ports.items() for word in pair)],
                              capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert f"mesh serve: cannot listen on {place}: in use?" in done.stderr


def test_a_port_of_another_server_is_an_error(program, served, folder):
    for option, port in (("--http-address", served.http), ("--address", served.ads)):
        ports = {"--address": "127.0.0.1:0", "--http-address": "127.0.0.1:0", option: f"127.0.0.1:{port}"}
        done = subprocess.run([program, "serve", folder, *(word for pair in ports.items() for word in pair)],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 1 and f"cannot listen on 127.0.0.1:{port}" in done.stderr


def test_ready_does_not_wait_behind_idle_connections(served):
    with contextlib.ExitStack() as stack:
        for says in [b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"] * 8 + [b""] * 20 + [b"GET /rea"] * 4:
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", served.http)))
            idle.sendall(says)
        begin = time.monotonic()
        assert served.page("/ready") == (200, "ready\n")
        assert time.monotonic() - begin < 5
        assert served.stop() == 0


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_stop_it_cleanly(served, by):
    assert served.stop(by) == 0
    assert "stopping" in served.log.read_text()


def test_a_hangup_that_is_ignored_stops_nothing(program, folder, tmp_path):
    with running(Served(program, folder, tmp_path, preexec_fn=deaf_to_hangups)) as served:
        served.child.send_signal(signal.SIGHUP)
        time.sleep(0.6)
        assert served.page("/ready")[0] == 200 and served.stop() == 0


def test_a_folder_that_is_moved_away_takes_nothing_from_proxies(served, folder):
    with stream(served, request(CLUSTERS, NODE)) as answers:
        assert b"||one.app." in next(answers)
        aside = folder.with_name("aside")
        folder.rename(aside)
        served.line(r"cluster: cannot be read: No such file or directory; what was read before stays")
        time.sleep(1.5)
        aside.rename(folder)
        (folder / "c.yaml").write_text(SERVICE % ("three", 3))
        answer = next(answers)
        assert b"||three.app." in answer and b"||one.app." not in answer, "one change and no removal"
    assert "gone" not in served.log.read_text().replace("or gone", "")


def test_a_file_that_is_emptied_and_written_again_is_one_change(served, folder):
    with stream(served, request(CLUSTERS, NODE)) as answers:
        next(answers)
        with open(folder / "a.yaml", "w") as file:
            time.sleep(0.6)
            file.write(SERVICE % ("one", 1) + "---\n" + SERVICE % ("three", 3))
        answer = next(answers)
        assert b"||three.app." in answer and b"||one.app." not in answer, "never removed, so not sent again"


def test_what_a_client_says_stays_on_one_line_of_the_log(served):
    with stream(served, request(CLUSTERS, NODE.replace("sidecar", "side\nserve: b.yaml: gone\x1b[31m"))) as answers:
        with pytest.raises(grpc.RpcError):
            next(answers)
    line = served.line(r"serve: stream refused: .*")
    assert "side\\nserve: b.yaml: gone\\x1b[31m" in line


def test_a_health_report_before_the_node_is_left_out(served):
    health = request("type.googleapis.com/istio.v1.HealthInformation")
    with stream(served, health, request(CLUSTERS, NODE)) as answers:
        assert b"||one.app." in next(answers)


def test_pages_know_the_clients_that_said_who_they_are(served):
    nodes = [NODE.replace("web", name) for name in ("web", "api")]
    with contextlib.ExitStack() as stack:
        stack.enter_context(stream(served))
        for node in nodes:
            next(stack.enter_context(stream(served, request(CLUSTERS, node, ISTIO_VERSION="1.29.0"))))
        rows = json.loads(served.page("/debug/syncz")[1])
        assert [row["proxy"] for row in rows] == ["api.app", "web.app"]
        assert all(row["proxy_type"] == "sidecar" and row["istio_version"] == "1.29.0" for row in rows)
        assert "\npilot_xds 2\n" in served.page("/metrics")[1]


def test_a_connected_proxy_without_a_pod_has_a_dump(served):
    assert served.page("/debug/config_dump") == (400, "You must provide a proxyID in the query string\n")
    assert served.page("/debug/config_dump?proxyID=web.app")[0] == 404
    with stream(served, request(CLUSTERS, NODE, MESH_FLAVOUR="envoy")) as answers:
        next(answers)
        status, page = served.page("/debug/config_dump?proxyID=web.app")
        assert status == 200 and "||one.app." in page and "istio.metadata_exchange" not in page


def test_open_files_are_as_many_as_may_be_had(program, folder, tmp_path):
    with running(Served(program, folder, tmp_path, preexec_fn=few_files)) as served:
        limits = open(f"/proc/{served.child.pid}/limits").read()
    soft, hard = re.search(r"Max open files +(\d+) +(\d+)", limits).groups()
    assert soft == hard != "64"


def deaf_to_hangups():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
