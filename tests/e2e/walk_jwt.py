"""Tokens: keys and signatures of the test's own (openssl), RequestAuthentications with them, and requests that carry
good tokens and bad ones in right places and wrong ones.
"""

from __future__ import annotations

import base64
import json
import pathlib
import random
import subprocess
import time

import walk_meshes
from walk_meshes import thing

DEFAULT_PLACE = {"header": "authorization", "prefix": "Bearer "}
A, B, C = "https://a.test", "https://b.test", "c.test"


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], input=given, check=True, capture_output=True, timeout=60).stdout


class Key:
    """A key of RS256 or ES256, named "kid" or not."""

    def __init__(self, folder: pathlib.Path, name: str, algorithm: str, kid: str = "") -> None:
        self.file, self.algorithm, self.kid = folder / f"{name}.pem", algorithm, kid
        kind = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if algorithm == "RS256" else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-algorithm", *kind, "-out", self.file)

    def public(self) -> dict:
        out = {"alg": self.algorithm, "use": "sig", **({"kid": self.kid} if self.kid else {})}
        if self.algorithm == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
            return {"kty": "RSA", "n": plain(bytes.fromhex(modulus)), "e": "AQAB", **out}
        point = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
        return {"kty": "EC", "crv": "P-256", "x": plain(point[:32]), "y": plain(point[32:]), **out}

    def sign(self, claims: dict, kid: str | None = None) -> str:
        header = {"alg": self.algorithm, "typ": "JWT", **({"kid": kid or self.kid} if kid or self.kid else {})}
        text = ".".join(plain(json.dumps(part).encode()) for part in (header, claims))
        signature = openssl("dgst", "-sha256", "-sign", self.file, given=text.encode())
        return f"{text}.{plain(signature if self.algorithm == 'RS256' else raw(signature))}"


def raw(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each."""
    out, place = b"", 2
    for _ in range(2):
        length = der[place + 1]
        out += der[place + 2:place + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        place += 2 + length
    return out


class Keys:
    def __init__(self, folder: pathlib.Path) -> None:
        self.of = {A: [Key(folder, "a", "RS256")], B: [Key(folder, "b", "ES256")],
                   C: [Key(folder, "c1", "RS256", "one"), Key(folder, "c2", "ES256", "two")]}
        self.others = {"RS256": Key(folder, "other-rsa", "RS256"), "ES256": Key(folder, "other-ec", "ES256")}

    def published(self, issuer: str) -> str:
        return json.dumps({"keys": [key.public() for key in self.of[issuer]]})


# ---- the configuration -------------------------------------------------------------------------

def rules(keys: Keys) -> dict[str, dict]:
    return {
        A: {"issuer": A, "audiences": ["web", "https://api.test/"], "jwks": keys.published(A)},
        B: {"issuer": B, "jwks": keys.published(B), "fromHeaders": [{"name": "x-token", "prefix": "Bearer "}],
            "fromParams": ["token"], "outputClaimToHeaders": [{"header": "x-sub", "claim": "sub"}]},
        C: {"issuer": C, "jwks": keys.published(C), "fromHeaders": [{"name": "x-c"}, {"name": "authorization", "prefix": "Bearer "}],
            "forwardOriginalToken": True, "outputPayloadToHeader": "x-payload"},
    }


def mesh(keys: Keys, issuers: list[str]) -> str:
    """Services, and at workload a: the issuers' rules and policies by what their tokens say."""
    label = {"matchLabels": {"app": "a"}}
    known = rules(keys)

    def allow(name, rule, action="ALLOW"):
        return thing("security.istio.io/v1", "AuthorizationPolicy", name, {"selector": label, "action": action, "rules": [rule]})
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}] + walk_meshes.services() + [
        thing("security.istio.io/v1", "RequestAuthentication", "tokens", {"selector": label, "jwtRules": [known[each] for each in issuers]}),
        allow("of-a", {"from": [{"source": {"requestPrincipals": [A + "/*"]}}], "to": [{"operation": {"paths": ["/a*"]}}]}),
        allow("any", {"from": [{"source": {"requestPrincipals": ["*"]}}], "to": [{"operation": {"paths": ["/any*"]}}]}),
        allow("not-b", {"from": [{"source": {"notRequestPrincipals": [B + "/*"]}}], "to": [{"operation": {"paths": ["/not-b*"]}}]}),
        allow("ends", {"from": [{"source": {"requestPrincipals": ["*/sam"]}}], "to": [{"operation": {"paths": ["/sam"]}}]}),
        allow("groups", {"when": [{"key": "request.auth.claims[groups]", "values": ["admin", "dev*"]}],
                         "to": [{"operation": {"paths": ["/groups"]}}]}),
        allow("nested", {"when": [{"key": "request.auth.claims[realm][role]", "values": ["boss"]}],
                         "to": [{"operation": {"paths": ["/nested"]}}]}),
        allow("audience", {"when": [{"key": "request.auth.audiences", "values": ["web"]}],
                           "to": [{"operation": {"paths": ["/audience"]}}]}),
        allow("presenter", {"when": [{"key": "request.auth.presenter", "values": ["shop"]}],
                            "to": [{"operation": {"paths": ["/presenter"]}}]}),
        allow("open", {"to": [{"operation": {"paths": ["/open*"]}}]}),
        allow("barred", {"when": [{"key": "request.auth.claims[barred]", "values": ["yes"]}]}, "DENY"),
        allow("barred-b", {"from": [{"source": {"requestPrincipals": [B + "/sam"]}}],
                           "when": [{"key": "request.auth.claims[iss]", "notValues": ["x"]}]}, "DENY"),
    ]
    return "\n---\n".join(json.dumps(one) for one in objects)


PATHS = ["/a", "/any", "/not-b", "/sam", "/groups", "/nested", "/audience", "/presenter", "/open", "/nothing"]
PLACES = [{"header": "authorization", "prefix": "Bearer "}, {"header": "x-token", "prefix": "Bearer "}, {"header": "x-c", "prefix": ""},
          {"queryParameter": "access_token"}, {"queryParameter": "token"}]
# Where each is looked for; the first is where a token is taken to stand whose place is not said.
OWN = {A: [PLACES[0], PLACES[3]], B: [PLACES[1], PLACES[4]], C: [PLACES[2], PLACES[0]]}


# ---- the requests ------------------------------------------------------------------------------

def claims_of(rng: random.Random, issuer: str, now: int) -> dict:
    out: dict = {"iss": issuer, "sub": rng.choice(["sam", "kim"]), "exp": now + 3000}
    for name, values in (("groups", [["admin"], ["dev-1", "x"], "admin", "other", "x admin"]), ("realm", [{"role": "boss"}, {"role": ["boss", "y"]}, "boss"]),
                         ("azp", ["shop", "other"]), ("barred", ["yes", "no"]), ("aud", ["web", ["x", "web"], "api.test", "https://web/", "none"])):
        if rng.random() < (0.9 if name == "aud" and issuer == A else 0.15 if name == "barred" else 0.5):
            out[name] = rng.choice(values[:3] if name == "aud" and rng.random() < 0.7 else values)
    kind = rng.random()
    if kind < 0.08:
        out["exp"] = now - rng.choice([20, 3000])
    elif kind < 0.16:
        out["nbf"] = now + rng.choice([20, 3000])
    elif kind < 0.2:
        del out["exp"]
    elif kind < 0.27:
        out["iss"] = rng.choice(["https://nobody.test", A, B, C])
    elif kind < 0.3:
        del out["iss"]
    return out


def token(rng: random.Random, keys: Keys, issuers: list[str], now: int) -> tuple[dict, str, dict]:
    """As `mesh route` is told it, as it is sent, and where."""
    issuer = rng.choice([A, A, B, C])
    claims = claims_of(rng, issuer, now)
    signer = rng.choice(keys.of.get(claims.get("iss"), keys.of[issuer]))
    valid = rng.random() < 0.88
    text = (signer if valid else keys.others[signer.algorithm]).sign(claims, signer.kid)
    place = rng.choice(OWN[issuer]) if rng.random() < 0.8 else rng.choice(PLACES)
    told = {"claims": claims, "valid": valid, **{key: value for key, value in place.items() if key != "prefix"}}
    if claims.get("iss") in issuers and place == OWN[claims["iss"]][0] and rng.random() < 0.5:
        del told["header"]
    return told, place.get("prefix", "") + text, place


def some(keys: Keys, issuers: list[str], count: int, seed: int) -> list[dict]:
    """For a mesh that knows these issuers."""
    rng, now = random.Random(seed), int(time.time())
    return [one(rng, keys, issuers, now) for _ in range(count)]


def one(rng: random.Random, keys: Keys, issuers: list[str], now: int) -> dict:
    headers, query, told = {}, [], []
    places = set()
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3])):
        given, text, place = token(rng, keys, issuers, now)
        where = place.get("header") or place["queryParameter"]
        if where in places:
            continue
        places.add(where)
        told.append(given)
        if "header" in place:
            headers[where] = text
        else:
            query.append(f"{where}={text}")
    path = rng.choice(PATHS)
    return {"side": "inbound", "address": "10.244.0.1", "port": 8080, "protocol": "http", "tls": "none", "method": "GET",
            "host": "a", "path": path, "headers": {}, "source": {"ip": "10.244.0.7"}, "tokens": told, "time": now,
            "sent": {"headers": headers, "path": path + ("?" + "&".join(query) if query else "")}}
