"""Access control by what real Envoys do: tokens (`walk_jwt.py` makes and signs them), and servers that are asked.

`mesh route` knows a token's claims and whether its signature is good; the verdict, Envoy's words, the status and what the
policies then make of the claims have to be the same. What an authorizer decides it does not know: it says who is asked,
and that has to be so.
"""

import collections
import concurrent.futures
import json
import multiprocessing
import os

import pytest
import walk_authz
import walk_compare
import walk_jwt
import walk_meshes
import walk_run
from network import has_own_network, own_network

PROXY = walk_meshes.PROXIES["sidecar"]
TOKENS = {"one": [walk_jwt.A], "two": [walk_jwt.A, walk_jwt.B], "three": [walk_jwt.A, walk_jwt.B, walk_jwt.C],
          "of two keys": [walk_jwt.C], "in places of its own": [walk_jwt.B]}
Provider = walk_authz.Provider
PROVIDERS = {
    "http": Provider("http"), "grpc": Provider("grpc"),
    "http, gone": Provider("http", alive=False), "grpc, gone": Provider("grpc", alive=False, status=503),
    "http, gone, fails open": Provider("http", alive=False, fail_open=True),
    "grpc, gone, fails open": Provider("grpc", alive=False, fail_open=True),
}
REQUESTS = 120


def differences(answers):
    verdicts, out = collections.Counter(), []
    for request, outcome, seen in answers:
        if not walk_compare.comparable(outcome):
            continue
        verdicts[outcome["verdict"] + (f": {outcome['detail']}" if outcome["verdict"] == "unauthenticated" else "")] += 1
        if seen.upstream:  # a token may stand in a parameter, which `mesh route` is not told
            seen.upstream["path"] = seen.upstream["path"].partition("?")[0]
        if (said := walk_compare.difference(outcome, seen)) is not None:
            shown = {key: value for key, value in request.items() if key in ("path", "tokens", "time")}
            out.append(f"{said[:300]}\n  {json.dumps(shown)}\n  {outcome['verdict']}: {outcome['detail']}")
    return verdicts, out


def tokens(name, program, envoy_program, work):
    keys = walk_jwt.Keys(work)
    given, proxy = work / "input.yaml", work / "proxy.yaml"
    given.write_text(walk_jwt.mesh(keys, TOKENS[name]))
    proxy.write_text(json.dumps(PROXY))
    return differences(walk_run.both(given, ["--proxy", proxy], False,
                                     lambda _: walk_jwt.some(keys, TOKENS[name], REQUESTS, seed=len(name)), program, envoy_program, work))


def after_asking(provider, request, outcome, seen, asked):
    """None when the Envoy did what `mesh route` says, given what the authorizer decided."""
    if not outcome["asked"]:
        return "was asked about" if asked else walk_compare.difference(outcome, seen)
    if provider.alive and not asked:
        return "was not asked about"
    refused = None if provider.alive and request["headers"]["x-decide"] == "yes" or not provider.alive and provider.fail_open \
        else walk_authz.REFUSED if provider.alive else provider.status or 403
    if refused is not None:
        return None if seen.status == refused and not seen.cluster else f"was not answered with {refused}: {seen}"
    return walk_compare.COMPARE[outcome["verdict"]](outcome, seen)


def authorizers(name, program, envoy_program, work):
    provider = PROVIDERS[name]
    given, proxy = work / "input.yaml", work / "proxy.yaml"
    given.write_text(walk_authz.mesh(provider))
    proxy.write_text(json.dumps(PROXY))
    authorizer = walk_authz.Authorizer(provider)
    answers = walk_run.both(given, ["--proxy", proxy], False, lambda _: walk_authz.some(60, seed=len(name)), program,
                            envoy_program, work, authorizer.stand_in)
    verdicts, found = collections.Counter(), []
    for request, outcome, seen in answers:
        verdicts[outcome["verdict"] + (", asked" if outcome["asked"] else "")] += 1
        said = after_asking(provider, request, outcome, seen, request["headers"]["x-number"] in authorizer.asked)
        if said is not None:
            found.append(f"{said[:300]}\n  {json.dumps(request)}\n  {outcome['verdict']}, {outcome['asked']}")
    return verdicts, found


@pytest.fixture(scope="module")
def pool():
    if not has_own_network():
        pytest.skip("no network namespace of one's own (user namespaces and the program ip)")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork"), own_network) as made:
        yield made


@pytest.fixture(scope="module")
def by_token(pool, program, envoy_program, tmp_path_factory):
    return {name: pool.submit(tokens, name, program.program, envoy_program, tmp_path_factory.mktemp("tokens")) for name in TOKENS}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_are_judged_as_envoy_judges_them(name, by_token):
    verdicts, found = by_token[name].result()
    assert found == [], f"{len(found)} of {sum(verdicts.values())}\n" + "\n".join(found[:8])


def test_every_verdict_on_tokens_occurs(by_token):
    verdicts = sum((each.result()[0] for each in by_token.values()), collections.Counter())
    print(sum(verdicts.values()), dict(verdicts))
    for verdict in ("routed", "denied", "unauthenticated: Jwt is expired", "unauthenticated: Jwt not yet valid",
                    "unauthenticated: Audiences in Jwt are not allowed", "unauthenticated: Jwt verification fails",
                    "unauthenticated: Jwt issuer is not configured"):
        assert verdicts[verdict] > 0, verdicts


@pytest.fixture(scope="module")
def by_authorizer(pool, program, envoy_program, tmp_path_factory):
    return {name: pool.submit(authorizers, name, program.program, envoy_program, tmp_path_factory.mktemp("authorizers"))
            for name in PROVIDERS}


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_is_asked_and_what_follows(name, by_authorizer):
    verdicts, found = by_authorizer[name].result()
    print(dict(verdicts))
    assert found == [], f"{len(found)} of {sum(verdicts.values())}\n" + "\n".join(found[:8])
    for verdict in ("routed, asked", "routed", "denied, asked", "denied"):
        assert verdicts[verdict] > 0, verdicts
