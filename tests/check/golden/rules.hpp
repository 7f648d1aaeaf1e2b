/* Golden streams for the rules of docs/format.md: what is at a limit decodes, one step further is
 * refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <vector>

#include "testdata.hpp"

namespace golden {

struct RuleStream {
  std::string name;
  testdata::Bytes bytes;
  testdata::Bytes decoded;
  bool is_framed = false;
};

/// Streams that decode; those of one subject are joined.
std::vector<RuleStream> streams_at_limits();
/// Streams that must be refused.
std::vector<RuleStream> streams_beyond_limits();
/// The same for samples.
std::vector<RuleStream> samples_at_limits();
std::vector<RuleStream> samples_beyond_limits();
/// The same for copies.
std::vector<RuleStream> copies_at_limits();
std::vector<RuleStream> copies_beyond_limits();
/// The same for colours.
std::vector<RuleStream> colours_at_limits();
std::vector<RuleStream> colours_beyond_limits();
/// The same for text.
std::vector<RuleStream> text_at_limits();
std::vector<RuleStream> text_beyond_limits();
/// The same for matches.
std::vector<RuleStream> matches_at_limits();
std::vector<RuleStream> matches_beyond_limits();

}  // namespace golden
