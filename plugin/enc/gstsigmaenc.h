/* sigmaenc: any bytes in, a .sigma stream out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SIGMA_ENC (gst_sigma_enc_get_type())
G_DECLARE_FINAL_TYPE(GstSigmaEnc, gst_sigma_enc, GST, SIGMA_ENC, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE(sigmaenc);

G_END_DECLS
