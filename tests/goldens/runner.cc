// The goldens' questions to the library: a call a line in, a line out (runners.py has the protocol). doors.py builds
// it twice: with the shared library, so that every call passes the C functions, and with libmesh.a.
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <mesh/mesh.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace {

using meshpp::Buffer;
using Words = std::vector<std::string>;

// What was given last, and what later calls ask about.
struct Now {
  std::optional<meshpp::Snapshot> snapshot;
  std::optional<meshpp::Xds> xds;
  std::optional<meshpp::Proxy> proxy;
  std::optional<meshpp::Injector> injector;
};

Buffer store(Now& now, const Words& files) {
  now = {};
  meshpp::Store store;
  for (size_t i = 0; i + 1 < files.size(); i += 2) {
    const size_t at = files[i].find('=');
    if (at == std::string::npos) {
      store.apply(files[i + 1], files[i]);
    } else {
      store.cluster(files[i].substr(0, at)).apply(files[i + 1], files[i].substr(at + 1));
    }
  }
  now.snapshot.emplace(store.snapshot());
  now.xds.emplace(*now.snapshot);
  return Buffer();
}

Buffer diagnostics(Now& now, const Words& w) {
  return w.at(0).empty() ? now.snapshot->diagnostics() : now.snapshot->diagnostics_of(w.at(0));
}

using Call = std::function<Buffer(Now&, const Words&)>;

const std::map<std::string, Call, std::less<>>& calls() {
  static const std::map<std::string, Call, std::less<>> kCalls = {
      {"store", store},
      {"diagnostics", diagnostics},
      {"members", [](Now& now, const Words& w) { return now.snapshot->members(w.at(0)); }},
      {"values", [](Now& now, const Words& w) { return now.snapshot->values(w.at(0), w.at(1)); }},
      {"status", [](Now& now, const Words& w) { return now.snapshot->status(w.at(0), w.at(1)); }},
      {"plan", [](Now& now, const Words& w) { return now.snapshot->plan(w.at(0)); }},
      {"explain_member",
       [](Now& now, const Words& w) { return now.snapshot->explain_member(w.at(0), w.at(1)); }},
      {"reach",
       [](Now& now, const Words& w) { return now.snapshot->reach(w.at(0), w.at(1), w.at(2)); }},
      {"admission_review",
       [](Now& now, const Words& w) {
         return now.snapshot->admission_review(w.at(0), w.at(1), w.at(2));
       }},
      {"proxies", [](Now& now, const Words&) { return now.snapshot->proxies(); }},
      {"xds_sent",
       [](Now& now, const Words& w) { return now.xds->sent_json(*now.proxy, w.at(0), w.at(1)); }},
      {"xds_secret_names",
       [](Now& now, const Words&) { return now.xds->secret_names(*now.proxy); }},
      {"xds_sizes", [](Now& now, const Words&) { return now.xds->sizes(*now.proxy); }},
      {"convert", [](Now&, const Words& w) { return meshpp::convert(w.at(0), w.at(1), w.at(2)); }},
      {"injector_diagnostics", [](Now& now, const Words&) { return now.injector->diagnostics(); }},
      {"injector_apply",
       [](Now& now, const Words& w) { return now.injector->apply(w.at(0), w.at(1), w.at(2)); }},
      {"injector_explain",
       [](Now& now, const Words& w) { return now.injector->explain(w.at(0), w.at(1)); }},
      {"injector_matrix", [](Now& now, const Words&) { return now.injector->matrix(); }},
      {"uninject",
       [](Now&, const Words& w) { return meshpp::uninject(w.at(0), w.at(1), w.at(2)); }},
      {"proxy_of_pod",
       [](Now& now, const Words& w) {
         now.proxy.emplace(meshpp::Proxy::of_pod(*now.snapshot, w.at(0), w.at(1)));
         return Buffer();
       }},
      {"proxy_read",
       [](Now& now, const Words& w) {
         now.proxy.emplace(meshpp::Proxy::read(*now.snapshot, w.at(0), w.at(1)));
         return Buffer();
       }},
      {"injector",
       [](Now& now, const Words& w) {
         now.injector.emplace(*now.snapshot, w.at(0));
         return Buffer();
       }},
  };
  return kCalls;
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string answer(Now& now, const std::string& line) {
  rapidjson::Document request;
  if (request.Parse(line.data(), line.size()).HasParseError())
    throw std::runtime_error("a line is no JSON");
  Words words;
  for (const auto& word : request["arguments"].GetArray()) {
    words.emplace_back(word.GetString(), word.GetStringLength());
  }
  rapidjson::StringBuffer out;
  Writer json(out);
  json.StartObject();
  try {
    const Buffer bytes = calls().at(request["call"].GetString())(now, words);
    json.Key("text");
    write(json, bytes.text());
  } catch (const meshpp::Error& error) {
    json.Key("code");
    json.Int(error.code());
    json.Key("message");
    write(json, error.what());
  }
  json.EndObject();
  return out.GetString();
}

}  // namespace

int main() try {
  Now now;
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(now, line) << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "goldens: %s\n", error.what());
  return 2;
}
