// Wildcard hosts that a gateway with AUTO_PASSTHROUGH leaves out.
#include "libmesh/traffic/check/passthrough_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string entry(const std::string& host, const std::string& location = "MESH_INTERNAL") {
  return object("ServiceEntry", "e",
                "{hosts: [\"" + host + "\"], location: " + location +
                    ", ports: [{number: 443, name: tls, protocol: TLS}]}");
}

std::string gateway(const std::string& host, const std::string& mode = "AUTO_PASSTHROUGH") {
  return object("Gateway", "g",
                "{selector: {istio: eastwest}, servers: [{port: {number: 15443, name: tls, "
                "protocol: TLS}, hosts: [\"" +
                    host + "\"], tls: {mode: " + mode + "}}]}");
}

Diagnostics told(const std::string& text) {
  index::Store store;
  store.apply(text, "f.yaml");
  const auto snapshot = store.snapshot();
  return passthrough_hosts(*snapshot, *snapshot->mesh(snapshot->tenants().list.front().id));
}

TEST(PassthroughHosts, AWildcardHostInsideTheMeshIsTold) {
  const auto found = told(entry("*.wild.net") + gateway("app/*"));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/e spec.hosts[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("Gateway app/g spec.servers[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("\"*.wild.net\""));
  EXPECT_FALSE(found[0].mend.empty());
}

TEST(PassthroughHosts, OthersAreLetInOrNotMeant) {
  EXPECT_THAT(told(entry("a.wild.net") + gateway("*")), IsEmpty());
  EXPECT_THAT(told(entry("*.wild.net", "MESH_EXTERNAL") + gateway("*")), IsEmpty());
  EXPECT_THAT(told(entry("*.wild.net") + gateway("*", "PASSTHROUGH")), IsEmpty());
  EXPECT_THAT(told(entry("*.wild.net") + gateway("*.other.net")), IsEmpty());
  EXPECT_THAT(told(entry("*.wild.net")), IsEmpty());
}

}  // namespace
}  // namespace mesh::traffic
