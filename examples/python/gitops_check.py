"""What would a branch do to the mesh?   gitops_check.py BEFORE AFTER   (two checkouts; status 1: it must not be merged)"""
import pathlib
import sys

import meshplane


def state(folder):
    with meshplane.Store() as store:
        store.apply(pathlib.Path(folder))  # that must be there
        return store.snapshot()


before, after = state(sys.argv[1]), state(sys.argv[2])
change = before.diff(after)
for one in change["members"]:
    print(f"namespace {one['namespace']}: {one['before'] or 'no mesh'} -> {one['after'] or 'no mesh'}")
for one in change["proxies"]:
    print(f"proxy {one['namespace']}/{one['name']} {one['state']}:", *(
        f"{kind['type']} +{len(kind['added'])} ~{len(kind['changed'])} -{len(kind['removed'])}" for kind in one["changes"]))
errors = [one for one in change["diagnostics"]["appeared"] if one["severity"] == "error"]
print(*(f"{one['file']}:{one['line']}: {one['object']}: {one['message']}" for one in errors), sep="\n", end="")
sys.exit(1 if errors else 0)
