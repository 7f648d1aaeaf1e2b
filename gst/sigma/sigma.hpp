/* Everything an application needs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/random_access.hpp"
#include "gst/sigma/base/primitive.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/decode/ahead_decoder.hpp"
#include "gst/sigma/decode/decoder.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/encode/encoder.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/file.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/boundary_handler.hpp"
#include "gst/sigma/wire/glyph.hpp"
