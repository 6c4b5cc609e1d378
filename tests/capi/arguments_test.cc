// What no function may do: crash on NULL, leave an out parameter as it was, or take an option it
// does not know.
#include <functional>
#include <vector>

#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

template <typename T>
T* poison() {
  return reinterpret_cast<T*>(0x1);
}

TEST(Arguments, NullHandlesAreRefusedAndOutIsCleared) {
  struct Row {
    const char* name;
    std::function<mesh_error*(mesh_buffer**)> call;
  };
  const std::vector<Row> rows = {
      {"changed", [](auto out) { return mesh_snapshot_changed(nullptr, out); }},
      {"wanted texts", [](auto out) { return mesh_snapshot_wanted_texts(nullptr, out); }},
      {"diagnostics", [](auto out) { return mesh_snapshot_diagnostics(nullptr, out); }},
      {"tenant diagnostics",
       [](auto out) { return mesh_snapshot_tenant_diagnostics(nullptr, {}, out); }},
      {"members", [](auto out) { return mesh_snapshot_members(nullptr, {}, out); }},
      {"proxies", [](auto out) { return mesh_snapshot_proxies(nullptr, out); }},
      {"diff", [](auto out) { return mesh_snapshot_diff(nullptr, nullptr, out); }},
      {"explain resource",
       [](auto out) { return mesh_explain_resource(nullptr, nullptr, {}, {}, out); }},
      {"explain policy", [](auto out) { return mesh_explain_policy(nullptr, nullptr, {}, out); }},
      {"describe proxy", [](auto out) { return mesh_proxy_describe(nullptr, out); }},
      {"issue", [](auto out) { return mesh_authority_issue(nullptr, nullptr, nullptr, out); }},
      {"issue server", [](auto out) { return mesh_authority_issue_server(nullptr, {}, out); }},
      {"resources json", [](auto o) { return mesh_xds_resources_json(nullptr, nullptr, {}, o); }},
      {"resources", [](auto out) { return mesh_xds_resources(nullptr, nullptr, {}, out); }},
      {"sizes", [](auto out) { return mesh_xds_sizes(nullptr, nullptr, out); }},
      {"sent", [](auto out) { return mesh_xds_sent_json(nullptr, nullptr, {}, {}, out); }},
      {"route", [](auto out) { return mesh_route(nullptr, nullptr, {}, out); }},
      {"journey", [](auto out) { return mesh_journey(nullptr, nullptr, {}, out); }},
      {"secret names", [](auto out) { return mesh_xds_secret_names(nullptr, nullptr, out); }},
      {"bootstrap", [](auto out) { return mesh_xds_bootstrap(nullptr, nullptr, {}, out); }},
      {"describe session", [](auto out) { return mesh_session_describe(nullptr, out); }},
      {"message bytes", [](auto out) { return mesh_message_bytes(nullptr, out); }},
      {"apply", [](auto out) { return mesh_store_apply(nullptr, {}, {}, out); }},
      {"replace file", [](auto out) { return mesh_store_replace_file(nullptr, {}, {}, out); }},
  };
  for (const Row& row : rows) {
    mesh_buffer* out = poison<mesh_buffer>();
    EXPECT_EQ(code_of(row.call(&out)), MESH_INVALID_ARGUMENT) << row.name;
    EXPECT_EQ(out, nullptr) << row.name;
    EXPECT_EQ(code_of(row.call(nullptr)), MESH_INVALID_ARGUMENT) << row.name << ", no out";
  }
}

TEST(Arguments, MakersRefuseNullAndClearOut) {
  mesh_proxy* of_session = poison<mesh_proxy>();
  EXPECT_EQ(code_of(mesh_session_proxy(nullptr, &of_session)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(of_session, nullptr);
  mesh_snapshot* snapshot = poison<mesh_snapshot>();
  EXPECT_EQ(code_of(mesh_store_snapshot(nullptr, &snapshot)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(snapshot, nullptr);
  mesh_proxy* proxy = poison<mesh_proxy>();
  EXPECT_EQ(code_of(mesh_proxy_of_pod(nullptr, {}, {}, &proxy)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(proxy, nullptr);
  EXPECT_EQ(code_of(mesh_proxy_read(nullptr, {}, {}, &proxy)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_proxy_with_flavour(nullptr, {}, &proxy)), MESH_INVALID_ARGUMENT);
  mesh_session* session = poison<mesh_session>();
  EXPECT_EQ(code_of(mesh_session_new(nullptr, {}, nullptr, &session)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(session, nullptr);
  mesh_message* message = poison<mesh_message>();
  EXPECT_EQ(code_of(mesh_session_next(nullptr, &message)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(message, nullptr);
  EXPECT_EQ(code_of(mesh_watch_wait(nullptr, 0, 0, &snapshot)), MESH_INVALID_ARGUMENT);
  for (mesh_error* error :
       {mesh_store_new({}, nullptr), mesh_watch_new(nullptr), mesh_xds_new(nullptr),
        mesh_authority_new({}, nullptr), mesh_watch_publish(nullptr, nullptr),
        mesh_xds_update(nullptr, nullptr), mesh_session_receive(nullptr, {}),
        mesh_session_update(nullptr), mesh_store_delete_object(nullptr, {}, {}, {})}) {
    EXPECT_EQ(code_of(error), MESH_INVALID_ARGUMENT);
  }
}

TEST(Arguments, NullIsFreedAndRead) {
  mesh_error_delete(nullptr);
  mesh_buffer_delete(nullptr);
  mesh_store_delete(nullptr);
  mesh_snapshot_delete(nullptr);
  mesh_proxy_delete(nullptr);
  mesh_xds_delete(nullptr);
  mesh_session_delete(nullptr);
  mesh_message_delete(nullptr);
  mesh_authority_delete(nullptr);
  mesh_watch_delete(nullptr);
  mesh_watch_close(nullptr);
  EXPECT_EQ(mesh_error_code(nullptr), MESH_OK);
  EXPECT_EQ(mesh_error_message(nullptr).size, 0U);
  EXPECT_EQ(mesh_buffer_view(nullptr).size, 0U);
  EXPECT_EQ(mesh_snapshot_clone(nullptr), nullptr);
  EXPECT_EQ(mesh_snapshot_revision(nullptr), 0U);
  EXPECT_EQ(mesh_message_slice_count(nullptr), 0U);
  EXPECT_EQ(mesh_message_slice(nullptr, 0).size, 0U);
}

TEST(Arguments, AViewWithoutAnAddressButWithASizeIsRefused) {
  meshpp::Store store;
  EXPECT_EQ(code_of(mesh_store_apply(store.get(), {nullptr, 3}, {}, nullptr)),
            MESH_INVALID_ARGUMENT);
}

TEST(Arguments, ARemoteClusterHasAName) {
  mesh_store* out = poison<mesh_store>();
  EXPECT_EQ(code_of(mesh_store_cluster(nullptr, view("east"), &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(out, nullptr);
  meshpp::Store store;
  EXPECT_EQ(code_of(mesh_store_cluster(store.get(), view("east"), nullptr)), MESH_INVALID_ARGUMENT);
  for (const char* name : {"", "a/b", "-x", "a b"}) {
    out = poison<mesh_store>();
    EXPECT_EQ(code_of(mesh_store_cluster(store.get(), view(name), &out)), MESH_INVALID_ARGUMENT);
    EXPECT_EQ(out, nullptr) << name;
  }
}

TEST(Arguments, OptionsAreStrict) {
  struct Row {
    std::string_view options;
    mesh_code code;
    std::string_view word;  // in the message
  };
  const Row rows[] = {
      {"", MESH_OK, ""},
      {"{}", MESH_OK, ""},
      {R"({"clusterId": "east", "synthesize": false})", MESH_OK, ""},
      {R"({"clusterID": "east"})", MESH_INVALID_ARGUMENT, "clusterID"},
      {R"({"synthesize": "no"})", MESH_INVALID_ARGUMENT, "synthesize"},
      {R"({"clusterId": "a", "clusterId": "b"})", MESH_PARSE, "clusterId"},
      {R"([])", MESH_PARSE, "list"},
      {R"({)", MESH_PARSE, ""},
      {R"({"meshConfig": "a: [b"})", MESH_PARSE, "meshConfig"},
  };
  for (const Row& row : rows) {
    mesh_store* store = nullptr;
    mesh_error* error = mesh_store_new(view(row.options), &store);
    EXPECT_EQ(mesh_error_code(error), row.code) << row.options;
    EXPECT_NE(meshpp::text(mesh_error_message(error)).find(row.word), std::string_view::npos)
        << row.options;
    EXPECT_EQ(store != nullptr, row.code == MESH_OK) << row.options;
    mesh_error_delete(error);
    mesh_store_delete(store);
  }
  mesh_authority* authority = nullptr;
  EXPECT_EQ(code_of(mesh_authority_new({}, &authority)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_authority_new(view(R"({"now": 1e99})"), &authority)),
            MESH_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace mesh::testing
