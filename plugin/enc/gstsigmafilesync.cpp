/* Buffers that a file sink writes to the disk at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/enc/gstsigmafilesync.h"

namespace {

/// Elements on the way to a sink, at most.
constexpr int kMaxSteps = 64;

/// The pad of an element that data from `src_pad` reaches, through the borders of bins; NULL.
GstPad* reached_pad(GstPad* src_pad) {
  GstPad* pad = gst_pad_get_peer(src_pad);
  for (int i = 0; i < kMaxSteps && pad != nullptr; i++) {
    GstPad* next = nullptr;
    if (GST_IS_GHOST_PAD(pad)) {
      next = gst_ghost_pad_get_target(GST_GHOST_PAD(pad));  // into a bin
    } else if (GST_IS_PROXY_PAD(pad)) {
      GstProxyPad* border = gst_proxy_pad_get_internal(GST_PROXY_PAD(pad));  // out of one
      if (border != nullptr) {
        next = gst_pad_get_peer(GST_PAD(border));
        gst_object_unref(border);
      }
    } else {
      break;
    }
    gst_object_unref(pad);
    pad = next;
  }
  return pad;
}

/// The only source pad of an element; NULL if it has none, or several.
GstPad* only_source_pad(GstElement* element) {
  GstPad* pad = nullptr;
  GST_OBJECT_LOCK(element);
  if (element->numsrcpads == 1) pad = GST_PAD(gst_object_ref(element->srcpads->data));
  GST_OBJECT_UNLOCK(element);
  return pad;
}

/// The sink at the end of a way that does not fork; NULL.
GstElement* find_sink(GstPad* src_pad) {
  GstPad* from = GST_PAD(gst_object_ref(src_pad));
  GstElement* sink = nullptr;
  for (int i = 0; i < kMaxSteps && from != nullptr && sink == nullptr; i++) {
    GstPad* pad = reached_pad(from);
    gst_clear_object(&from);
    GstElement* element = pad != nullptr ? gst_pad_get_parent_element(pad) : nullptr;
    gst_clear_object(&pad);
    if (element == nullptr) break;
    from = only_source_pad(element);
    if (from == nullptr && GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK))
      sink = GST_ELEMENT(gst_object_ref(element));
    gst_object_unref(element);
  }
  gst_clear_object(&from);
  return sink;
}

/// Whether an element names files. Others must not be asked: appsink has a URI that is none.
bool names_files(GstElement* element) {
  if (!GST_IS_URI_HANDLER(element)) return false;
  const gchar* const* protocols = gst_uri_handler_get_protocols(GST_URI_HANDLER(element));
  return protocols != nullptr && g_strv_contains(protocols, "file");
}

}  // namespace

bool gst_sigma_leads_to_file(GstPad* src_pad) {
  GstElement* sink = find_sink(src_pad);
  gchar* uri = sink != nullptr && names_files(sink) ? gst_uri_handler_get_uri(GST_URI_HANDLER(sink))
                                                    : nullptr;
  gchar* path = uri != nullptr ? g_filename_from_uri(uri, nullptr, nullptr) : nullptr;
  const bool is_file = path != nullptr && g_file_test(path, G_FILE_TEST_IS_REGULAR) != FALSE;
  g_free(path);
  g_free(uri);
  gst_clear_object(&sink);
  return is_file;
}
