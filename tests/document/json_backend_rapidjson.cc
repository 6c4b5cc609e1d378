#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

#include "libmesh/base/codes.h"
#include "libmesh/document/locator.h"
#include "libmesh/document/numbers.h"
#include "libmesh/document/tree_builder.h"
#include "libmesh/document/utf8.h"
#include "tests/document/json_backends.h"

namespace mesh::document {
namespace {

// RapidJSON says where a token ended; only white space, commas and colons lie before the next.
class Handler {
 public:
  Handler(std::string_view text, const rapidjson::MemoryStream& stream, TreeBuilder& tree)
      : text_(text), stream_(stream), locator_(text), tree_(tree) {}

  bool Null() { return add(Value()); }
  bool Bool(bool truth) { return add(Value(truth)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    auto number = parse_json_number({text, length});
    if (number) return add(*std::move(number));
    tree_.report(Code::kOutOfRange, next(),
                 "the number " + std::string(text, length) + " is too large",
                 "write a smaller number, or quote it where a string is meant");
    return false;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return add(Value(std::string_view(text, length)));
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    const Position position = next();
    tree_.key(std::string(text, length), position);
    return true;
  }
  bool StartObject() { return tree_.open_map(next()); }
  bool StartArray() { return tree_.open_list(next()); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  // RapidJSON's interface asks for these; numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  Locator& locator() { return locator_; }

 private:
  Position next() {
    size_t begin = end_;
    while (begin < text_.size() && std::string_view(" \t\r\n,:").find(text_[begin]) != npos) {
      ++begin;
    }
    end_ = stream_.Tell();
    return locator_.at(begin);
  }
  bool add(Value value) {
    value.position = next();
    return tree_.add(std::move(value));
  }
  bool close() {
    tree_.close();
    end_ = stream_.Tell();
    return true;
  }

  static constexpr size_t npos = std::string_view::npos;
  const std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  Locator locator_;
  TreeBuilder& tree_;
  size_t end_ = 0;  // of the last token
};

Error error_of(const Diagnostics& diagnostics) {
  const Diagnostic& last = diagnostics.back();
  return Error{ErrorCode::kParse,
               std::to_string(last.line) + ":" + std::to_string(last.column) + ": " + last.message};
}

}  // namespace

Result<Value> read_json_with_rapidjson(std::string_view text, std::string_view file,
                                       Diagnostics& diagnostics, const Limits& limits) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  TreeBuilder tree(limits, file, diagnostics);
  if (text.size() > limits.bytes) {
    tree.report(Code::kLimit, {1, 1},
                "the text has more than " + std::to_string(limits.bytes) + " bytes",
                "split the text into several files");
    return error_of(diagnostics);
  }
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    tree.report(Code::kSyntax, Locator(text).at(bad), "the byte is not UTF-8",
                "write the text in UTF-8");
    return error_of(diagnostics);
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  Handler handler(text, stream, tree);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!result) {
    if (result.Code() != rapidjson::kParseErrorTermination) {
      tree.report(Code::kSyntax, Locator(text).at(result.Offset()),
                  rapidjson::GetParseError_En(result.Code()),
                  "mend the text there: quotes, commas and brackets are all needed");
    }
    return error_of(diagnostics);
  }
  return tree.take();
}

}  // namespace mesh::document
