"""The shop, live: two meshes, real Envoys and real requests on this machine.

    python3 examples/shop/demo --mesh build/install/bin/mesh --work build/demo [--check]

Shows what happens, and ends with status 1 when anything was not as it should be. Everything it
starts runs on 127.x addresses and is stopped again, also after Ctrl-C or a failure.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import signal
import sys
import time

import installation
import mesh
import picture
import processes
import services
import show
import story


def main() -> int:
    arguments = _arguments()
    # A shell starts background jobs with SIGINT ignored; asked to stop, the demo still has to clean up.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    checks = show.Checks()
    try:
        _perform(arguments, checks)
    except KeyboardInterrupt:
        show.line("\nstopped")
        return 130
    except (RuntimeError, OSError) as error:
        checks.expect("the demo went through", False, error)
    show.line()
    if checks.failures:
        show.line(show.paint("Not as it should be: " + "; ".join(checks.failures), "red"))
    if arguments.check or checks.failures:
        show.line(checks.closing_line())
    return 1 if checks.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.splitlines()[0])
    parser.add_argument("--mesh", type=pathlib.Path, required=True, help="the mesh program")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for logs, Envoy's "
                        "bootstraps and the picture; made when missing")
    parser.add_argument("--check", action="store_true",
                        help="close with a line that counts what passed and what failed")
    return parser.parse_args()


def _perform(arguments: argparse.Namespace, checks: show.Checks) -> None:
    begin = time.monotonic()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    program = mesh.Mesh(arguments.mesh.resolve())
    envoy_program = installation.envoy(work / "venv", show.note)
    shop = pathlib.Path(__file__).resolve().parent.parent
    for old in ("live", "changed", "xds", "bootstrap", "log"):
        shutil.rmtree(work / old, ignore_errors=True)
    with processes.Stage() as stage, services.Neighbourhood() as apps:
        world = story.World(checks, program, stage, envoy_program, shop, work / "live", work, apps)
        for chapter in story.CHAPTERS:
            chapter(world)
        story.server_stops(world)
    drawing = work / "shop.svg"
    drawing.write_text(picture.draw(story.scene(world)), encoding="utf-8")
    show.heading("The end")
    show.note(f"a picture of all this: {drawing}")
    show.note(f"logs of the server and of every Envoy: {work / 'log'}")
    show.note(f"{time.monotonic() - begin:.0f} s in all; everything that was started is stopped")


if __name__ == "__main__":
    sys.exit(main())
