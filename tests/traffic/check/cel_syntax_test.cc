// Expressions of CEL, by their syntax.
#include "libmesh/traffic/check/cel_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mesh::traffic {
namespace {

TEST(CelSyntax, Expressions) {
  for (const char* good :
       {"true", "response.code >= 400", "response.code >= 400 || connection.mtls == false",
        "request.headers['x-a'].startsWith(\"b\") && !(a in [1, 2u, 0x3, .5, 1e-3])",
        "has(a.b) ? -1 : --c", "!!a", "{'a': 1, b: [2,],}", "{}", "[]", "a.b.C{d: e}", ".a.b",
        "r'\\d' + b\"\\x41\" + '''a\n'b'''", "a // rest", "size([1, 2]) - 1", "a\n+ b",
        "timestamp('2020') < now()"}) {
    EXPECT_EQ(cel_fault(good), "") << good;
  }
}

TEST(CelSyntax, WhatIsNone) {
  for (const char* bad :
       {"",         "*",    "a b",   "-",       "a.",       "a.b.",  "10.0.0.1", "/",
        "http://a", ":80",  "@",     "{a}",     "50%",      "(a",    "a)",       "[1",
        "f(a,)",    "f(,)", "a ? b", "a ? b :", "'a",       "'\\q'", "a = b",    "a && ",
        "!-a",      "in",   "if",    "1{a: b}", "\"a\nb\"", "a.1"}) {
    EXPECT_NE(cel_fault(bad), "") << bad;
  }
  EXPECT_EQ(cel_fault(std::string(200, '(') + "a" + std::string(200, ')')), "");
  EXPECT_EQ(cel_fault(std::string(100000, '(')), "is nested too deeply");
  EXPECT_EQ(cel_fault("a b"), "is no expression from \"b\" on");
}

}  // namespace
}  // namespace mesh::traffic
