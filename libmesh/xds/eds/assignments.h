// EDS: the assignments of one view, one after the other. What neighbours share is made once.
#pragma once

#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/eds/endpoint_writer.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

class Assignments {
 public:
  // The view must outlive this.
  explicit Assignments(const traffic::ProxyView& view) : view_(view), writer_(view.proxy) {}
  // Of an outbound cluster; null when the cluster is not one of the view's.
  ResourcePtr make(std::string_view cluster_name);

 private:
  const model::Service* find(std::string_view host);

  const traffic::ProxyView& view_;
  size_t last_ = 0;  // place of the last service: names mostly come in the order of the services
  EndpointWriter writer_;
  EndpointGroups groups_;  // of the last one, for their memory
};

}  // namespace mesh::xds
