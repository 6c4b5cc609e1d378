// Client: one discovery stream without its transport.
//
// The transport hands requests in and is given a message whenever it can take one; the hub tells it that
// the configuration changed. Both may come from different threads: everything is under one mutex, and
// the transport's functions are called under it, so they must not call back.
//
// A client that does not read costs one message and no more: while one is on its way changes are only remembered, and the next
// request is not asked for until all answers to the ones before it are sent.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "frontends/server/handles.h"

namespace mesh::server {

class Client {
 public:
  struct Transport {
    // Takes over the message and starts to send it; the transport calls sent() when it is through.
    std::function<void(Handle<mesh_message>)> send;
    // Asks for the next request, once after each that was received; may be empty where requests come anyway.
    std::function<void()> read;
    // Ends the stream with a reason. Called once.
    std::function<void(mesh_code, const std::string&)> finish;
  };

  Client(const mesh_xds* xds, const mesh_authority* authority, bool delta, Transport transport);

  void received(std::string_view request);
  void sent();
  void changed();
  // Nothing is sent from here on.
  void close();

  struct Description {
    std::string proxy;  // "<pod>.<namespace>"
    uint64_t rejects = 0;
    std::string row;  // of /debug/syncz, JSON
  };
  // Nothing before the client has said who it is.
  std::optional<Description> describe();
  // Null before the client has said who it is.
  Handle<mesh_proxy> proxy();

 private:
  void pump();
  bool send_next();
  void end(const Handle<mesh_error>& error);

  std::mutex mutex_;  // guards all below
  Handle<mesh_session> session_;
  const Transport transport_;
  bool sending_ = false;
  bool late_ = false;      // a change came while a message was on its way
  bool may_read_ = false;  // a request was received since the transport was asked for one
  bool open_ = true;
};

}  // namespace mesh::server
