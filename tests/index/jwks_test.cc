// The texts that RequestAuthentications want, and what comes of giving them.
#include "libmesh/index/jwks.h"

#include <gtest/gtest.h>

#include "libmesh/index/store.h"

namespace mesh::index {
namespace {

std::string rules(const char* ns, const char* name, const std::string& list) {
  return std::string("---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\n") +
         "metadata: {name: " + name + ", namespace: " + ns + "}\nspec: {jwtRules: " + list + "}\n";
}

// "url timeout objects known", one a line.
std::string wanted(Store& store) {
  std::string out;
  for (const WantedText& each : wanted_texts(*store.snapshot())) {
    out += each.url + " " + std::to_string(each.timeout.seconds) + "s";
    for (const std::string& object : each.objects) out += " " + object;
    out += each.known ? " known\n" : "\n";
  }
  return out;
}

std::string keys(Store& store) {
  const SnapshotPtr snapshot = store.snapshot();
  const auto mesh = snapshot->mesh(snapshot->tenants().list.front().id);
  return std::string(keys_of(*mesh, mesh->request_authentications[0]->jwt_rules[0]));
}

TEST(Jwks, KeysThatStandInTheRuleAreNotWanted) {
  Store store;
  store.apply(rules("app", "a", "[{issuer: i, jwks: given, jwksUri: http://x/keys}]"), "f");
  EXPECT_EQ(wanted(store), "");
  EXPECT_EQ(keys(store), "given");
}

TEST(Jwks, AUrlIsWantedOnceWithTheLongestTimeout) {
  Store store;
  store.apply(rules("app", "a",
                    "[{issuer: i, jwksUri: http://x/keys}, {issuer: j, jwksUri: "
                    "http://x/keys, timeout: 9s}]") +
                  rules("shop", "b", "[{issuer: i, jwksUri: http://x/keys, timeout: 1s}]"),
              "f");
  EXPECT_EQ(wanted(store),
            "http://x/keys 9s RequestAuthentication app/a RequestAuthentication shop/b\n");
}

TEST(Jwks, NoTokenIsValidUntilTheTextIsThere) {
  Store store;
  store.apply(rules("app", "a", "[{issuer: i, jwksUri: http://x/keys}]"), "f");
  const std::string none = keys(store);
  EXPECT_NE(none.find("\"RSA\""), std::string::npos);
  const uint64_t before = store.snapshot()->revision();
  store.give_text("http://x/keys", "fetched");
  EXPECT_EQ(store.snapshot()->revision(), before + 1);
  EXPECT_EQ(keys(store), "fetched");
  EXPECT_EQ(wanted(store), "http://x/keys 5s RequestAuthentication app/a known\n");
  store.give_text("http://x/keys", "fetched");
  EXPECT_EQ(store.snapshot()->revision(), before + 1) << "the same text changes nothing";
  store.give_text("http://x/keys", "");
  EXPECT_EQ(keys(store), none);
}

TEST(Jwks, AnIssuerSaysWhereItsKeysAre) {
  Store store;
  store.apply(rules("app", "a", "[{issuer: \"https://i/\"}]"), "f");
  EXPECT_EQ(wanted(store),
            "https://i/.well-known/openid-configuration 5s RequestAuthentication app/a\n");
  store.give_text("https://i/.well-known/openid-configuration", R"({"jwks_uri": "https://i/k"})");
  EXPECT_EQ(wanted(store),
            "https://i/.well-known/openid-configuration 5s RequestAuthentication app/a known\n"
            "https://i/k 5s RequestAuthentication app/a\n");
  store.give_text("https://i/k", "fetched");
  EXPECT_EQ(keys(store), "fetched");
  for (const char* bad : {"{", "[]", "{}", R"({"jwks_uri": 1})", "null"}) {
    store.give_text("https://i/.well-known/openid-configuration", bad);
    EXPECT_NE(keys(store).find("\"RSA\""), std::string::npos) << bad;
  }
}

TEST(Jwks, ATextThatNobodyWantsChangesNoMesh) {
  Store store;
  store.apply(rules("app", "a", "[{issuer: i, jwksUri: http://x/keys}]"), "f");
  const SnapshotPtr snapshot = store.snapshot();
  const auto mesh = snapshot->mesh(snapshot->tenants().list.front().id);
  store.give_text("http://y/keys", "fetched");
  EXPECT_EQ(store.snapshot()->mesh(snapshot->tenants().list.front().id), mesh);
}

}  // namespace
}  // namespace mesh::index
