/* What records take and need, for plans.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>

namespace sigma {

/// Templates and strings that the chunks of a group share, in bytes.
constexpr uint32_t kSharedSize = 128 * 1024;
/// Bytes that finding records takes at least: tables, and fields.
constexpr uint32_t kRecordsMemory = 1280 * 1024;
/// Bytes that lanes and tree of a chunk of records have, where chunks of bytes may have less.
constexpr uint32_t kRecordRoom = 1024 * 1024;
constexpr uint32_t kMinRecordChunk = 512 * 1024;
constexpr unsigned kFirstRecordLevel = 2;
/// From here on what may be smaller as records is tried, if that is not most unlikely, and from the
/// second one on that, too.
constexpr unsigned kPatientLevel = 6;
constexpr unsigned kMostPatientLevel = 8;

}  // namespace sigma
