/* sigmadec: a .sigma stream in, the original bytes out.
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

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SIGMA_DEC (gst_sigma_dec_get_type())
G_DECLARE_FINAL_TYPE(GstSigmaDec, gst_sigma_dec, GST, SIGMA_DEC, GstElement)

GST_ELEMENT_REGISTER_DECLARE(sigmadec);

G_END_DECLS
