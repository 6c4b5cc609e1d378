"""mesh status: who is ready, who waits, and who may know why."""

import json


TWO_TEAMS = """\
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: m, namespace: red-mesh, generation: 1}
spec:
  version: v2.5
  tracing: {type: None}
  gateways: {enabled: false}
  addons: {prometheus: {enabled: false}, grafana: {enabled: false}, kiali: {enabled: false}}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: red-mesh}
spec: {members: [red-shop, red-later]}
---
{apiVersion: v1, kind: Namespace, metadata: {name: red-shop}}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: m, namespace: blue-mesh, creationTimestamp: "2024-01-01T00:00:00Z"}
spec: {version: v2.5}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: blue-mesh, creationTimestamp: "2030-01-01T00:00:00Z"}
spec: {members: [red-shop]}
"""

ISTIOD = """
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {name: istiod-m, namespace: red-mesh, labels: {maistra.io/owner: red-mesh, app.kubernetes.io/component: istio-discovery}}
spec: {selector: {matchLabels: {app: istiod}}, template: {metadata: {labels: {app: istiod}}, spec: {containers: [{name: d, image: d}]}}}
status: {replicas: 1, readyReplicas: 1, conditions: [{type: Available, status: "True"}]}
"""


def test_status_says_who_waits_and_why(mesh):
    lines = mesh("status", "-f", "-", "--tenant", "red-mesh/m", stdin=TWO_TEAMS, status=1).stdout.splitlines()
    rows = [line.split(maxsplit=5) for line in lines]
    assert rows[0] == ["KIND", "OBJECT", "READY", "COUNT", "REASON", "MESSAGE"]
    assert rows[1][:5] == ["ServiceMeshControlPlane", "red-mesh/m", "False", "0/3", "PausingInstall"]
    assert rows[1][5] == "Paused until the following components become ready: [istio-discovery]"
    assert rows[2] == ["ServiceMeshMemberRoll", "red-mesh/default", "False", "1/2", "ReconcileError",
                       "The following namespaces are not yet configured: [red-later]"]
    assert rows[3][:3] == ["ServiceMeshMember", "red-shop/default", "True"]


def test_status_is_good_when_all_is_ready(mesh, answer):
    text = TWO_TEAMS.split("---\napiVersion: maistra.io/v2", 1)[0].replace(", red-later", "") + ISTIOD
    mesh("status", "-f", "-", stdin=text, status=0)
    found = answer("status", "-f", "-", "--now", "2024-05-01T00:00:00Z", stdin=text, status=0)
    assert found["ready"] and found["controlPlanes"][0]["reconciledVersion"] == "2.5.1-1"
    assert found["controlPlanes"][0]["conditions"][0]["lastTransitionTime"] == "2024-05-01T00:00:00Z"
    assert [event["reason"] for event in found["events"]] == ["Installing", "Pruning", "Installed", "Ready"]


def test_only_administrators_learn_who_holds_a_namespace(answer):
    def taken(found):
        (roll,) = [roll for roll in found["memberRolls"] if roll["namespace"] == "blue-mesh"]
        return roll["memberStatuses"][0]
    mine = answer("status", "-f", "-", "--tenant", "blue-mesh/m", stdin=TWO_TEAMS, status=1)
    assert "holder" not in taken(mine) and "red-mesh" not in json.dumps(mine)
    assert taken(mine)["conditions"][0]["reason"] == "ReferencesDifferentControlPlane"
    assert taken(answer("status", "-f", "-", stdin=TWO_TEAMS, status=1))["holder"] == "red-mesh/m"
