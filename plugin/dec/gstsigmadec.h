/* sigmadec: a .sigma stream in, the original bytes out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SIGMA_DEC (gst_sigma_dec_get_type())
G_DECLARE_FINAL_TYPE(GstSigmaDec, gst_sigma_dec, GST, SIGMA_DEC, GstElement)

GST_ELEMENT_REGISTER_DECLARE(sigmadec);

G_END_DECLS
