"""Certificates over SDS: each pod is who it is, each tenant has an authority of its own."""

import json


def certificates(envoy):
    """(its authorities' serial numbers, the names in its own certificate) as Envoy loaded them."""
    authorities, names = set(), set()
    for item in json.loads(envoy.admin("/certs"))["certificates"]:
        authorities |= {authority["serial_number"] for authority in item.get("ca_cert", [])}
        names |= {name["uri"] for own in item.get("cert_chain", [])[:1]
                  for name in own["subject_alt_names"]}
    return authorities, names


def account(proxy):
    return {"cart-v1": "cart", "cart-v2": "cart"}.get(proxy.name, proxy.name)


def test_each_pod_has_a_certificate_in_its_own_name(cluster):
    for proxy in cluster.proxies:
        _, names = certificates(cluster.envoys[proxy.pod])
        assert names == {f"spiffe://cluster.local/ns/{proxy.namespace}/sa/{account(proxy)}"}


def test_one_authority_for_each_tenant(cluster):
    by_tenant = {}
    for proxy in cluster.proxies:
        authorities, _ = certificates(cluster.envoys[proxy.pod])
        by_tenant.setdefault(proxy.namespace.split("-")[0], []).append(authorities)
    assert all(len(authorities) == 1 for found in by_tenant.values() for authorities in found)
    shop, partner = ({serial for one in by_tenant[name] for serial in one}
                     for name in ("shop", "partner"))
    assert len(shop) == 1 and len(partner) == 1 and shop != partner
