// make_template and its bounds: what is told when a template is loaded, and what ends a hostile one.
#include <gtest/gtest.h>

#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/injection/settings.h"
#include "libmesh/injection/template/go_template.h"

namespace mesh::injection {
namespace {

class Render {
 public:
  Render() { proxy_ = make_proxy_config(document::Value(document::Map{})); }

  Result<document::Value> operator()(const Template& form) const {
    const TemplateInput input{settings_, pod_, owner_, *proxy_, false, "", "", 1337, 1337, ""};
    return form.render(input);
  }

 private:
  const Settings settings_;
  const document::Value pod_{document::Map{}};
  const Owner owner_;
  ProxyConfigPtr proxy_;
};

TemplatePtr made(std::string_view text) {
  Diagnostics diagnostics;
  TemplatePtr form = make_template("mine", text, diagnostics);
  EXPECT_NE(form, nullptr) << text;
  return form;
}

std::string error_of(std::string_view text) {
  const auto answer = Render()(*made(text));
  return answer.ok() ? "" : answer.error().message;
}

TEST(MakeTemplate, NamesWhatCannotBeRead) {
  Diagnostics diagnostics;
  EXPECT_EQ(make_template("mine", "a: b\n{{ if }}\n{{ end }}", diagnostics), nullptr);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].code, Code::kTemplateInvalid);
  EXPECT_EQ(diagnostics[0].field, "templates.mine");
  EXPECT_EQ(diagnostics[0].line, 2u);
  EXPECT_EQ(diagnostics[0].message, "template: inject:2: missing value for if");
}

TEST(MakeTemplate, NamesEveryUnsupportedFunctionWithItsPlaceWhenItIsLoaded) {
  Diagnostics diagnostics;
  const TemplatePtr form = make_template(
      "mine", "a: {{ env \"X\" \"y\" }}\n{{ if false }}\n  b: {{ now }}\n{{ end }}c: 1",
      diagnostics);
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[0].code, Code::kTemplateFunction);
  EXPECT_EQ(diagnostics[0].line, 1u);
  EXPECT_EQ(diagnostics[0].column, 7u);
  EXPECT_NE(diagnostics[0].message.find("\"env\""), std::string::npos);
  EXPECT_EQ(diagnostics[1].line, 3u);
  EXPECT_EQ(diagnostics[1].column, 9u);
  ASSERT_NE(form, nullptr);  // what does not reach the call still works
  const auto answer = Render()(*form);
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message.find("error calling env: it is not supported"),
            std::string::npos);
}

TEST(MakeTemplate, GivesTheOverlayThatTheTextReadsAs) {
  const auto answer = Render()(*made("spec:\n  containers:\n  - name: {{ print \"x\" }}\n"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->find("spec")->find("containers")->if_list()->at(0).string_at("name"), "x");
  const auto nothing = Render()(*made("{{/* nothing */}}"));
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->is_map());
}

TEST(MakeTemplate, RefusesATextThatIsNoMapping) {
  EXPECT_NE(error_of("- a").find("is no mapping but a list"), std::string::npos);
  EXPECT_NE(error_of("a: [b").find("failed parsing generated injected YAML"), std::string::npos);
}

TEST(Bounds, HostileTemplatesEndWithAnError) {
  const std::pair<const char*, const char*> rows[] = {
      {"recursion", "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}"},
      {"two calls a level",
       "{{ define \"r\" }}{{ template \"r\" . }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . "
       "}}"},
      {"nested loops", "{{ range until 9999 }}{{ range until 9999 }}x{{ end }}{{ end }}"},
      {"a long loop", "{{ range 99999999999 }}{{ end }}"},
      {"a long list", "{{ until 999999999 }}"},
      {"a long text", "{{ repeat 999999999 \"x\" }}"},
      {"doubling", "{{ $x := \"xxxxxxxx\" }}{{ range until 99 }}{{ $x = print $x $x }}{{ end }}"},
      {"doubling lists", "{{ $x := list 1 }}{{ range until 99 }}{{ $x = concat $x $x }}{{ end }}"},
      {"lists of lists",
       "{{ $x := list }}{{ range until 99 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}"},
      {"a dictionary in itself", "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}"},
      {"its JSON", "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toYaml $d }}"},
      {"compared", "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ deepEqual $d $d }}"},
      {"merged",
       "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ merge $d $d | len }}{{ fail \"end\" }}"},
      {"wide fields", "{{ range until 9999 }}{{ printf \"%999999d\" 1 }}{{ end }}"},
      {"much output", "{{ $x := repeat 100000 \"x\" }}{{ range until 9999 }}{{ $x }}{{ end }}"},
      {"indenting", "{{ indent 999999 (repeat 99999 \"\\n\") }}"},
      {"replacing", "{{ replace \"\" (repeat 99999 \"x\") (repeat 99999 \"y\") }}"},
      {"regular expressions",
       "{{ range until 9999 }}{{ regexReplaceAll \"x*\" (repeat 99999 \"x\") "
       "\"$0$0$0\" | len }}{{ end }}"},
  };
  for (const auto& [name, text] : rows) EXPECT_NE(error_of(text), "") << name;
}

TEST(Bounds, DeepNestingIsRefusedWhenItIsRead) {
  const std::string deep =
      "{{ " + std::string(100000, '(') + "1" + std::string(100000, ')') + " }}";
  std::string blocks;
  for (int i = 0; i < 100000; ++i) blocks += "{{ if 1 }}";
  for (const std::string& text : {deep, blocks}) {
    Diagnostics diagnostics;
    EXPECT_EQ(make_template("deep", text, diagnostics), nullptr);
    EXPECT_EQ(diagnostics.size(), 1u);
  }
}

}  // namespace
}  // namespace mesh::injection
