/* A .sigma stream is told by the header of its first packet, whose check leaves no doubt.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/common/gstsigmatypefind.h"

#include "gst/sigma/decoder.hpp"
#include "plugin/common/gstsigmautil.h"

static GstStaticCaps sigma_caps = GST_STATIC_CAPS(GST_SIGMA_MEDIA_TYPE);

static void sigma_type_find(GstTypeFind* find, gpointer) {
  const guint8* data = gst_type_find_peek(find, 0, sigma::kLikenessBytes);
  if (data == nullptr) return;
  const sigma::Likeness likeness = sigma::looks_like_stream({data, sigma::kLikenessBytes});
  if (likeness == sigma::Likeness::NONE) return;
  // A damaged head is still the head of a .sigma stream: sigmadec will say what is wrong with it.
  const bool is_certain = likeness == sigma::Likeness::CERTAIN;
  gst_type_find_suggest_empty_simple(
      find, is_certain ? GST_TYPE_FIND_MAXIMUM : GST_TYPE_FIND_LIKELY, GST_SIGMA_MEDIA_TYPE);
}

GST_TYPE_FIND_REGISTER_DEFINE(sigma, GST_SIGMA_MEDIA_TYPE, GST_RANK_PRIMARY, sigma_type_find,
                              "sigma", gst_static_caps_get(&sigma_caps), nullptr, nullptr)
