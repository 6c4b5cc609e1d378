// Cluster: its endpoints, and how connections to them are made.
#pragma once

#include <string>
#include <vector>

#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

// envoy.config.endpoint.v3.ClusterLoadAssignment
class Assignment {
 public:
  explicit Assignment(View assignment);

  struct Member {
    Endpoint endpoint;         // its tls is the cluster's to say
    document::Value metadata;  // "envoy.transport_socket_match"; null: none
  };
  const std::vector<Member>& members() const { return members_; }

 private:
  void add(View locality);
  std::vector<Member> members_;
};

class Cluster {
 public:
  explicit Cluster(View cluster);

  // Of its endpoints' assignment; empty: they stand in the cluster, or it has none.
  const std::string& assignment_name() const { return assignment_name_; }
  const Assignment& own_assignment() const { return own_; }
  bool goes_to_original_destination() const { return original_destination_; }
  const std::string& object() const { return object_; }

  UpstreamTls tls_for(const document::Value& endpoint_metadata) const;

 private:
  struct Match {
    document::Value wanted;
    UpstreamTls tls;
  };
  std::string assignment_name_;
  bool original_destination_ = false;
  std::string object_;
  UpstreamTls tls_;
  std::vector<Match> matches_;
  Assignment own_;
};

// "outbound|80|v1|reviews.shop.svc.cluster.local" -> its parts into the destination; also
// "outbound_.80_.v1_.reviews.shop.svc.cluster.local".
void put_cluster_name(const std::string& cluster, Destination& out);

}  // namespace mesh::testing
