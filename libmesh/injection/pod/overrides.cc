#include "libmesh/injection/pod/overrides.h"

#include <optional>
#include <string_view>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/pod/merge.h"
#include "libmesh/injection/pod/status.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;

bool is_one_of(const std::vector<std::string>& names, std::string_view name) {
  for (const std::string& own : names) {
    if (own == name) return true;
  }
  return false;
}

Result<void> read_list(const Value& map, std::string_view key, List& out) {
  const Value* list = map.find(key);
  if (list == nullptr || list->is_null()) return {};
  const auto wrong = [&] {
    return Error{ErrorCode::kInvalidArgument, "annotation " + std::string(kOverridesAnnotation) +
                                                  ": " + std::string(key) +
                                                  " is no list of containers"};
  };
  if (!list->is_list()) return wrong();
  for (const Value& container : *list->if_list()) {
    if (!container.is_map()) return wrong();
    out.push_back(container);
  }
  return {};
}

// The user's container as an overlay: what Go leaves out of it says nothing, and the image `auto`
// is the injected one.
Value overlay_of(const Value& container) {
  Value out = as_go_writes_it(container);
  if (out.string_at("image") == "auto") out.erase("image");
  return out;
}

Result<void> apply(Value& pod, std::string_view list, List containers) {
  if (containers.empty()) return {};
  Value overlay{Map{}};
  overlay.set("spec", Value(Map{})).set(list, Value(std::move(containers)));
  return strategic_merge(pod, std::move(overlay));
}

class Reapplier {
 public:
  Reapplier(Value& pod, const Value& original, Overrides existing)
      : pod_(pod), original_(original), existing_(std::move(existing)) {
    if (annotation(original, kStatusAnnotation) != nullptr) {
      injected_before_ = true;
      if (auto status = read_status(original)) status_ = *std::move(status);
    }
  }

  Result<void> run(const Value& template_pod) {
    if (auto done = list(template_pod, kContainers, true); !done) return done;
    if (auto done = list(template_pod, kInitContainers, false); !done) return done;
    if (!injected_before_ && (!found_.containers.empty() || !found_.init_containers.empty())) {
      make_metadata_map(pod_, "annotations").set(kOverridesAnnotation, Value(text()));
    }
    return {};
  }

 private:
  Result<void> list(const Value& template_pod, std::string_view list, bool regular) {
    const List* brought = spec_list(template_pod, list);
    if (brought == nullptr) return {};
    const NameIndex existing(regular ? &existing_.containers : &existing_.init_containers);
    const NameIndex containers(spec_list(original_, kContainers));
    const NameIndex init_containers(spec_list(original_, kInitContainers));
    List& found = regular ? found_.containers : found_.init_containers;
    for (const Value& element : *brought) {
      const std::string_view name = element.string_at("name");
      const Value* match = existing.find(name);
      // What an earlier injection put in is no override. (Istio then forgets the annotation's as
      // well, and a pod injected twice loses what the user had written.)
      const bool brought_before =
          is_one_of(regular ? status_.containers : status_.init_containers, name);
      if (match == nullptr && !brought_before) match = containers.find(name);
      if (match == nullptr && !brought_before && !regular) match = init_containers.find(name);
      if (match != nullptr) found.push_back(overlay_of(*match));
    }
    if (auto applied = apply(pod_, list, found); !applied) {
      return applied.error().at(regular ? "failed to apply sidecar container: strategic merge"
                                        : "failed to apply sidecar init container: "
                                          "strategic merge");
    }
    return {};
  }

  std::string text() const {
    std::string out = "{";
    for (const auto& [key, list] : {std::pair(kContainers, &found_.containers),
                                    std::pair(kInitContainers, &found_.init_containers)}) {
      if (list->empty()) continue;
      if (out.size() > 1) out += ',';
      out.append("\"").append(key).append("\":");
      char separator = '[';
      for (const Value& container : *list) {
        out += separator;
        append_go_struct(out, container, GoStruct::kContainer);
        separator = ',';
      }
      out += ']';
    }
    return out + "}";
  }

  Value& pod_;
  const Value& original_;
  const Overrides existing_;
  InjectionStatus status_;
  bool injected_before_ = false;
  Overrides found_;
};

Value& security_context(Value& container) {
  Value* context = container.find("securityContext");
  if (context != nullptr && context->is_map()) return *context;
  return container.set("securityContext", Value(Map{}));
}

void set_user_argument(Value& container, int64_t user) {
  Value* args = container.find("args");
  if (args == nullptr || !args->is_list()) return;
  List& list = *args->if_list();
  for (size_t i = 0; i + 1 < list.size(); ++i) {
    const std::string* flag = list[i].if_string();
    if (flag == nullptr || *flag != "-u") continue;
    list[i + 1] = Value(std::to_string(user));
    return;
  }
}

}  // namespace

Result<Overrides> read_overrides(const Value& pod) {
  Overrides out;
  const std::string* text = annotation(pod, kOverridesAnnotation);
  if (text == nullptr) return out;
  Diagnostics ignored;
  const auto map = document::read_json(*text, "", ignored);
  if (!map) return map.error().at("annotation " + std::string(kOverridesAnnotation));
  if (auto read = read_list(*map, kContainers, out.containers); !read) return read.error();
  if (auto read = read_list(*map, kInitContainers, out.init_containers); !read) return read.error();
  return out;
}

Result<void> reapply_overrides(Value& pod, const Value& original, const Value& template_pod) {
  auto existing = read_overrides(original);
  if (!existing) return existing.error();
  return Reapplier(pod, original, *std::move(existing)).run(template_pod);
}

void adjust_init_user(Value& pod, const Value& original, const ProxyConfig& config) {
  const Value* own = find_container(original, kProxyContainer);
  const Value* context = own == nullptr ? nullptr : own->find("securityContext");
  if (context == nullptr) return;
  const auto user = integer_at(*context, "runAsUser");
  const auto group = integer_at(*context, "runAsGroup");
  if (!user && !group) return;

  Value* init = find_named(spec_list(pod, kInitContainers), kInitContainer);
  const bool validates = init == nullptr;
  if (validates) init = find_named(spec_list(pod, kInitContainers), kValidationContainer);
  if (init == nullptr) return;

  const std::string* mode = annotation(pod, "sidecar.istio.io/interceptionMode");
  const bool tproxy =
      config.interception_mode == "TPROXY" || (mode != nullptr && *mode == "TPROXY");
  if (tproxy && user) {
    Value* sidecar = find_container(pod, kProxyContainer);
    if (sidecar == nullptr) return;
    security_context(*sidecar).set("runAsUser", Value(int64_t{0}));
  }
  if (!tproxy && validates) {
    if (user) security_context(*init).set("runAsUser", Value(*user));
    if (group) security_context(*init).set("runAsGroup", Value(*group));
  }
  if (user && *user != 0) set_user_argument(*init, *user);
}

}  // namespace mesh::injection
