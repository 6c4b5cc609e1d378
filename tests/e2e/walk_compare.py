"""Whether an Envoy did with a request what the walk says."""

from __future__ import annotations

from walk_envoy import Seen


def difference(outcome: dict, seen: Seen) -> str | None:
    """None when they agree, or cannot be compared; else what differs."""
    if not comparable(outcome):
        return None
    return COMPARE[outcome["verdict"]](outcome, seen)


def comparable(outcome: dict) -> bool:
    fault = outcome.get("fault") or {"delayPercent": 0, "abortPercent": 0}
    return not (outcome["unknown"] or outcome["asked"] or fault["delayPercent"] or 0 < fault["abortPercent"] < 100)


def routed(outcome: dict, seen: Seen) -> str | None:
    meant = {each["cluster"]: each for each in outcome["destinations"]
             if each["weight"] > 0 and not each["missing"]}
    if seen.cluster not in meant:
        if seen.status == 503 and any(each["missing"] and each["weight"] for each in outcome["destinations"]):
            return None
        return f"came to {seen.cluster or seen}, not to {sorted(meant)}"
    if not seen.upstream:
        return None  # TCP
    if outcome["path"] and seen.upstream["path"] != outcome["path"]:
        return f"the path became {seen.upstream['path']}, not {outcome['path']}"
    headers = {}
    for name, value in seen.upstream["headers"]:
        headers.setdefault(name, []).append(value)
    host = meant[seen.cluster]["hostRewrite"] or outcome["host"]
    if outcome["path"] and headers.get("host") != [host]:
        return f"the host became {headers.get('host')}, not {host}"
    for change in outcome["requestHeaders"]:
        present = headers.get(change["name"], [])
        if change["change"] in ("set", "append") and "%" not in change["value"] and change["name"] not in ("host", ":authority"):
            later = outcome["requestHeaders"][outcome["requestHeaders"].index(change) + 1:]
            if change["value"] not in ",".join(present) and all(each["name"] != change["name"] for each in later):
                return f"the header {change['name']} became {present}"
    return response_headers(outcome["responseHeaders"], seen)


def response_headers(changes: list, seen: Seen) -> str | None:
    for place, change in enumerate(changes):
        present = seen.headers.get(change["name"], "")
        if any(each["name"] == change["name"] for each in changes[place + 1:]) or "%" in change["value"]:
            continue
        if change["change"] in ("set", "append") and change["value"] not in present:
            return f"the response's header {change['name']} became {present}"
        if change["change"] == "remove" and present and change["name"] not in ("server", "date"):  # Envoy's own
            return f"the response's header {change['name']} is there: {present}"
    return None


def answered(code_of):
    def compare(outcome: dict, seen: Seen) -> str | None:
        code = code_of(outcome)
        return None if seen.status == code else f"was answered with {seen.status or seen}, not {code}"
    return compare


def redirected(outcome: dict, seen: Seen) -> str | None:
    meant = outcome["redirect"]
    if (seen.status, seen.headers.get("location")) == (meant["code"], meant["location"]):
        return None
    return f"was sent with {seen.status} to {seen.headers.get('location')}, not {meant}"


def denied(outcome: dict, seen: Seen) -> str | None:
    if outcome["deniedBy"]["filter"] == "envoy.filters.network.rbac":
        return closed(outcome, seen)
    if seen.status == 403 and (seen.body == "RBAC: access denied" or not seen.body):
        return None
    return f"was not denied: {seen}"


def unauthenticated(outcome: dict, seen: Seen) -> str | None:
    status = 403 if outcome["detail"] == "Audiences in Jwt are not allowed" else 401
    if seen.status == status and (seen.body == outcome["detail"] or not seen.body):
        return None
    return f"was not refused with {outcome['detail']}: {seen}"


def closed(_: dict, seen: Seen) -> str | None:
    return None if seen.ended in ("closed", "handshake") else f"was not closed: {seen}"


def not_http(_: dict, seen: Seen) -> str | None:
    return None if seen.ended in ("closed", "handshake") or seen.status in (400, 403) else f"was taken for HTTP: {seen}"


def black_hole(_: dict, seen: Seen) -> str | None:
    return None if seen.ended == "closed" or seen.status == 503 else f"came to some place: {seen}"


def aborted(outcome: dict, seen: Seen) -> str | None:
    fault = outcome["fault"]
    if fault["abortGrpcCode"]:
        return None if seen.headers.get("grpc-status") == str(fault["abortGrpcCode"]) or seen.status == 503 or \
            seen.status == 200 and not seen.upstream else f"{seen}"
    return None if seen.status == fault["abortCode"] else f"was answered with {seen}, not {fault['abortCode']}"


COMPARE = {
    "routed": routed,
    "passthrough": routed,
    "black-hole": black_hole,
    "redirect": redirected,
    "direct-response": answered(lambda outcome: outcome["directResponse"]["code"]),
    "aborted": aborted,
    "denied": denied,
    "unauthenticated": unauthenticated,
    "no-filter-chain": closed,
    "tls-refused": closed,
    "not-http": not_http,
    "no-virtual-host": answered(lambda _: 404),
    "no-route": answered(lambda _: 404),
    "no-cluster": answered(lambda _: 503),
    "unknown": lambda outcome, _: f"nothing is known: {outcome['detail']}",
    "no-listener": lambda _, seen: None if seen.ended == "nobody" else f"somebody listens: {seen}",
}
