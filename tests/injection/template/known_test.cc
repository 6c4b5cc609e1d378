// Which template texts become native forms.
#include <gtest/gtest.h>

#include "libmesh/injection/template/go_template.h"
#include "libmesh/injection/template/known_templates.h"
#include "tests/injection/template/istio_texts.h"

namespace mesh::injection {
namespace {

TEST(KnownTemplates, AreIstiosOwn) {
  for (const testing::IstioText& known : testing::kIstioTexts) {
    const std::string text = testing::istio_text(known.file);
    if (text.empty()) GTEST_SKIP() << testing::kNoIstio;
    EXPECT_EQ(known_template(text), known.form) << known.file;
    EXPECT_EQ(known_template("\n  " + text + "\n\n"), known.form) << known.file;
    EXPECT_EQ(known_template(text + "x"), std::nullopt) << known.file;
  }
}

TEST(KnownTemplates, AreServedByTheNativeFormAndAChangedOneByTheEngine) {
  const std::string text = testing::istio_text("injection-template");
  if (text.empty()) GTEST_SKIP() << testing::kNoIstio;
  Diagnostics diagnostics;
  const TemplatePtr native = make_template("sidecar", text, diagnostics);
  EXPECT_EQ(dynamic_cast<const GoTemplate*>(native.get()), nullptr);
  const TemplatePtr changed = make_template("sidecar", text + "\n# mine\n", diagnostics);
  EXPECT_NE(dynamic_cast<const GoTemplate*>(changed.get()), nullptr);
  EXPECT_TRUE(diagnostics.empty());
}

TEST(KnownTemplates, AllOfIstiosTemplatesParse) {
  for (const char* file : {"waypoint", "kube-gateway", "agentgateway", "agentgateway-waypoint"}) {
    const std::string text = testing::istio_text(file);
    if (text.empty()) GTEST_SKIP() << testing::kNoIstio << file;
    Diagnostics diagnostics;
    EXPECT_NE(make_template(file, text, diagnostics), nullptr) << file;
    EXPECT_TRUE(diagnostics.empty()) << to_string(diagnostics[0]);
  }
}

}  // namespace
}  // namespace mesh::injection
