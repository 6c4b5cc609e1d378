// How our HTTP servers take their port.
#pragma once

#include <httplib.h>
#include <sys/socket.h>

namespace mesh::server {

// A port that another program has is an error. cpp-httplib would share it (SO_REUSEPORT), and each program would then be given
// half of the calls; a port whose last owner has ended is free at once (SO_REUSEADDR).
inline void refuse_shared_port(httplib::Server& server) {
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

}  // namespace mesh::server
