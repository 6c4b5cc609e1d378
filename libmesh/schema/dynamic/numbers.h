// Numbers of a document as jsonpb sees them after they went through a google.protobuf.Struct: each was a double and
// was printed as Go prints doubles in JSON.
#pragma once

#include <cstdint>

#include "libmesh/document/value.h"

namespace mesh::schema {

// Of a number; 0 of anything else.
double number_of(const document::Value& value);

// Numbers, and texts that are one. False when it is none or does not fit.
bool read_integer(const document::Value& value, int32_t& out);
bool read_integer(const document::Value& value, int64_t& out);
bool read_integer(const document::Value& value, uint32_t& out);
bool read_integer(const document::Value& value, uint64_t& out);
bool read_real(const document::Value& value, float& out);
bool read_real(const document::Value& value, double& out);

}  // namespace mesh::schema
