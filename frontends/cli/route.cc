// mesh route: what becomes of a request.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct Asked {
  std::string url;  // or a host
  std::string method = "GET";
  std::vector<std::string> headers;  // "name: value"
  std::string protocol;
  std::string tls;
  std::string address;
  std::string sni;
  uint32_t port = 0;
  std::string identity;
  std::string source_ip;
  std::vector<std::string> claims;  // a file each, or JSON
  bool arrives = false;
  bool journey = false;
  std::string requests;  // a file
};

void add_text(JsonDocument& out, Json& to, const char* key, const std::string& value) {
  if (!value.empty()) {
    to.AddMember(rapidjson::StringRef(key), text_value(value, out), out.GetAllocator());
  }
}

// "https://host:port/path" taken apart; a host alone is one too.
void add_url(JsonDocument& out, const std::string& url, std::string& tls) {
  std::string rest = url;
  const size_t scheme = rest.find("://");
  if (scheme != rest.npos) {
    const std::string word = rest.substr(0, scheme);
    if (word != "http" && word != "https") {
      throw UsageError("the URL's scheme is " + word + ", not http or https");
    }
    if (word == "https" && tls.empty()) tls = "tls";
    rest = rest.substr(scheme + 3);
  }
  const size_t path = rest.find_first_of("/?");
  add_text(out, out, "host", rest.substr(0, path));
  if (path == rest.npos) return;
  add_text(out, out, "path", (rest[path] == '?' ? "/" : "") + rest.substr(path));
}

void add_headers(JsonDocument& out, const std::vector<std::string>& headers) {
  if (headers.empty()) return;
  Json list(rapidjson::kArrayType);
  for (const std::string& header : headers) {
    const size_t colon = header.find(':');
    if (colon == header.npos || colon == 0) {
      throw UsageError("--header " + header + ": NAME: VALUE is wanted");
    }
    const size_t value = header.find_first_not_of(' ', colon + 1);
    Json one(rapidjson::kObjectType);
    add_text(out, one, "name", header.substr(0, colon));
    one.AddMember("value", text_value(value == header.npos ? "" : header.substr(value), out),
                  out.GetAllocator());
    list.PushBack(one, out.GetAllocator());
  }
  out.AddMember("headers", list, out.GetAllocator());
}

void add_tokens(JsonDocument& out, const std::vector<std::string>& claims) {
  if (claims.empty()) return;
  Json list(rapidjson::kArrayType);
  for (const std::string& each : claims) {
    const std::string text = each.find('{') == each.npos ? read_file(each) : each;
    JsonDocument read;
    read.Parse(text.data(), text.size());
    if (read.HasParseError()) throw UsageError("--claims " + each + ": no JSON");
    Json one(rapidjson::kObjectType);
    one.AddMember("claims", Json(read, out.GetAllocator()), out.GetAllocator());
    list.PushBack(one, out.GetAllocator());
  }
  out.AddMember("tokens", list, out.GetAllocator());
}

std::string request_of(Asked asked) {
  JsonDocument out(rapidjson::kObjectType);
  if (!asked.url.empty()) add_url(out, asked.url, asked.tls);
  add_text(out, out, "method", asked.method);
  add_text(out, out, "protocol", asked.protocol);
  add_text(out, out, "tls", asked.tls);
  add_text(out, out, "address", asked.address);
  add_text(out, out, "sni", asked.sni);
  if (asked.port != 0) out.AddMember("port", asked.port, out.GetAllocator());
  if (asked.arrives) add_text(out, out, "side", "inbound");
  add_headers(out, asked.headers);
  add_tokens(out, asked.claims);
  Json source(rapidjson::kObjectType);
  add_text(out, source, "identity", asked.identity);
  add_text(out, source, "ip", asked.source_ip);
  out.AddMember("source", source, out.GetAllocator());
  return print_json(out);
}

std::string change_text(const Json& change) {
  const std::string_view kind = text_at(change, "change");
  std::string out = std::string(kind) + " " + std::string(text_at(change, "name"));
  if (kind != "remove") out.append(": ").append(text_at(change, "value"));
  return out;
}

void print_changes(const Json& outcome) {
  const std::string host(text_at(outcome, "host"));
  if (!host.empty()) {
    print("  sent as " + std::string(text_at(outcome, "method")) + " " + host +
          std::string(text_at(outcome, "path")) + "\n");
  }
  for (const char* side : {"requestHeaders", "responseHeaders"}) {
    for (const Json& change : at(outcome, side).GetArray()) {
      print(std::string(side == std::string("requestHeaders") ? "  request: " : "  response: ") +
            change_text(change) + "\n");
    }
  }
  if (const uint64_t timeout = number_at(outcome, "timeoutMs"); timeout > 0) {
    print("  timeout " + std::to_string(timeout) + " ms\n");
  }
  if (const Json& retry = at(outcome, "retry"); retry.IsObject()) {
    print("  retried " + std::to_string(number_at(retry, "attempts")) + " times on " +
          std::string(text_at(retry, "on")) + "\n");
  }
  for (const Json& each : at(outcome, "asked").GetArray()) {
    print("  asked: " + std::string(text_at(each, "service")) + "\n");
  }
  for (const Json& each : at(outcome, "unknown").GetArray()) {
    print(std::string("  not looked into: ") + each.GetString() + "\n");
  }
}

void print_outcome(const Json& outcome, const std::string& who) {
  print(who + std::string(text_at(outcome, "verdict")) + ": " +
        std::string(text_at(outcome, "detail")) + "\n");
  print_changes(outcome);
  Table table({"STEP", "NAME", "WHY", "OBJECT"});
  for (const Json& step : at(outcome, "because").GetArray()) {
    const std::string name(text_at(step, "name"));
    const std::string object(text_at(step, "object"));
    table.add({std::string(text_at(step, "what")), name.empty() ? "-" : name,
               std::string(text_at(step, "why")), object.empty() ? "-" : object});
  }
  print("\n" + table.to_string());
}

bool goes_through(const Json& outcome) {
  const std::string_view verdict = text_at(outcome, "verdict");
  return verdict == "routed" || verdict == "passthrough" || verdict == "redirect" ||
         verdict == "direct-response";
}

int answer_one(const Common& common, const Json& answer, bool journey) {
  const Json& sent = journey ? at(answer, "sent") : answer;
  bool good = goes_through(sent);
  if (common.format == "table") print_outcome(sent, "");
  if (journey) {
    for (const Json& arrival : at(answer, "arrivals").GetArray()) {
      const Json& outcome = at(arrival, "outcome");
      good = good && goes_through(outcome);
      const std::string proxy = with_cluster(arrival, text_at(arrival, "proxy"), "proxyCluster");
      if (common.format == "table") {
        print("\n");
        print_outcome(outcome, "at " + (proxy.empty() ? "an endpoint" : proxy) + ", " +
                                   std::string(text_at(at(arrival, "endpoint"), "address")) + ": ");
      }
    }
  }
  if (common.format != "table") print_as(common.format, answer);
  return good ? kGood : kFails;
}

int route(const Common& common, const ProxyChoice& choice, const Asked& asked) {
  if (asked.url.empty() == asked.requests.empty() && asked.address.empty()) {
    throw UsageError("one of URL and --requests is wanted");
  }
  const Snapshot snapshot = load(common.inputs);
  report(snapshot);
  const Proxy proxy = choose(snapshot, choice);
  const Xds xds(snapshot);
  const std::string request =
      asked.requests.empty() ? request_of(asked) : read_file(asked.requests);
  JsonDocument answer;
  try {
    answer =
        parse((asked.journey ? xds.journey(proxy, request) : xds.route(proxy, request)).text());
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  if (answer.IsObject()) return answer_one(common, answer, asked.journey);
  print_as(common.format, answer);
  return kGood;
}

void add_request(CLI::App& verb, Asked& asked) {
  verb.add_option("url", asked.url, "where the request goes: http://HOST[:PORT]/PATH, or a host")
      ->type_name("URL");
  verb.add_option("-X,--method", asked.method, "its method")->capture_default_str();
  verb.add_option("-H,--header", asked.headers, "one of its headers")
      ->allow_extra_args(false)
      ->type_name("NAME: VALUE");
  verb.add_option("--protocol", asked.protocol, "http, http2, grpc or tcp; http")
      ->check(CLI::IsMember({"http", "http2", "grpc", "tcp"}));
  verb.add_option("--tls", asked.tls, "what the client does: none, tls or mutual")
      ->check(CLI::IsMember({"none", "tls", "mutual"}));
  verb.add_option("--address", asked.address, "the connection's address, not the host's")
      ->type_name("IP");
  verb.add_option("--port", asked.port, "the connection's port, not the host's");
  verb.add_option("--sni", asked.sni, "the server name in the handshake, not the host");
  verb.add_option("--claims", asked.claims, "the claims of a token it carries: JSON, or a file")
      ->allow_extra_args(false)
      ->type_name("JSON|FILE");
  verb.add_option("--identity", asked.identity, "who calls, when it arrives with mutual TLS")
      ->type_name("SPIFFE");
  verb.add_option("--source-ip", asked.source_ip, "the caller's address")->type_name("IP");
  verb.add_flag("--arrives", asked.arrives, "it arrives at the proxy's workload");
  verb.add_flag("--journey", asked.journey, "go on to the endpoints' own proxies");
  verb.add_option("--requests", asked.requests,
                  "a JSON list of requests (docs/schemas/route-request.json); the answer is a list")
      ->type_name("FILE");
}

}  // namespace

void add_route(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto choice = std::make_shared<ProxyChoice>();
  auto asked = std::make_shared<Asked>();
  CLI::App* verb = app.add_subcommand(
      "route", "What becomes of a request: the way that a proxy's configuration gives it");
  add_inputs(*verb, *common);
  add_proxy_choice(*verb, *choice);
  add_request(*verb, *asked);
  verb->footer(
      "Exit status: 0 it is routed or answered, 1 it is refused or goes nowhere, 2 the call is "
      "wrong.\n"
      "Examples:\n  mesh route -f examples/shop --pod shop-web/frontend --address 127.10.1.1 "
      "http://cart.shop-cart:18080/items\n"
      "  mesh route -f examples/shop --pod shop-cart/cart-v1 --arrives --port 18081 -X POST /items "
      "--tls mutual "
      "\\\n    --identity spiffe://cluster.local/ns/shop-web/sa/frontend -o json");
  runs(*verb, [common, choice, asked] { return route(*common, *choice, *asked); });
}

}  // namespace mesh::cli
