#include "libmesh/index/jwks.h"

#include <algorithm>
#include <map>

#include "libmesh/document/read.h"

namespace mesh::index {
namespace {

constexpr schema::Duration kDefaultTimeout{5, 0};

// A public key of which the private part was thrown away. The text is the one that Istio sends.
constexpr std::string_view kNoKeys = R"({
  "keys": [
    {
      "kty": "RSA",
      "e": "AQAB",
      "n": "0xObjM0UvS_oaazjpEYlAbwctEJ4L8pH3OuTb7qth7gUwqet-EzQB4dgFdvSdMgrLnSncQGRjpEYz3F3viIbH-3EN3TxSlPNviHxeOdyiBVfumN8dMxbLvVJUpfNOnvmMxJcl-8NNjAwcOjk4otSALaYgYYyOPyvKtgVdrQr-FoubWX4yrjxW-MJ2-7OBeepUUNOsVwGV23YX03sVkkyvY3otRflkBcY3_HKpBxJl9wk2GyOShN4_PNUF9-vwfnvOXMbCDX-w4PTef4geeb_GiT40YCKHTKMSPVanGRn5GExIWmki-mmqh94-mPTJyBR74ShspL3BxPZitDL574T1w"
    }
  ]
})";

// Where an issuer says where its keys are.
std::string configuration_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer).append("/.well-known/openid-configuration");
}

// The jwks_uri of an OpenID configuration; empty when it has none.
std::string keys_url(const std::string& configuration) {
  Diagnostics ignored;
  const auto documents = document::read_any(configuration, "", ignored);
  if (documents.empty()) return {};
  const document::Value* uri = documents.front().root.find("jwks_uri");
  const std::string* text = uri == nullptr ? nullptr : uri->if_string();
  return text == nullptr ? std::string() : *text;
}

const std::string* text_of(const FetchedTexts& texts, const std::string& url) {
  const auto at = texts.find(url);
  return at == texts.end() ? nullptr : &at->second;
}

// Calls visit(url, whether the keys are behind it) for each text on the way to the rule's keys, as
// far as the way is known.
template <typename Visit>
void for_each_url(const FetchedTexts& texts, const security::JWTRule& rule, Visit&& visit) {
  if (!rule.jwks.empty()) return;
  if (!rule.jwks_uri.empty()) {
    visit(rule.jwks_uri, true);
    return;
  }
  if (rule.issuer.empty()) return;
  const std::string url = configuration_url(rule.issuer);
  visit(url, false);
  const std::string* configuration = text_of(texts, url);
  if (configuration == nullptr) return;
  if (const std::string keys = keys_url(*configuration); !keys.empty()) visit(keys, true);
}

void add_wanted(const Mesh& mesh, std::map<std::string, WantedText>& by_url) {
  for (const RequestAuthentication& policy : mesh.request_authentications) {
    for (const security::JWTRule& rule : policy->jwt_rules) {
      for_each_url(mesh.fetched_texts, rule, [&](const std::string& url, bool) {
        WantedText& wanted = by_url[url];
        wanted.url = url;
        wanted.timeout = std::max(wanted.timeout, rule.timeout.value_or(kDefaultTimeout));
        wanted.objects.push_back(to_string(policy.object->key));
        wanted.known = text_of(mesh.fetched_texts, url) != nullptr;
      });
    }
  }
}

}  // namespace

std::string_view keys_of(const Mesh& mesh, const security::JWTRule& rule) {
  if (!rule.jwks.empty()) return rule.jwks;
  std::string_view out = kNoKeys;
  for_each_url(mesh.fetched_texts, rule, [&](const std::string& url, bool of_keys) {
    const std::string* text = of_keys ? text_of(mesh.fetched_texts, url) : nullptr;
    if (text != nullptr) out = *text;
  });
  return out;
}

FetchedTexts texts_wanted_of(const std::vector<RequestAuthentication>& policies,
                             const FetchedTexts& all) {
  FetchedTexts out;
  if (all.empty()) return out;
  for (const RequestAuthentication& policy : policies) {
    for (const security::JWTRule& rule : policy->jwt_rules) {
      for_each_url(all, rule, [&](const std::string& url, bool) {
        if (const std::string* text = text_of(all, url)) out.emplace(url, *text);
      });
    }
  }
  return out;
}

std::vector<WantedText> wanted_texts(const Snapshot& snapshot) {
  std::map<std::string, WantedText> by_url;
  for (const Tenant& tenant : snapshot.tenants().list) {
    add_wanted(*snapshot.mesh(tenant.id), by_url);
  }
  std::vector<WantedText> out;
  for (auto& [url, wanted] : by_url) {
    std::sort(wanted.objects.begin(), wanted.objects.end());
    wanted.objects.erase(std::unique(wanted.objects.begin(), wanted.objects.end()),
                         wanted.objects.end());
    out.push_back(std::move(wanted));
  }
  return out;
}

}  // namespace mesh::index
