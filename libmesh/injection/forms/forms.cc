#include "libmesh/injection/forms/forms.h"

#include <utility>

#include "libmesh/injection/template.h"

namespace mesh::injection {
namespace {

using Form = document::Value (*)(forms::View&);

Form form_of(NativeForm form) {
  switch (form) {
    case NativeForm::kGateway:
      return forms::gateway;
    case NativeForm::kGrpcSimple:
      return forms::grpc_simple;
    case NativeForm::kGrpcAgent:
      return forms::grpc_agent;
    case NativeForm::kSidecar:
      break;
  }
  return forms::sidecar;
}

class Native final : public Template {
 public:
  Native(Form form, TemplatePtr exact) : form_(form), exact_(std::move(exact)) {}

  // Nor does Istio's text of these two.
  bool minds_env() const override { return form_ != forms::sidecar && form_ != forms::gateway; }

  Result<document::Value> render(const TemplateInput& input) const override {
    forms::View view(input);
    document::Value out = form_(view);
    if (view.odd && exact_ != nullptr) return exact_->render(input);
    return out;
  }

 private:
  const Form form_;
  const TemplatePtr exact_;
};

}  // namespace

TemplatePtr native_template(NativeForm form, TemplatePtr exact) {
  return std::make_shared<Native>(form_of(form), std::move(exact));
}

}  // namespace mesh::injection
