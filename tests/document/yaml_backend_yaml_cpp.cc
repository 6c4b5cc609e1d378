#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <string>

#include "tests/document/yaml_backends.h"

namespace mesh::document {
namespace {

struct Stopped {};

Position to_position(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
}

class Adapter final : public YAML::EventHandler {
 public:
  Adapter(YamlHandler& handler, size_t size) : handler_(handler), budget_(4 * size + 64) {}

  void OnDocumentStart(const YAML::Mark&) override { pass(handler_.on_document_start()); }
  void OnDocumentEnd() override { pass(handler_.on_document_end()); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    pass(handler_.on_scalar(properties(mark, "?", anchor), "", ScalarStyle::kPlain));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    pass(handler_.on_alias(to_position(mark), std::to_string(anchor)));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    pass(handler_.on_scalar(properties(mark, tag, anchor), text,
                            tag == "?" ? ScalarStyle::kPlain : ScalarStyle::kQuoted));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    pass(handler_.on_list_start(properties(mark, tag, anchor)));
  }
  void OnSequenceEnd() override { pass(handler_.on_end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    pass(handler_.on_map_start(properties(mark, tag, anchor)));
  }
  void OnMapEnd() override { pass(handler_.on_end()); }

 private:
  // Anchors are numbers here; they serve as names. "?" and "!" are no tags.
  NodeProperties properties(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    name_ = anchor == 0 ? std::string() : std::to_string(anchor);
    return {to_position(mark), name_, tag == "?" || tag == "!" ? std::string_view() : tag};
  }
  // yaml-cpp 0.7 makes documents without end of the input ",".
  void pass(bool go_on) {
    if (!go_on) throw Stopped{};
    if (budget_-- == 0) throw YAML::ParserException(YAML::Mark(), "the parser does not move on");
  }

  YamlHandler& handler_;
  size_t budget_;
  std::string name_;
};

}  // namespace

std::optional<YamlSyntaxError> parse_with_yaml_cpp(std::string_view text, YamlHandler& handler) {
  std::istringstream stream{std::string(text)};
  Adapter adapter(handler, text.size());
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(adapter)) {
    }
  } catch (const Stopped&) {
  } catch (const YAML::Exception& error) {
    return YamlSyntaxError{to_position(error.mark), error.msg, {}, {}};
  }
  return std::nullopt;
}

}  // namespace mesh::document
