#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/testing/walk/request_json.h"

namespace mesh::testing {
namespace {

using document::Value;

Error wrong(std::string_view path, std::string_view wanted) {
  return {ErrorCode::kInvalidArgument, std::string(path) + ": " + std::string(wanted)};
}

// Reads the members of one mapping; the first mistake is kept.
class Fields {
 public:
  Fields(const Value& value, std::string path) : value_(value), path_(std::move(path)) {
    if (!value.is_map() && !value.is_null()) fail("", "a mapping is wanted");
  }

  const Value* take(std::string_view key) {
    known_.push_back(key);
    const Value* found = value_.find(key);
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  void read(std::string_view key, std::string& out) {
    const Value* value = take(key);
    if (value == nullptr) return;
    if (!value->is_string()) return fail(key, "a string is wanted");
    out = *value->if_string();
  }
  void read(std::string_view key, bool& out) {
    const Value* value = take(key);
    if (value == nullptr) return;
    if (value->if_bool() == nullptr) return fail(key, "true or false is wanted");
    out = *value->if_bool();
  }
  void read(std::string_view key, uint32_t& out) {
    const Value* value = take(key);
    if (value == nullptr) return;
    const int64_t* number = value->if_int();
    if (number == nullptr || *number < 0 || *number > 65535) {
      return fail(key, "a number from 0 to 65535 is wanted");
    }
    out = static_cast<uint32_t>(*number);
  }
  template <typename Enum>
  void read(std::string_view key, Enum& out,
            std::initializer_list<std::pair<std::string_view, Enum>> words) {
    const Value* value = take(key);
    if (value == nullptr) return;
    std::string known;
    for (const auto& [word, meaning] : words) {
      if (value->is_string() && *value->if_string() == word) {
        out = meaning;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(word);
    }
    fail(key, "one of " + known + " is wanted");
  }
  void read(std::string_view key, std::vector<std::string>& out) {
    const Value* value = take(key);
    if (value == nullptr) return;
    if (value->is_string()) {
      out = {*value->if_string()};
      return;
    }
    const document::List* list = value->if_list();
    if (list == nullptr) return fail(key, "a list of strings is wanted");
    for (const Value& each : *list) {
      if (!each.is_string()) return fail(key, "a list of strings is wanted");
      out.push_back(*each.if_string());
    }
  }

  void fail(std::string_view key, std::string_view wanted) {
    if (!error_) error_ = wrong(path_of(key), wanted);
  }
  void take_error(const Result<void>& result) {
    if (!result && !error_) error_ = result.error();
  }
  std::string path_of(std::string_view key) const {
    if (path_.empty() || key.empty()) return path_ + std::string(key);
    return path_ + "." + std::string(key);
  }
  Result<void> end() {
    const document::Map* members = value_.if_map();
    for (size_t i = 0; members != nullptr && i < members->size() && !error_; ++i) {
      const std::string& key = (*members)[i].key;
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        fail(key, "there is no such field");
      }
    }
    if (error_) return *error_;
    return {};
  }

 private:
  const Value& value_;
  const std::string path_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

// {"x-user": "a", "x-many": ["a", "b"]} or [{"name", "value"}]
Result<void> read_headers(const Value& value, std::vector<Header>& out) {
  if (const document::List* list = value.if_list()) {
    for (const Value& each : *list) {
      Header header;
      Fields fields(each, "headers");
      fields.read("name", header.name);
      fields.read("value", header.value);
      if (auto end = fields.end(); !end) return end;
      out.push_back(std::move(header));
    }
    return {};
  }
  if (!value.is_map()) return wrong("headers", "a mapping of names to values is wanted");
  Fields fields(value, "headers");
  for (const document::Member& member : *value.if_map()) {
    std::vector<std::string> values;
    fields.read(member.key, values);
    for (std::string& each : values) out.push_back({member.key, std::move(each)});
  }
  return fields.end();
}

Result<void> read_tokens(const Value& value, std::vector<Token>& out) {
  const document::List* list = value.if_list();
  if (list == nullptr) return wrong("tokens", "a list is wanted");
  for (const Value& each : *list) {
    Token token;
    Fields fields(each, "tokens");
    if (const Value* claims = fields.take("claims")) token.claims = *claims;
    if (!token.claims.is_map()) fields.fail("claims", "a mapping is wanted");
    fields.read("valid", token.valid);
    fields.read("header", token.header);
    fields.read("queryParameter", token.query_parameter);
    if (auto end = fields.end(); !end) return end;
    out.push_back(std::move(token));
  }
  return {};
}

}  // namespace

Result<Request> read_request(const Value& value) {
  Request out;
  Fields fields(value, "");
  fields.read("side", out.side, {{"outbound", Side::kOutbound}, {"inbound", Side::kInbound}});
  fields.read("protocol", out.protocol,
              {{"http", Protocol::kHttp1},
               {"http1", Protocol::kHttp1},
               {"http2", Protocol::kHttp2},
               {"grpc", Protocol::kHttp2},
               {"tcp", Protocol::kTcp}});
  fields.read("tls", out.tls, {{"none", Tls::kNone}, {"tls", Tls::kTls}, {"mutual", Tls::kMutual}});
  fields.read("method", out.method);
  fields.read("host", out.host);
  fields.read("path", out.path);
  fields.read("address", out.address);
  fields.read("port", out.port);
  fields.read("sni", out.sni);
  fields.read("alpn", out.alpn);
  if (const Value* headers = fields.take("headers")) {
    fields.take_error(read_headers(*headers, out.headers));
  }
  if (const Value* tokens = fields.take("tokens")) {
    fields.take_error(read_tokens(*tokens, out.tokens));
  }
  if (const Value* time = fields.take("time")) {
    if (const int64_t* seconds = time->if_int()) {
      out.time = *seconds;
    } else {
      fields.fail("time", "seconds since 1970 are wanted");
    }
  }
  if (const Value* source = fields.take("source")) {
    Fields inner(*source, "source");
    inner.read("identity", out.source.identity);
    inner.read("ip", out.source.ip);
    fields.take_error(inner.end());
  }
  if (auto end = fields.end(); !end) return end.error();
  return out;
}

}  // namespace mesh::testing
