// What proxies are sent: generator, sessions and their messages, certificate authorities.
#include <string>

#include "handle.h"

namespace meshplane {
namespace {

using Xds = Handle<meshpp::Xds>;
using Authority = Handle<meshpp::Authority>;

// A session after what must outlive it.
class Stream {
 public:
  Stream(std::shared_ptr<meshpp::Xds> xds, std::string_view options,
         std::shared_ptr<meshpp::Authority> authority)
      : xds_(std::move(xds)),
        authority_(std::move(authority)),
        session_(*xds_, options, authority_.get()) {}
  void receive(std::string_view request) { session_.receive(request); }
  void update() { session_.update(); }
  meshpp::Message next() { return session_.next(); }
  meshpp::Proxy proxy() const { return session_.proxy(); }
  meshpp::Buffer describe() const { return session_.describe(); }

 private:
  std::shared_ptr<meshpp::Xds> xds_;
  std::shared_ptr<meshpp::Authority> authority_;
  meshpp::Session session_;
};
using Session = Handle<Alone<Stream>>;
using Message = std::shared_ptr<meshpp::Message>;

// One part of a message, which it keeps.
struct Slice {
  Message message;
  std::string_view bytes;
};

size_t size_of(const meshpp::Message& message) {
  size_t out = 0;
  for (size_t i = 0; i < message.slice_count(); ++i) out += message.slice(i).size();
  return out;
}

// The slices one after the other, copied once.
py::bytes bytes_of(const meshpp::Message& message) {
  auto out = py::reinterpret_steal<py::bytes>(
      PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size_of(message))));
  if (!out) throw py::error_already_set();
  char* to = PyBytes_AS_STRING(out.ptr());
  for (size_t i = 0; i < message.slice_count(); ++i) {
    to += message.slice(i).copy(to, std::string_view::npos);
  }
  return out;
}

py::list slices_of(const Message& message) {
  py::list out;
  for (size_t i = 0; i < message->slice_count(); ++i) {
    out.append(py::memoryview(py::cast(Slice{message, message->slice(i)})));
  }
  return out;
}

void add_message(py::module_& m) {
  py::class_<Slice>(m, "Slice", py::buffer_protocol()).def_buffer([](Slice& slice) {
    return py::buffer_info(reinterpret_cast<const uint8_t*>(slice.bytes.data()),
                           static_cast<py::ssize_t>(slice.bytes.size()), true);
  });
  py::class_<meshpp::Message, Message>(m, "Message", py::release_gil_before_calling_cpp_dtor())
      .def("__len__", &size_of)
      .def("__bytes__", &bytes_of)
      .def("slices", &slices_of)
      .def("joined", [](const Message& message) {
        py::gil_scoped_release release;
        return message->bytes();
      });
}

void add_session(py::module_& m) {
  add_class<Alone<Stream>>(m, "Session")
      .def(py::init([](const Xds& xds, const Text& options, const Authority* authority) {
        const auto signer = authority == nullptr ? nullptr : authority->get();
        const auto of = xds.get();
        return Session(without_lock(
            [&](std::string_view text) {
              return std::make_shared<Alone<Stream>>(of, text, signer);
            },
            options));
      }))
      .def("receive", locked_method(&Stream::receive))
      .def("update", locked_method(&Stream::update))
      .def("next",
           [](const Session& self) -> Message {
             auto message = locked_call(self, &Stream::next);
             return message ? std::make_shared<meshpp::Message>(std::move(message)) : nullptr;
           })
      .def("proxy",
           [](const Session& self) {
             return Handle(std::make_shared<meshpp::Proxy>(locked_call(self, &Stream::proxy)));
           })
      .def("describe", locked_method(&Stream::describe));
}

void add_authority(py::module_& m) {
  using C = meshpp::Authority;
  add_class<C>(m, "Authority")
      .def(py::init([](const Text& options) {
        return Authority(
            without_lock([](std::string_view text) { return std::make_shared<C>(text); }, options));
      }))
      .def("issue", method(&C::issue))
      .def("issue_server", method(&C::issue_server));
}

}  // namespace

void add_xds(py::module_& m) {
  using C = meshpp::Xds;
  add_authority(m);
  add_class<C>(m, "Xds")
      .def(py::init([] {
        py::gil_scoped_release release;
        return Xds(std::make_shared<C>());
      }))
      .def("update", shared_method(&C::update))
      .def("resources_json", method(&C::resources_json))
      .def("resources", method(&C::resources))
      .def("sent_json", method(&C::sent_json))
      .def("secret_names", method(&C::secret_names))
      .def("sizes", method(&C::sizes))
      .def("route", method(&C::route))
      .def("journey", method(&C::journey))
      .def("bootstrap", method(&C::bootstrap));
  add_message(m);
  add_session(m);
}

}  // namespace meshplane
