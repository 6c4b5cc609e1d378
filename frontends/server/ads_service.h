// The aggregated discovery service on gRPC, state of the world and delta, on raw bytes: no generated
// service code, and responses are slices of resources that are already serialized.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include <memory>

#include "frontends/server/hub.h"

namespace mesh::server {

class AdsService : public grpc::CallbackGenericService {
 public:
  explicit AdsService(Hub& hub) : hub_(hub) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  Hub& hub_;
};

}  // namespace mesh::server
