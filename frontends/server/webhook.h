// Webhook: what the injection server answers, without a transport.
//
// Answers as istiod's serveInject does (pkg/kube/inject/webhook.go): any path at or below /inject, JSON
// only, at most 6 MiB; what stands in the review is the library's business. A new snapshot means a new
// injector; requests under way end with the one that they began with.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "frontends/server/handles.h"

namespace mesh::server {

struct WebhookReply {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// Istiod's metrics of these names. Any thread.
class InjectionCounts {
 public:
  enum class Outcome { kInjected, kSkipped, kFailed };
  void add(Outcome outcome, std::chrono::nanoseconds time);
  // In Prometheus' text form.
  std::string text() const;

 private:
  static constexpr std::array kSeconds = {0.0001, 0.001, 0.01, 0.1, 1.0, 3.0, 5.0, 10.0};
  std::atomic<uint64_t> requests_{0};
  std::atomic<uint64_t> successes_{0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<uint64_t> skips_{0};
  std::atomic<uint64_t> nanoseconds_{0};
  std::array<std::atomic<uint64_t>, kSeconds.size() + 1> buckets_{};
};

class Webhook {
 public:
  static constexpr size_t kLimit = 6U << 20;  // MaxRequestBodyBytes of istiod

  // `options`: JSON for mesh_injector_new.
  explicit Webhook(std::string options) : options_(std::move(options)) {}

  // Takes the newest snapshot. Null when the options are refused (`why` says it; the injector stays),
  // else the diagnostics of its settings.
  Handle<mesh_buffer> update(const mesh_snapshot* snapshot, std::string& why);

  bool ready() const { return injector() != nullptr; }
  // A request whose path is /inject or below.
  WebhookReply inject(std::string_view path, std::string_view content_type, std::string_view body);
  static WebhookReply too_large();
  std::string metrics() const { return counts_.text(); }

 private:
  using Injector = std::shared_ptr<const mesh_injector>;
  Injector injector() const;
  WebhookReply answer(std::string_view path, std::string_view content_type, std::string_view body,
                      InjectionCounts::Outcome& outcome) const;

  const std::string options_;
  InjectionCounts counts_;
  mutable std::mutex mutex_;  // guards current_
  Injector current_;
};

}  // namespace mesh::server
