"""The files change; the Envoys that are concerned follow, the others hear nothing."""

import json
import re
import time

import processes
import story

FRONTEND = "shop-web/frontend"


def count(cluster):
    return {pod: story.updates(envoy) for pod, envoy in cluster.envoys.items()}


def concerned(cluster, before):
    time.sleep(0.3)  # anything pushed by mistake would have arrived by now
    return [pod for pod, taken in count(cluster).items() if taken != before[pod]]


def test_weights_reach_the_frontend_alone(cluster):
    frontend, before = cluster.envoys[FRONTEND], count(cluster)
    file = cluster.folder / story.CANARY
    file.write_text(file.read_text().replace("weight: 90", "weight: 70")
                    .replace("weight: 10", "weight: 30"))
    processes.wait_for("70/30", lambda: story.weights(frontend) == [70, 30])
    assert concerned(cluster, before) == [FRONTEND]


def test_a_file_put_in_place_by_renaming_counts_as_well(cluster):
    frontend = cluster.envoys[FRONTEND]
    file, other = cluster.folder / story.CANARY, cluster.work / "new.yaml"
    text = re.sub(r"weight: \d+", "weight: 50", file.read_text())
    other.write_text(text)
    other.rename(file)
    processes.wait_for("50/50", lambda: story.weights(frontend) == [50, 50])


def test_an_endpoint_that_goes_and_comes_back(cluster):
    frontend = cluster.envoys[FRONTEND]
    file = cluster.folder / "30-cart.yaml"
    text = file.read_text()
    assert "127.10.2.2" in frontend.admin("/clusters")
    slimmer = re.sub(r"- addresses: \[127\.10\.2\.2\]\n(  .*\n)*", "", text)
    assert slimmer != text
    file.write_text(slimmer)
    processes.wait_for("one endpoint", lambda: "127.10.2.2" not in frontend.admin("/clusters"))
    file.write_text(text)
    processes.wait_for("two endpoints", lambda: "127.10.2.2" in frontend.admin("/clusters"))


def test_a_service_that_goes_and_comes_back(cluster):
    frontend, portal = cluster.envoys[FRONTEND], cluster.envoys["partner-portal/portal"]
    catalog = "outbound|18080||catalog.shop-catalog.svc.cluster.local"
    before = story.updates(portal)
    file, aside = cluster.folder / "40-catalog.yaml", cluster.work / "aside.yaml"
    assert catalog in frontend.clusters()
    file.rename(aside)
    processes.wait_for("the cluster to go", lambda: catalog not in frontend.clusters())
    aside.rename(file)
    processes.wait_for("the cluster to come", lambda: catalog in frontend.clusters())
    time.sleep(0.3)
    assert story.updates(portal) == before, "the other tenant was sent something"
    assert frontend.refusals() == []


def test_a_broken_file_changes_nothing_and_can_be_mended(cluster):
    frontend, before = cluster.envoys[FRONTEND], count(cluster)
    file = cluster.folder / story.CANARY
    text = file.read_text()
    held = story.weights(frontend)
    file.write_text("spec: [never closed\n" + text)
    assert concerned(cluster, before) == []
    assert story.weights(frontend) == held and cluster.server.running()
    file.write_text(re.sub(r"weight: \d+", "weight: 25", text, count=1)
                    .replace("weight: 50", "weight: 75"))
    processes.wait_for("25/75", lambda: story.weights(frontend) == [25, 75])


def active_policies(envoy):
    """The load balancing of the clusters of cart that are in use, which a cluster that waits for endpoints is not."""
    dumps = json.loads(envoy.admin("/config_dump?resource=dynamic_active_clusters"))["configs"]
    return {item["cluster"]["name"]: item["cluster"].get("lb_policy", "ROUND_ROBIN")
            for item in dumps if "|cart." in item["cluster"]["name"]}


def test_a_destination_rule_takes_effect(cluster):
    frontend = cluster.envoys[FRONTEND]
    file = cluster.folder / story.CANARY
    before = active_policies(frontend)
    assert before and set(before.values()) == {"ROUND_ROBIN"}
    file.write_text(file.read_text().replace("ROUND_ROBIN", "RANDOM"))
    wanted = dict.fromkeys(before, "RANDOM")
    processes.wait_for("RANDOM", lambda: active_policies(frontend) == wanted)
    assert frontend.refusals() == []


def test_an_object_with_an_error_stays_as_it_was(cluster):
    frontend, before = cluster.envoys[FRONTEND], count(cluster)
    file = cluster.folder / story.CANARY
    text = file.read_text()
    held = story.weights(frontend)
    file.write_text(re.sub(r"weight: \d+", "weight: some", text, count=1))
    processes.wait_for("the error", lambda: "wrong-type" in cluster.server.log.read_text())
    assert concerned(cluster, before) == []
    assert story.weights(frontend) == held
    file.write_text(text)
