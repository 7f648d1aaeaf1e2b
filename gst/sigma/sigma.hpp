/* Everything a C++ application needs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/primitive.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/base/task_pool.hpp"
#include "gst/sigma/base/thread_pool.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encoder.hpp"
#include "gst/sigma/explain.hpp"
#include "gst/sigma/file.hpp"
#include "gst/sigma/in_memory.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/random_access.hpp"
#include "gst/sigma/wire/glyph.hpp"
