#include "frontends/server/serve.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>

#include "frontends/server/ads_service.h"
#include "frontends/server/debug_server.h"
#include "frontends/server/directory.h"
#include "frontends/server/hub.h"
#include "frontends/server/loopback.h"
#include "frontends/server/printable.h"
#include "frontends/server/serve_webhook.h"

namespace mesh::server {
namespace {

constexpr std::chrono::milliseconds kPollInterval{200};

int refuse(const std::string& why) {
  std::fprintf(stderr, "mesh serve: %s\n", why.c_str());
  return 2;
}

int taken(const std::string& address) {
  std::fprintf(stderr, "mesh serve: cannot listen on %s: in use?\n", address.c_str());
  return 1;
}

// What a push frees, the next one takes: glibc would give the pages back in between, and to get them again may cost more
// than to make the resources.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

// Each client takes a descriptor, and listing the files needs a few: as many as may be had.
void allow_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Signals are taken by sigtimedwait in the main loop, so every thread must have them blocked.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  // The terminal is gone; under nohup that is to be ignored.
  struct sigaction hang_up{};
  ::sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

bool wait_for_signal(const sigset_t& set) {
  timespec time{};
  time.tv_nsec = std::chrono::nanoseconds(kPollInterval).count();
  return sigtimedwait(&set, nullptr, &time) > 0;
}

size_t count_of(const std::string& json, const std::string& severity) {
  const std::string needle = "\"severity\":\"" + severity + "\"";
  size_t count = 0;
  for (size_t at = json.find(needle); at != std::string::npos; at = json.find(needle, at + 1)) {
    ++count;
  }
  return count;
}

void report(const FileChange& change, const std::string& diagnostics, bool quiet) {
  size_t errors = count_of(diagnostics, "error");
  size_t warnings = count_of(diagnostics, "warning");
  if (quiet && errors == 0) return;
  const char* what = change.gone ? "gone" : change.text.empty() ? "empty" : "read";
  std::fprintf(stderr, "serve: %s: %s", printable(change.path).c_str(), what);
  if (errors + warnings != 0) {
    std::fprintf(stderr, ", %zu error%s, %zu warning%s: %s", errors, errors == 1 ? "" : "s",
                 warnings, warnings == 1 ? "" : "s", printable(diagnostics).c_str());
  }
  std::fputc('\n', stderr);
}

std::vector<std::string> files_of(const std::map<std::string, std::vector<std::string>>& texts) {
  std::vector<std::string> out;
  for (const auto& [file, urls] : texts) out.push_back(file);
  return out;
}

// What is followed: objects, and the texts behind URLs.
struct Sources {
  explicit Sources(const ServeOptions& given) : options(given), texts(files_of(given.texts)) {
    objects.emplace("", Directory(given.paths));
    for (const auto& [cluster, paths] : given.clusters) objects.emplace(cluster, Directory(paths));
  }

  bool check(std::string& why) const {
    return texts.check(why) &&
           std::all_of(objects.begin(), objects.end(),
                       [&](const auto& of_cluster) { return of_cluster.second.check(why); });
  }

  const ServeOptions& options;
  std::map<std::string, Directory> objects;  // by cluster
  Directory texts;
};

void complain(Directory& files) {
  for (const std::string& line : files.take_complaints()) {
    std::fprintf(stderr, "serve: %s\n", printable(line).c_str());
  }
}

void take_changes(Sources& sources, Hub& hub, ServedWebhook* webhook) {
  if (webhook != nullptr) webhook->follow_certificate();
  const bool quiet = sources.options.quiet;
  const std::vector<FileChange> texts = sources.texts.poll();
  complain(sources.texts);
  std::map<std::string, std::vector<FileChange>> changes;
  for (auto& [cluster, files] : sources.objects) {
    if (auto found = files.poll(); !found.empty()) changes.emplace(cluster, std::move(found));
    complain(files);
  }
  if (texts.empty() && changes.empty() && hub.ready()) return;
  for (const FileChange& change : texts) {
    for (const std::string& url : sources.options.texts.at(change.path)) {
      hub.give_text(url, change.text);
    }
    report(change, "[]", quiet);
  }
  for (const auto& [cluster, files] : changes) {
    for (const FileChange& change : files) {
      report(change, hub.replace_file(change.path, change.text, cluster), quiet);
    }
  }
  hub.publish();
  if (webhook != nullptr) webhook->follow(hub);
}

}  // namespace

int serve(const ServeOptions& options) {
  keep_freed_memory();
  allow_open_files();
  Address ads;
  Address http;
  std::string why;
  if (!parse_address(options.address, ads, why)) return refuse(why);
  if (!parse_address(options.http_address, http, why)) return refuse(why);
  Sources sources(options);
  if (!sources.check(why)) return refuse(why);

  const sigset_t signals = block_signals();
  auto hub = Hub::make({options.store, std::time(nullptr), 2}, why);
  if (hub == nullptr) return refuse(why);
  std::unique_ptr<ServedWebhook> webhook;
  if (!options.webhook.address.empty()) {
    webhook = ServedWebhook::make(options.webhook, options.quiet, why);
    if (webhook == nullptr) return refuse(why);
  }
  take_changes(sources, *hub, webhook.get());

  AdsService service(*hub);
  grpc::ServerBuilder builder;
  int port = 0;
  // Else a second server would quietly share the port with the first.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(with_brackets(ads), grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  builder.SetMaxReceiveMessageSize(64 << 20);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return taken(options.address);
  DebugServer debug(*hub, webhook == nullptr ? nullptr : &webhook->logic());
  int http_port = 0;
  if (!debug.start(http, http_port)) return taken(options.http_address);
  ads.port = port;
  http.port = http_port;
  std::fprintf(stderr, "serve: ADS on %s, debug on http://%s\n", with_brackets(ads).c_str(),
               with_brackets(http).c_str());
  if (webhook != nullptr && !webhook->start(why)) {
    std::fprintf(stderr, "mesh serve: %s\n", why.c_str());
    debug.stop();
    return 1;
  }
  while (!wait_for_signal(signals)) {
    take_changes(sources, *hub, webhook.get());
  }

  std::fprintf(stderr, "serve: stopping\n");
  if (webhook != nullptr) webhook->stop();
  debug.stop();
  hub->stop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  server->Wait();
  return 0;
}

}  // namespace mesh::server
