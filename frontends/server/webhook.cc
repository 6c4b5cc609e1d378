#include "frontends/server/webhook.h"

#include <cstdio>

namespace mesh::server {
namespace {

using Outcome = InjectionCounts::Outcome;

WebhookReply refusal(int status, std::string why) {
  return {status, "text/plain; charset=utf-8", std::move(why) + "\n"};
}

// Quotes in strings are escaped, so these can only be keys of the response.
Outcome outcome_of(std::string_view review) {
  if (review.find("\"patch\":") != std::string_view::npos) return Outcome::kInjected;
  return review.find("\"allowed\":true") != std::string_view::npos ? Outcome::kSkipped
                                                                   : Outcome::kFailed;
}

void add_counter(std::string& out, const char* name, const char* help, uint64_t value) {
  out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " counter\n" + name +
         " " + std::to_string(value) + "\n";
}

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

void InjectionCounts::add(Outcome outcome, std::chrono::nanoseconds time) {
  requests_.fetch_add(1, std::memory_order_relaxed);
  // As istiod counts: a skipped pod is answered with success.
  (outcome == Outcome::kFailed ? failures_ : successes_).fetch_add(1, std::memory_order_relaxed);
  if (outcome == Outcome::kSkipped) skips_.fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<uint64_t>(time.count()), std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(time).count();
  size_t bucket = 0;
  while (bucket < kSeconds.size() && seconds > kSeconds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
}

std::string InjectionCounts::text() const {
  std::string out;
  add_counter(out, "sidecar_injection_requests_total",
              "Total number of sidecar injection requests.", requests_.load());
  add_counter(out, "sidecar_injection_success_total",
              "Total number of successful sidecar injection requests.", successes_.load());
  add_counter(out, "sidecar_injection_failure_total",
              "Total number of failed sidecar injection requests.", failures_.load());
  add_counter(out, "sidecar_injection_skip_total",
              "Total number of skipped sidecar injection requests.", skips_.load());
  const std::string name = "sidecar_injection_time_seconds";
  out += "# HELP " + name + " Total time taken for injection in seconds.\n# TYPE " + name +
         " histogram\n";
  uint64_t total = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    total += buckets_[i].load();
    const std::string bound = i < kSeconds.size() ? decimal(kSeconds[i]) : "+Inf";
    out += name + "_bucket{le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  out += name + "_sum " + decimal(static_cast<double>(nanoseconds_.load()) * 1e-9) + "\n";
  return out + name + "_count " + std::to_string(total) + "\n";
}

Handle<mesh_buffer> Webhook::update(const mesh_snapshot* snapshot, std::string& why) {
  const Injector before = injector();
  Handle<mesh_injector> next;
  Handle<mesh_buffer> diagnostics;
  auto error = into(next, [&](mesh_injector** out) {
    return mesh_injector_new(snapshot, view(options_), before.get(), out);
  });
  if (error == nullptr) {
    error = into(diagnostics,
                 [&](mesh_buffer** out) { return mesh_injector_diagnostics(next.get(), out); });
  }
  if (error != nullptr) {
    why = message_of(error);
    return nullptr;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  current_ = std::move(next);
  return diagnostics;
}

Webhook::Injector Webhook::injector() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

WebhookReply Webhook::inject(std::string_view path, std::string_view content_type,
                             std::string_view body) {
  const auto begin = std::chrono::steady_clock::now();
  Outcome outcome = Outcome::kFailed;
  WebhookReply reply = answer(path, content_type, body, outcome);
  counts_.add(outcome, std::chrono::steady_clock::now() - begin);
  return reply;
}

WebhookReply Webhook::too_large() {
  return refusal(400, "Request entity too large: limit is " + std::to_string(kLimit));
}

WebhookReply Webhook::answer(std::string_view path, std::string_view content_type,
                             std::string_view body, Outcome& outcome) const {
  if (body.size() > kLimit) return too_large();
  if (body.empty()) return refusal(400, "no body found");
  if (content_type != "application/json") {
    return refusal(415, "invalid Content-Type, want `application/json`");
  }
  const Injector injector = this->injector();
  if (injector == nullptr) return refusal(503, "no snapshot yet");
  Handle<mesh_buffer> review;
  const auto error = into(review, [&](mesh_buffer** out) {
    return mesh_injector_review(injector.get(), view(body), view(path), out);
  });
  if (error != nullptr) return refusal(500, message_of(error));
  outcome = outcome_of(text(review));
  return {200, "application/json", std::string(text(review))};
}

}  // namespace mesh::server
