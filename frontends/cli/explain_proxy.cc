// mesh explain cluster|endpoints|listener|route|policy: why one proxy is sent what it is sent.
#include "frontends/cli/explain_proxy.h"

#include <memory>
#include <utility>

#include "frontends/cli/injector.h"
#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

// "route.timeout: 5s (else 15s)" of the first change, and how many more there are.
std::string told(const Json& link, std::string_view what) {
  const std::string_view effect = text_at(link, "effect");
  if (effect == "makes") return "no " + std::string(what) + " without it";
  if (effect == "prevents") return "keeps the " + std::string(what) + " away";
  const Json& changes = at(link, "changes");
  if (!changes.IsArray() || changes.Empty()) return "";
  const Json& first = changes[0];
  const std::string_view with = text_at(first, "with");
  const std::string_view without = text_at(first, "without");
  std::string out(text_at(first, "path"));
  out += ": " + std::string(with.empty() ? "(nothing)" : with);
  if (!without.empty()) out += " (else " + std::string(without) + ")";
  const size_t more = changes.Size() - 1 + number_at(link, "more");
  return more == 0 ? out : out + " and " + std::to_string(more) + " more";
}

std::string place_of(const Json& link, const Json& field) {
  const std::string_view file = text_at(link, "file");
  const uint64_t line = number_at(field, "line");
  return file.empty() || line == 0 ? std::string(file)
                                   : std::string(file) + ":" + std::to_string(line);
}

// "web.shop", "east=web.shop".
std::string proxy_of(const Json& answer) { return with_cluster(answer, text_at(answer, "proxy")); }

void print_resource(const Json& answer) {
  const std::string_view part = text_at(answer, "part");
  print(std::string(text_at(answer, "name")) + (part.empty() ? "" : " / " + std::string(part)) +
        ", one of the " + std::string(text_at(answer, "type")) + " of " + proxy_of(answer) +
        "\n\n");
  Table table({"OBJECT", "FIELD", "VALUE", "DOES", "PLACE"});
  for (const Json& link : at(answer, "because").GetArray()) {
    std::string object = name_of(at(link, "object"));
    const Json& fields = at(link, "fields");
    if (fields.Empty()) {
      table.add({object, "", "", told(link, "resource"), std::string(text_at(link, "file"))});
    }
    for (const Json& field : fields.GetArray()) {
      table.add({std::exchange(object, ""), std::string(text_at(field, "field")),
                 std::string(text_at(field, "value")), told(field, "resource"),
                 place_of(link, field)});
    }
  }
  print(table.empty() ? "Nothing in the mesh's objects makes or shapes it.\n" : table.to_string());
  if (!at(answer, "complete").IsTrue()) {
    print("\nThe mesh is too large to try everything: there may be more.\n");
  }
}

void print_policy(const Json& answer) {
  print(name_of(at(answer, "object")));
  const Json& resources = at(answer, "resources");
  if (resources.Empty()) {
    print(" does nothing to " + proxy_of(answer) +
          ": without it the proxy would be sent the same\n");
    return;
  }
  print(" and " + proxy_of(answer) + "\n\n");
  Table table({"TYPE", "NAME", "DOES"});
  for (const Json& each : resources.GetArray()) {
    table.add({std::string(text_at(each, "type")), std::string(text_at(each, "name")),
               told(each, "resource")});
  }
  print(table.to_string());
}

struct Request {
  Common common;
  ProxyChoice choice;
  std::string name;
};

// `ask` gives the answer's JSON, `print_table` shows it to people.
template <typename Ask, typename Show>
int answer(const Request& request, Ask&& ask, Show&& print_table) {
  const Snapshot snapshot = load(request.common.inputs);
  const Findings before = report(snapshot);
  const JsonDocument said = parse(ask(snapshot, choose(snapshot, request.choice)).text());
  if (request.common.format == "table") {
    print_table(said);  // what is found about its objects is among what was reported
  } else {
    print_as(request.common.format, said);
  }
  return before.status(request.common.strict);
}

std::shared_ptr<Request> add_request(CLI::App& verb, const char* what, const char* type) {
  auto request = std::make_shared<Request>();
  add_inputs(verb, request->common);
  add_proxy_choice(verb, request->choice);
  verb.add_option("name", request->name, what)->type_name(type)->required();
  return request;
}

void add_resource(CLI::App& explain, const char* verb_name, const char* type, const char* help,
                  const char* example) {
  CLI::App* verb = explain.add_subcommand(verb_name, help);
  auto request = add_request(
      *verb, "its name, or a part of it; NAME/PART or PART: a virtual host, domain or filter chain",
      "NAME");
  verb->footer(std::string("Examples:\n  ") + example);
  runs(*verb, [request, type] {
    return answer(
        *request,
        [&](const Snapshot& snapshot, const Proxy& proxy) {
          return explain_resource(snapshot, proxy, type, request->name);
        },
        print_resource);
  });
}

}  // namespace

void add_explain_proxy(CLI::App& explain) {
  add_resource(explain, "cluster", "clusters", "Which objects and fields make a cluster",
               "mesh explain cluster -f examples/shop --pod shop-web/frontend recommendations");
  add_resource(explain, "endpoints", "endpoints", "Which objects and fields make an assignment",
               "mesh explain endpoints -f examples/shop --pod shop-web/frontend recommendations");
  add_resource(explain, "listener", "listeners", "Which objects and fields make a listener",
               "mesh explain listener -f examples/shop --pod shop-web/frontend 18081");
  add_resource(explain, "route", "routes",
               "Which objects and fields make a route configuration, or a virtual host of one",
               "mesh explain route -f examples/shop --pod shop-web/frontend cart");
  CLI::App* verb = explain.add_subcommand("policy", "What one object does to a proxy");
  auto request = add_request(
      *verb, "KIND/NS/NAME of any object; NS/NAME, or NAME in the proxy's namespace, of a policy",
      "NAME");
  verb->footer(
      "Examples:\n  mesh explain policy -f examples/shop --pod shop-web/frontend "
      "DestinationRule/shop-cart/cart");
  runs(*verb, [request] {
    return answer(
        *request,
        [&](const Snapshot& snapshot, const Proxy& proxy) {
          return explain_policy(snapshot, proxy, request->name);
        },
        print_policy);
  });
}

}  // namespace mesh::cli
