// Authority: development certificate authorities, one per tenant, in memory.
//
// They make mTLS between proxies real where no operator has set up a CA: a root is made when a tenant
// first needs one, and signs workload certificates with SPIFFE names. Roots differ per tenant, so a
// certificate of one mesh is refused by the other. Time is passed in; keys are P-256.
// The only folder that uses OpenSSL.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/model/ids.h"

namespace mesh::identity {

struct AuthorityOptions {
  int64_t now = 0;  // seconds since 1970
  int64_t lifetime_seconds =
      24 * 60 * 60;  // of workload certificates; roots live ten times as long
};

// PEM texts.
struct Issued {
  std::string chain;
  std::string key;
  std::string root;
};

// model::spiffe_id, the name that the other side's policies know; an empty account is "default".
std::string spiffe_id(std::string_view trust_domain, std::string_view ns, std::string_view account);

// May be shared by threads.
class Authority {
 public:
  explicit Authority(AuthorityOptions options);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // The certificate of one identity: the same one for the same tenant and id, as long as the object lives.
  // kInternal when OpenSSL fails; kInvalidArgument for an id that is no SPIFFE URI.
  Result<std::shared_ptr<const Issued>> issue(const model::TenantId& tenant,
                                              std::string_view spiffe_id);
  // A server's certificate for host names and addresses, from the root of no tenant; another one each time.
  // kInvalidArgument for what is neither, or when there is none.
  Result<Issued> issue_server(const std::vector<std::string>& hosts);

 private:
  struct Root;
  Result<std::shared_ptr<Root>> root_of(const model::TenantId& tenant);

  const AuthorityOptions options_;
  std::mutex mutex_;  // guards the maps
  std::map<model::TenantId, std::shared_ptr<Root>> roots_;
  std::map<std::pair<model::TenantId, std::string>, std::shared_ptr<const Issued>> issued_;
};

}  // namespace mesh::identity
