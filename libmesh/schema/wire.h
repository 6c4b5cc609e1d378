// Protobuf wire format, written and read directly.
//
// Writing: a writer (libmesh/schema/gen/envoy/*.h, generated) is a pointer to a std::string and
// appends fields to it; a nested message is appended in place behind a one-byte length, and the
// length is patched when the nested writer returns (docs/decisions/0004-writers.md has what was
// measured). Nothing is built and nothing is allocated but the growth of the string. Field numbers
// and types stand in the generated code only: a caller cannot get them wrong.
//
// While a nested writer is at work its parent must not be used.
//
// Reading: Reader walks the fields of untrusted bytes, checking every bound.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace mesh::wire {

enum class Type : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Bytes that are already the serialized form of the message they are given for.
struct Raw {
  std::string_view bytes;
};

// ---- room ------------------------------------------------------------------------------------
//
// std::string::append is a call of the standard library that checks, copies and ends the text anew, for one byte
// as for a thousand (docs/decisions/0004). libstdc++ has no public way to lengthen a string by bytes that are
// written next, as resize_and_overwrite of C++23 does, so its own function for that is called. Another library's
// strings are lengthened by zeros.

#ifdef __GLIBCXX__
template <auto kMember>
struct SetLength {
  friend void set_length(std::string& out, size_t size) { (out.*kMember)(size); }
};
void set_length(std::string& out, size_t size);
template struct SetLength<&std::string::_M_set_length>;
#else
inline void set_length(std::string& out, size_t size) { out.resize(size); }
#endif

// Capacity for that many more bytes, and at least twice what it was.
void make_room(std::string& out, size_t size);

// ---- primitives ----------------------------------------------------------------------------

constexpr uint32_t tag_of(uint32_t number, Type type) {
  return number << 3 | static_cast<uint32_t>(type);
}

// Appends `size` bytes that the caller writes at once; they are no bytes of `out`.
inline char* extend(std::string& out, size_t size) {
  const size_t before = out.size();
  if (out.capacity() - before < size) [[unlikely]]
    make_room(out, size);
  set_length(out, before + size);
  return out.data() + before;
}

// Bytes that do not stand in `out`; no call of the standard library, where long texts may cost too much (copy_bytes.h).
void append(std::string& out, std::string_view bytes);

void put_varint_slow(std::string& out, uint64_t value);

inline void put_varint(std::string& out, uint64_t value) {
  if (value < 0x80) [[likely]] {
    *extend(out, 1) = static_cast<char>(value);
  } else {
    put_varint_slow(out, value);
  }
}

// What one byte, or two, can say; longer ones are written by put_varint_slow.
constexpr size_t short_tag_size(uint32_t tag) { return tag < 0x80 ? 1 : 2; }

template <uint32_t kTag>
inline char* write_short_tag(char* to) {
  static_assert(kTag < 0x4000);
  if constexpr (kTag < 0x80) {
    *to = static_cast<char>(kTag);
    return to + 1;
  } else {
    to[0] = static_cast<char>(kTag | 0x80);
    to[1] = static_cast<char>(kTag >> 7);
    return to + 2;
  }
}

template <uint32_t kTag>
inline void put_tag(std::string& out) {
  if constexpr (kTag < 0x4000) {
    write_short_tag<kTag>(extend(out, short_tag_size(kTag)));
  } else {
    put_varint_slow(out, kTag);
  }
}

template <typename T>
inline void put_fixed(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(extend(out, sizeof(T)), &value, sizeof(T));
}

constexpr uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}

// Sign extension is what the wire format asks for: a negative int32 takes ten bytes.
template <std::integral T>
constexpr uint64_t varint_of(T value) {
  if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  } else {
    return value;
  }
}
template <typename T>
  requires std::is_enum_v<T>
constexpr uint64_t varint_of(T value) {
  return varint_of(static_cast<std::underlying_type_t<T>>(value));
}

// Moves the bytes from `start` on to make room for the rest of a length of two or more bytes.
void close_long(std::string& out, size_t start);

// `start` is the first byte of a nested message; the byte before it is kept for its length.
inline void close(std::string& out, size_t start) {
  const size_t length = out.size() - start;
  if (length < 0x80) [[likely]] {
    out[start - 1] = static_cast<char>(length);
  } else {
    close_long(out, start);
  }
}

// ---- fields (called by generated code only) ------------------------------------------------

template <uint32_t kNumber, typename T>
inline void put_varint_field(std::string& out, T value) {
  constexpr uint32_t kTag = tag_of(kNumber, Type::kVarint);
  const uint64_t number = varint_of(value);
  if constexpr (kTag < 0x4000) {
    if (number < 0x80) [[likely]] {
      *write_short_tag<kTag>(extend(out, short_tag_size(kTag) + 1)) = static_cast<char>(number);
      return;
    }
  }
  put_tag<kTag>(out);
  put_varint(out, number);
}

template <uint32_t kNumber>
inline void put_zigzag_field(std::string& out, int64_t value) {
  put_tag<tag_of(kNumber, Type::kVarint)>(out);
  put_varint(out, zigzag(value));
}

template <uint32_t kNumber, typename T>
inline void put_fixed_field(std::string& out, T value) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  put_tag<tag_of(kNumber, sizeof(T) == 4 ? Type::kFixed32 : Type::kFixed64)>(out);
  put_fixed(out, value);
}

template <uint32_t kNumber>
inline void put_bytes_field(std::string& out, std::string_view value) {
  constexpr uint32_t kTag = tag_of(kNumber, Type::kBytes);
  if constexpr (kTag < 0x4000) {
    if (value.size() < 0x80) [[likely]] {
      char* to = write_short_tag<kTag>(extend(out, short_tag_size(kTag) + 1 + value.size()));
      *to = static_cast<char>(value.size());
      if (!value.empty()) std::memcpy(to + 1, value.data(), value.size());
      return;
    }
  }
  put_tag<kTag>(out);
  put_varint(out, value.size());
  append(out, value);
}

// Appends the tag and the place for the length; gives the start of the nested message.
template <uint32_t kNumber>
inline size_t open(std::string& out) {
  constexpr uint32_t kTag = tag_of(kNumber, Type::kBytes);
  if constexpr (kTag < 0x4000) {
    *write_short_tag<kTag>(extend(out, short_tag_size(kTag) + 1)) = 0;
  } else {
    put_varint_slow(out, kTag);
    out.push_back(0);
  }
  return out.size();
}

template <uint32_t kNumber>
inline void put_empty_field(std::string& out) {
  open<kNumber>(out);
}

// google.protobuf.Duration and Timestamp.
template <uint32_t kNumber>
inline void put_time_field(std::string& out, int64_t seconds, int32_t nanos) {
  const size_t start = open<kNumber>(out);
  if (seconds != 0) put_varint_field<1>(out, seconds);
  if (nanos != 0) put_varint_field<2>(out, nanos);
  close(out, start);
}

// A fill of a message that likely has 128 to 16,383 bytes: two bytes are kept for its length, so that nothing has to
// be moved: host.routes(wire::Wide{[&](auto route) {…}}).
template <typename F>
struct Wide : F {
  using F::operator();
  static constexpr bool kWide = true;
};
template <typename F>
Wide(F) -> Wide<F>;

template <typename F>
constexpr bool is_wide() {
  return requires { std::remove_cvref_t<F>::kWide; };
}

void close_unlikely(std::string& out, size_t start);

// The two bytes before `start` are kept for the length.
inline void close_wide(std::string& out, size_t start) {
  const size_t length = out.size() - start;
  if (length >= 0x80 && length < 0x4000) [[likely]] {
    out[start - 2] = static_cast<char>(length | 0x80);
    out[start - 1] = static_cast<char>(length >> 7);
  } else {
    close_unlikely(out, start);
  }
}

// Opens a nested message, lets `write` write it and closes it.
template <uint32_t kNumber, bool kWide, typename F>
inline void nest(std::string& out, F&& write) {
  size_t start = open<kNumber>(out);
  if constexpr (kWide) ++start, extend(out, 1);
  write();
  if constexpr (kWide) {
    close_wide(out, start);
  } else {
    close(out, start);
  }
}

// Fills a nested message: anything callable with its writer. The constraint keeps values (which
// have overloads of their own) from being taken for one.
template <typename F>
concept Fill =
    std::is_class_v<std::remove_cvref_t<F>> && !std::same_as<std::remove_cvref_t<F>, Raw> &&
    !std::convertible_to<F, std::string_view>;

template <uint32_t kNumber, typename Message, typename F>
inline void put_message_field(std::string& out, F& fill) {
  nest<kNumber, is_wide<F>()>(out, [&] {
    Message message(out);
    fill(message);
  });
}

// An Any whose value is written in place. An empty value is left out, as every protobuf library
// leaves it out.
template <uint32_t kNumber, typename Message, typename F>
inline void put_any_field(std::string& out, F& fill) {
  nest<kNumber, is_wide<F>()>(out, [&] {
    put_bytes_field<1>(out, Message::kTypeUrl);
    const size_t before = out.size();
    nest<2, is_wide<F>()>(out, [&] {
      Message message(out);
      fill(message);
    });
    if (out.size() == before + 2) out.resize(before);
  });
}

template <uint32_t kNumber, typename Message>
inline void put_empty_any_field(std::string& out) {
  const size_t start = open<kNumber>(out);
  put_bytes_field<1>(out, Message::kTypeUrl);
  close(out, start);
}

template <uint32_t kNumber>
inline void put_packed_any_field(std::string& out, std::string_view type_url,
                                 std::string_view value) {
  const size_t start = open<kNumber>(out);
  put_bytes_field<1>(out, type_url);
  if (!value.empty()) put_bytes_field<2>(out, value);
  close(out, start);
}

// One element of a packed list, by encoding.
struct AsVarint {
  template <typename T>
  static void put(std::string& out, T value) {
    put_varint(out, varint_of(value));
  }
};
struct AsZigzag {
  static void put(std::string& out, int64_t value) { put_varint(out, zigzag(value)); }
};
struct AsFixed {
  template <typename T>
  static void put(std::string& out, T value) {
    put_fixed(out, value);
  }
};

template <uint32_t kNumber, typename Encoding, typename T>
inline void put_packed_field(std::string& out, std::span<const T> values) {
  if (values.empty()) return;
  const size_t start = open<kNumber>(out);
  for (const T value : values) Encoding::put(out, value);
  close(out, start);
}

// ---- writers -------------------------------------------------------------------------------

// What every generated writer is: a place to append to.
class Message {
 public:
  explicit Message(std::string& out) : out_(&out) {}

  // Appends fields of this message that are serialized already.
  void append_raw(std::string_view fields) { append(*out_, fields); }
  // As many bytes of fields, that the caller writes at once.
  char* append_room(size_t size) { return extend(*out_, size); }

 protected:
  std::string* out_;
};

// Short forms for google.protobuf.Struct: s.string("k", "v"), s.structure("k", [&](auto s) {…}).
template <typename Struct, typename Value, typename List>
class StructMessage : public Message {
 public:
  using Message::Message;
  void string(std::string_view key, std::string_view value) {
    // Most are short: in one step then, with all lengths of one byte.
    constexpr uint32_t kStringValue = 3;  // of google.protobuf.Value
    const size_t value_size = 2 + value.size();
    const size_t size = 2 + key.size() + 2 + value_size;
    if (size >= 0x80) {
      entry(key, [&](auto& v) { v.string_value(value); });
      return;
    }
    char* to = extend(*out_, 2 + size);
    to = put_short_head<1>(to, size);
    to = put_short_head<1>(to, key.size());
    to += key.copy(to, key.size());
    to = put_short_head<2>(to, value_size);
    to = put_short_head<kStringValue>(to, value.size());
    value.copy(to, value.size());
  }
  void number(std::string_view key, double value) {
    entry(key, [&](auto& v) { v.number_value(value); });
  }
  template <std::same_as<bool> B>
  void boolean(std::string_view key, B value) {
    entry(key, [&](auto& v) { v.bool_value(value); });
  }
  void null(std::string_view key) {
    entry(key, [&](auto& v) { v.null_value(); });
  }
  template <Fill F>
  void structure(std::string_view key, F&& fill) {
    entry(key, [&](auto& v) { v.struct_value(fill); });
  }
  template <Fill F>
  void list(std::string_view key, F&& fill) {
    entry(key, [&](auto& v) { v.list_value(fill); });
  }

 private:
  // Tag and length of bytes, of one byte each.
  template <uint32_t kNumber>
  static char* put_short_head(char* to, size_t size) {
    to = write_short_tag<tag_of(kNumber, Type::kBytes)>(to);
    *to = static_cast<char>(size);
    return to + 1;
  }
  template <typename F>
  void entry(std::string_view key, F&& fill) {
    const size_t start = open<1>(*out_);
    put_bytes_field<1>(*out_, key);
    put_message_field<2, Value>(*out_, fill);
    close(*out_, start);
  }
};

// The same for google.protobuf.ListValue.
template <typename Struct, typename Value, typename List>
class ListMessage : public Message {
 public:
  using Message::Message;
  void string(std::string_view value) {
    element([&](auto& v) { v.string_value(value); });
  }
  void number(double value) {
    element([&](auto& v) { v.number_value(value); });
  }
  template <std::same_as<bool> B>
  void boolean(B value) {
    element([&](auto& v) { v.bool_value(value); });
  }
  void null() {
    element([](auto& v) { v.null_value(); });
  }
  template <Fill F>
  void structure(F&& fill) {
    element([&](auto& v) { v.struct_value(fill); });
  }
  template <Fill F>
  void list(F&& fill) {
    element([&](auto& v) { v.list_value(fill); });
  }

 private:
  template <typename F>
  void element(F&& fill) {
    put_message_field<1, Value>(*out_, fill);
  }
};

// ---- reading -------------------------------------------------------------------------------

struct Field {
  uint32_t number = 0;
  Type type = Type::kVarint;
  uint64_t number_value = 0;  // kVarint, kFixed32, kFixed64
  std::string_view bytes;     // kBytes; points into the reader's input
};

// Walks the fields of one message:
//   Reader reader(bytes);
//   while (auto field = reader.next()) …
//   if (!reader.ok()) …   // the bytes were no message
// Groups (wire types 3 and 4), field number 0 and anything cut short make it not ok.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  // The next field, or nullptr at the end and at the first mistake.
  const Field* next();
  bool ok() const { return ok_; }

 private:
  bool read_varint(uint64_t& value);
  const Field* fail();

  const char* at_;
  const char* end_;
  Field field_;
  bool ok_ = true;
};

}  // namespace mesh::wire

namespace mesh::envoy {
using wire::Raw;
}  // namespace mesh::envoy
