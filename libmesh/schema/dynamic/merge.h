// Merging dynamic messages as Istio merges Envoy's (pkg/proto/merge): what the source sets counts, messages are merged
// field by field, lists are appended, entries of maps are replaced. Unlike protobuf's own merge a
// google.protobuf.Duration is replaced whole: {30s} over {0.5s} is 30s.
#pragma once

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace mesh::schema {

enum class ListMerge { kAppend, kReplace };

// Both of one type.
void merge(const google::protobuf::Message& from, google::protobuf::Message& to,
           ListMerge lists = ListMerge::kAppend);

enum class AnyMerge {
  kMerged,
  kUnreadable,   // one of them holds what is not known, or is no such message; nothing happened
  kTypesDiffer,  // nothing happened
};
// Both are google.protobuf.Any; what they hold is merged (util.MergeAnyWithAny).
AnyMerge merge_any(const google::protobuf::Message& from, google::protobuf::Message& to);

}  // namespace mesh::schema
