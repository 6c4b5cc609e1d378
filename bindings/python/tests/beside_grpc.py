"""One process with grpcio, protobuf and meshplane: an aggregated discovery service made of a Session, asked over a channel."""

import importlib
import pathlib
import sys
from concurrent import futures

for name in sys.argv[1:]:
    importlib.import_module(name)

import grpc  # noqa: E402
import meshplane  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2  # noqa: E402

SHOP = pathlib.Path(__file__).resolve().parents[3] / "examples/shop"
METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"

# Definitions of the host's own, under the names that the library knows, too: two registries would quarrel over them.
FILE = descriptor_pb2.FileDescriptorProto(name="envoy/service/discovery/v3/discovery.proto", package="envoy.service.discovery.v3",
                                          syntax="proto3")
node = FILE.message_type.add(name="Node")
node.field.add(name="id", number=1, type=9, label=1)
request = FILE.message_type.add(name="DiscoveryRequest")
request.field.add(name="node", number=2, type=11, label=1, type_name=".envoy.service.discovery.v3.Node")
request.field.add(name="type_url", number=4, type=9, label=1)
response = FILE.message_type.add(name="DiscoveryResponse")
response.field.add(name="type_url", number=4, type=9, label=1)
pool = descriptor_pool.DescriptorPool()
pool.Add(FILE)
Request, Response = (message_factory.GetMessageClass(pool.FindMessageTypeByName(f"envoy.service.discovery.v3.{name}"))
                     for name in ("DiscoveryRequest", "DiscoveryResponse"))

with meshplane.Store() as store:
    assert store.apply(SHOP) == []
    xds = meshplane.Xds(store.snapshot())
    (row,) = [row for row in store.snapshot().proxies() if row["name"] == "frontend"]


def stream(requests, _):
    session = meshplane.Session(xds, believe_node=True)
    for each in requests:
        session.receive(each)
        for message in session:
            yield bytes(message)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
service, _, method = METHOD[1:].partition("/")
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: grpc.stream_stream_rpc_method_handler(stream)})])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    call = channel.stream_stream(METHOD, Request.SerializeToString, Response.FromString)
    asked = Request(node={"id": f"sidecar~{row['ip']}~frontend.shop-web~shop-web.svc.cluster.local"}, type_url=CLUSTER)
    assert next(call(iter([asked]))).type_url == CLUSTER
server.stop(None)
assert struct_pb2.Struct.FromString(struct_pb2.Struct(fields={"a": struct_pb2.Value(bool_value=True)}).SerializeToString())["a"] is True
print("good")
