#include "libmesh/schema/descriptors.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>

#include "libmesh/schema/wire.h"

namespace mesh::schema {

extern const char kDescriptorBytes[];
extern const size_t kDescriptorSize;

namespace {

constexpr char kUrlPrefix[] = "type.googleapis.com";

// The types of the pool whatever stands before the last slash of their URL: that is the only part that counts.
class Types : public google::protobuf::util::TypeResolver {
 public:
  explicit Types(google::protobuf::util::TypeResolver* pool) : pool_(pool) {}

  google::protobuf::util::Status ResolveMessageType(const std::string& url,
                                                    google::protobuf::Type* type) override {
    return pool_->ResolveMessageType(known_url(url), type);
  }
  google::protobuf::util::Status ResolveEnumType(const std::string& url,
                                                 google::protobuf::Enum* type) override {
    return pool_->ResolveEnumType(known_url(url), type);
  }

 private:
  static std::string known_url(const std::string& url) {
    const size_t slash = url.rfind('/');
    return std::string(kUrlPrefix) + "/" +
           (slash == std::string::npos ? url : url.substr(slash + 1));
  }

  const std::unique_ptr<google::protobuf::util::TypeResolver> pool_;
};

// Everything over the private pool. Never destroyed: other statics may still use it at exit.
struct Descriptors {
  google::protobuf::EncodedDescriptorDatabase files;
  google::protobuf::DescriptorPool pool{&files};
  google::protobuf::DynamicMessageFactory messages{&pool};
  std::unique_ptr<google::protobuf::util::TypeResolver> types;

  Descriptors() {
    // Indexed by name only; a file is parsed and linked when something in it is first asked for.
    wire::Reader set(std::string_view(kDescriptorBytes, kDescriptorSize));
    while (const wire::Field* file = set.next()) {
      files.Add(file->bytes.data(), static_cast<int>(file->bytes.size()));
    }
    types = std::make_unique<Types>(
        google::protobuf::util::NewTypeResolverForDescriptorPool(kUrlPrefix, &pool));
  }
};

Descriptors& descriptors() {
  static auto* const made = new Descriptors();
  return *made;
}

std::string type_url(std::string_view name) {
  return std::string(kUrlPrefix) + "/" + std::string(name);
}

Result<void> known(std::string_view name) {
  if (descriptors().pool.FindMessageTypeByName(std::string(name)) != nullptr) return {};
  return Error{ErrorCode::kNotFound, "no message type \"" + std::string(name) + "\""};
}

Error parse_error(std::string_view name, const google::protobuf::util::Status& status) {
  return Error{ErrorCode::kParse, std::string(name) + ": " + std::string(status.message())};
}

// The converter prints fields as they come: a repeated field in two places would be two keys. So
// the bytes are read and written once, which also refuses what is cut short.
Result<std::string> canonical_bytes(std::string_view name, std::string_view bytes) {
  const google::protobuf::Message* prototype = envoy_prototype(name);
  if (prototype == nullptr) return known(name).error();
  const std::unique_ptr<google::protobuf::Message> message(prototype->New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::kParse, std::string(name) + ": the bytes are no such message"};
  }
  std::string canonical;
  {
    google::protobuf::io::StringOutputStream stream(&canonical);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message->SerializeToCodedStream(&coded);
  }
  return canonical;
}

}  // namespace

const google::protobuf::DescriptorPool& envoy_pool() { return descriptors().pool; }

google::protobuf::DynamicMessageFactory& envoy_messages() { return descriptors().messages; }

const google::protobuf::Message* envoy_prototype(std::string_view type_full_name) {
  const auto* type = envoy_pool().FindMessageTypeByName(std::string(type_full_name));
  return type == nullptr ? nullptr : envoy_messages().GetPrototype(type);
}

Result<std::string> to_json(std::string_view type_full_name, std::string_view bytes) {
  auto canonical = canonical_bytes(type_full_name, bytes);
  if (!canonical) return canonical.error();
  std::string json;
  const auto status = google::protobuf::util::BinaryToJsonString(
      descriptors().types.get(), type_url(type_full_name), *canonical, &json);
  if (!status.ok()) return parse_error(type_full_name, status);
  return json;
}

Result<std::string> from_json(std::string_view type_full_name, std::string_view json) {
  if (auto found = known(type_full_name); !found) return found.error();
  std::string bytes;
  const auto status = google::protobuf::util::JsonToBinaryString(
      descriptors().types.get(), type_url(type_full_name), std::string(json), &bytes);
  if (!status.ok()) return parse_error(type_full_name, status);
  return bytes;
}

}  // namespace mesh::schema
