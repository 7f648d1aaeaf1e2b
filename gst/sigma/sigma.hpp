/* Everything an application needs.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
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
