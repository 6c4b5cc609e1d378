"""How the programs behave: loopback only, a clean stop, nothing left behind."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import envoys
import processes
from conftest import ROOT, SHOP


def test_another_address_than_loopback_is_refused(program):
    done = subprocess.run([program.program, "serve", SHOP, "--address", "0.0.0.0:0"],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_serve_ends_well_on_sigterm(program, tmp_path):
    with processes.Stage() as stage:
        http = ("127.0.0.1", envoys.free_port())
        command = program.serve_command(SHOP, f"127.0.0.1:{envoys.free_port()}", "%s:%d" % http)
        server = stage.start("mesh serve", command, tmp_path / "serve.log")
        import customers
        processes.wait_for("ready", lambda: customers.get(http, "m", "/ready").status == 200,
                           server)
        begin = time.monotonic()
        assert server.stop() == 0, server.last_words()
        assert time.monotonic() - begin < 3


def left_running(word: str) -> list[str]:
    """Command lines of all processes but this one that carry the word."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if word in line and int(entry.name) != os.getpid():
            found.append(line)
    return found


def test_an_interrupted_demo_leaves_nothing_behind(program, tmp_path):
    work = tmp_path / "interrupted"
    demo = subprocess.Popen([sys.executable, ROOT / "examples/shop/demo", "--mesh",
                             program.program, "--work", work],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # Its log is there before the process is.
        processes.wait_for("the demo, the server and an Envoy",
                           lambda: any((work / "log").glob("partner-billing*")) and len(left_running(str(work))) >= 3,
                           patience=60)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 130
    finally:
        demo.kill()
    assert left_running(str(work)) == []
