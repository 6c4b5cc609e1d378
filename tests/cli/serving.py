"""`mesh serve` on free ports, as tests start and stop it."""

import contextlib
import http.client
import re
import signal
import subprocess
import time


def hear_hangups():
    """What starts the tests may have them ignored (nohup), and a child inherits that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Served:
    """A server that follows `folder`, its lines on stderr in a file."""

    def __init__(self, program, folder, work, *more, preexec_fn=hear_hangups, **how):
        self.log = work / "serve.log"
        with open(self.log, "w") as log:
            self.child = subprocess.Popen([program, "serve", folder, "--address", "127.0.0.1:0", "--http-address",
                                           "127.0.0.1:0", *map(str, more)], stderr=log, preexec_fn=preexec_fn, **how)
        self.ads = int(self.line(r"ADS on 127\.0\.0\.1:(\d+)"))
        self.http = int(self.line(r"debug on http://127\.0\.0\.1:(\d+)"))

    def line(self, pattern, patience=20):
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            if found := re.search(pattern, self.log.read_text()):
                return found.group(1) if found.groups() else found.group(0)
            assert self.child.poll() is None, self.log.read_text()
            time.sleep(0.02)
        raise AssertionError(f"no line {pattern!r} in:\n{self.log.read_text()}")

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def stop(self, by=signal.SIGTERM):
        self.child.send_signal(by)
        return self.child.wait(20)


@contextlib.contextmanager
def running(served):
    """The server for a while, whatever happens in it."""
    try:
        yield served
    finally:
        if served.child.poll() is None:
            served.child.kill()
            served.child.wait()
