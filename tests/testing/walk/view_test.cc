#include "libmesh/testing/walk/view.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <random>

#include "libmesh/schema/dynamic/bytes.h"
#include "tests/testing/walk/message.h"

namespace mesh::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Messages with any of their fields, so many levels deep.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  void fill(Message& message, int depth) {
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (below(3) != 0 || (nested && depth == 0)) continue;
      const int count = field->is_repeated() ? static_cast<int>(below(3)) : 1;
      for (int k = 0; k < count; ++k) put(message, field, depth);
    }
  }

 private:
  uint32_t below(uint32_t end) {
    return std::uniform_int_distribution<uint32_t>(0, end - 1)(random_);
  }

  // Small and large numbers, negative ones and none.
  int64_t number() {
    constexpr int64_t kSome[] = {0, 1, 2, 127, 128, 300, -1, -5, INT32_MAX, INT32_MIN};
    return kSome[below(std::size(kSome))];
  }

  void put(Message& m, const FieldDescriptor* f, int depth) {
    const Reflection* r = m.GetReflection();
    const bool many = f->is_repeated();
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return fill(many ? *r->AddMessage(&m, f) : *r->MutableMessage(&m, f), depth - 1);
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text(below(3), 'x');
        return many ? r->AddString(&m, f, text) : r->SetString(&m, f, text);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = static_cast<uint32_t>(number());
        return many ? r->AddUInt32(&m, f, value) : r->SetUInt32(&m, f, value);
      }
      default:
        if (!many) put_number(m, f);
    }
  }

  void put_number(Message& m, const FieldDescriptor* f) {
    const Reflection* r = m.GetReflection();
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return r->SetInt32(&m, f, static_cast<int32_t>(number()));
      case FieldDescriptor::CPPTYPE_INT64:
        return r->SetInt64(&m, f, number());
      case FieldDescriptor::CPPTYPE_UINT64:
        return r->SetUInt64(&m, f, static_cast<uint64_t>(number()));
      case FieldDescriptor::CPPTYPE_BOOL:
        return r->SetBool(&m, f, below(2) == 1);
      case FieldDescriptor::CPPTYPE_ENUM:
        return r->SetEnumValue(&m, f, static_cast<int>(below(3)));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return r->SetDouble(&m, f, static_cast<double>(number()) / 4);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return r->SetFloat(&m, f, static_cast<float>(below(100)) / 4);
      default:
        return;
    }
  }

  std::mt19937 random_;
};

uint64_t number_of(const Message& m, const FieldDescriptor* f) {
  const Reflection* r = m.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return static_cast<uint64_t>(int64_t{r->GetInt32(m, f)});
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<uint64_t>(r->GetInt64(m, f));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->GetUInt32(m, f);
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->GetUInt64(m, f);
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(m, f) ? 1 : 0;
    case FieldDescriptor::CPPTYPE_ENUM:
      return static_cast<uint64_t>(int64_t{r->GetEnumValue(m, f)});
    default:
      return 0;
  }
}

double real_of(const Message& m, const FieldDescriptor* f) {
  const Reflection* r = m.GetReflection();
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) return r->GetDouble(m, f);
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT)
    return static_cast<double>(r->GetFloat(m, f));
  return 0;
}

size_t compared = 0;  // fields that are set
void expect_same(View view, const Message& message);

void expect_same_list(View view, const Message& m, const FieldDescriptor* f) {
  const Reflection* r = m.GetReflection();
  const int count = r->FieldSize(m, f);
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    ASSERT_EQ(view.size(f->name()), static_cast<size_t>(count)) << f->full_name();
    for (int i = 0; i < count; ++i) {
      expect_same(view.element(f->name(), static_cast<size_t>(i)), r->GetRepeatedMessage(m, f, i));
    }
    EXPECT_FALSE(view.element(f->name(), static_cast<size_t>(count)));
  } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(r->GetRepeatedString(m, f, i));
    EXPECT_EQ(view.texts(f->name()), texts) << f->full_name();
    EXPECT_EQ(view.size(f->name()), texts.size()) << f->full_name();
  } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    std::vector<uint64_t> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(r->GetRepeatedUInt32(m, f, i));
    EXPECT_EQ(view.numbers(f->name()), numbers) << f->full_name();
    EXPECT_EQ(view.size(f->name()), numbers.size()) << f->full_name();
  }
}

void expect_same_field(View view, const Message& m, const FieldDescriptor* f) {
  const Reflection* r = m.GetReflection();
  const bool set = f->is_repeated() ? r->FieldSize(m, f) > 0 : r->HasField(m, f);
  compared += set ? 1 : 0;
  EXPECT_EQ(view.has(f->name()), set) << f->full_name();
  if (f->is_repeated()) return expect_same_list(view, m, f);
  const bool nested = f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  EXPECT_EQ(static_cast<bool>(view.at(f->name())), nested && set) << f->full_name();
  if (nested && set) return expect_same(view.at(f->name()), r->GetMessage(m, f));
  const bool text = f->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  EXPECT_EQ(view.text(f->name()), text ? r->GetString(m, f) : "") << f->full_name();
  EXPECT_EQ(view.number(f->name()), number_of(m, f)) << f->full_name();
  EXPECT_EQ(view.real(f->name()), real_of(m, f)) << f->full_name();
}

void expect_same(View view, const Message& message) {
  const Descriptor* type = message.GetDescriptor();
  EXPECT_EQ(view.type(), type->full_name());
  for (int i = 0; i < type->field_count(); ++i) expect_same_field(view, message, type->field(i));
  for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
    const auto* group = type->oneof_decl(i);
    const auto* set = message.GetReflection()->GetOneofFieldDescriptor(message, group);
    EXPECT_EQ(view.which(group->name()), set == nullptr ? "" : set->name()) << group->full_name();
  }
}

TEST(View, ReadsWhatLibprotobufReads) {
  constexpr std::string_view kTypes[] = {
      "envoy.config.cluster.v3.Cluster",
      "envoy.config.endpoint.v3.ClusterLoadAssignment",
      "envoy.config.listener.v3.Listener",
      "envoy.config.route.v3.RouteConfiguration",
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      "envoy.config.rbac.v3.RBAC",
      "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
  };
  compared = 0;
  for (std::string_view type : kTypes) {
    for (uint32_t seed = 1; seed <= 20; ++seed) {
      const schema::MessagePtr made = schema::new_message(type);
      Maker(seed).fill(*made, 5);
      const std::string bytes = schema::to_bytes(*made);
      const schema::MessagePtr read = schema::parse_message(type, bytes);
      ASSERT_NE(read, nullptr) << type << " seed " << seed;
      expect_same(View(type, bytes), *read);
      ASSERT_FALSE(HasFailure()) << type << " seed " << seed;
    }
  }
  EXPECT_GT(compared, 1000U);
}

TEST(View, OfNothingHasNothing) {
  const View none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.type(), "");
  EXPECT_FALSE(none.at("match").at("prefix"));
  EXPECT_EQ(none.text("name"), "");
  EXPECT_EQ(none.size("routes"), 0U);
  EXPECT_FALSE(View("no.such.Type", "\x0a\x01x"));
}

TEST(View, WhatIsCutShortEndsThere) {
  const std::string bytes =
      message_bytes("envoy.config.route.v3.Route", R"({"name":"long","match":{"prefix":"/"}})");
  for (size_t length = 0; length < bytes.size(); ++length) {
    const View view("envoy.config.route.v3.Route", std::string_view(bytes).substr(0, length));
    EXPECT_TRUE(view.text("name").empty() || view.text("name") == "long");
    EXPECT_FALSE(view.has("name") && view.has("match"));
  }
}

TEST(Open, ATypedStructIsReadAsItsType) {
  const Held held = message("google.protobuf.Any", R"({
    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
    "typeUrl": "type.googleapis.com/envoy.config.rbac.v3.RBAC",
    "value": {"action": "DENY"}})");
  Opened opened = open(held.view());
  EXPECT_EQ(opened.type, "envoy.config.rbac.v3.RBAC");
  const Opened kept = std::exchange(opened, {});
  EXPECT_EQ(kept.message.number("action"), 1U);
  EXPECT_EQ(open(View()).type, "");
}

}  // namespace
}  // namespace mesh::testing
