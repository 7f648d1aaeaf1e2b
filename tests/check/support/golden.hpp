/* What is kept of golden streams that cannot be decoded: tests/golden/errors.tsv.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>

#include "testdata.hpp"

namespace golden {

/// One line of the table: the name, what a decoder that stops at errors says (code and offset) and
/// gave before (bytes and their XXH3-64), and the same of one that leaves damage out.
std::string describe_error(const std::string& name, const testdata::Bytes& stream);

}  // namespace golden
