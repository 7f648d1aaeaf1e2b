/* What sigmadec asks of its upstream and downstream before it reads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cstring>

#include "plugin/dec/gstsigmadec-private.h"

namespace sigmadec {
namespace {

/// The element's pad that `pad` is linked to, through the ghost pads of bins; null if there is
/// none.
GstPad* find_peer(GstPad* pad) {
  GstPad* peer = gst_pad_get_peer(pad);
  while (peer != nullptr && GST_IS_PROXY_PAD(peer)) {
    GstProxyPad* inner = gst_proxy_pad_get_internal(GST_PROXY_PAD(peer));
    gst_object_unref(peer);
    peer = inner != nullptr ? gst_pad_get_peer(GST_PAD(inner)) : nullptr;
    g_clear_object(&inner);
  }
  return peer;
}

/// The first sink pad of the element that `pad` belongs to; null if it has none.
GstPad* find_input(GstPad* pad) {
  GstElement* element = gst_pad_get_parent_element(pad);
  if (element == nullptr) return nullptr;
  GST_OBJECT_LOCK(element);
  GList* first = element->sinkpads;
  GstPad* input = first != nullptr ? static_cast<GstPad*>(gst_object_ref(first->data)) : nullptr;
  GST_OBJECT_UNLOCK(element);
  gst_object_unref(element);
  return input;
}

/// Whether an element upstream keeps a download in a file, as queue2 and downloadbuffer do: sent to
/// and fro, it begins anew each time. (They cannot be asked: before they run, downloadbuffer takes
/// the BUFFERING query for a mistake.)
bool is_behind_download(GstPad* sink_pad) {
  bool is_download = false;
  for (GstPad* at = GST_PAD(gst_object_ref(sink_pad)); at != nullptr && !is_download;) {
    GstPad* peer = find_peer(at);
    g_clear_pointer(&at, gst_object_unref);
    if (peer == nullptr) break;
    GstObject* element = gst_object_get_parent(GST_OBJECT(peer));
    is_download = element != nullptr && g_object_class_find_property(G_OBJECT_GET_CLASS(element),
                                                                     "temp-template") != nullptr;
    gst_clear_object(&element);
    if (!is_download) at = find_input(peer);
    gst_object_unref(peer);
  }
  return is_download;
}

bool is_demuxer(GstPad* pad) {
  GstElement* element = gst_pad_get_parent_element(pad);
  if (element == nullptr) return false;
  const gchar* klass = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  const bool demuxes = klass != nullptr && std::strstr(klass, "Demux") != nullptr;
  gst_object_unref(element);
  return demuxes;
}

}  // namespace

Upstream ask_upstream(GstPad* sink_pad) {
  Upstream upstream;
  GstQuery* query = gst_query_new_scheduling();
  if (gst_pad_peer_query(sink_pad, query)) {
    GstSchedulingFlags flags = GST_SCHEDULING_FLAG_SEQUENTIAL;
    gst_query_parse_scheduling(query, &flags, nullptr, nullptr, nullptr);
    upstream.is_limited = (flags & GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED) != 0;
    upstream.can_pull = gst_query_has_scheduling_mode_with_flags(query, GST_PAD_MODE_PULL,
                                                                 GST_SCHEDULING_FLAG_SEEKABLE);
  }
  gst_query_unref(query);
  if (is_behind_download(sink_pad)) upstream.is_limited = true;
  query = gst_query_new_uri();
  gchar* uri = nullptr;
  if (gst_pad_peer_query(sink_pad, query)) gst_query_parse_uri(query, &uri);
  upstream.is_file = uri != nullptr && gst_uri_has_protocol(uri, "file");
  upstream.is_local = upstream.is_file || (uri != nullptr && gst_uri_has_protocol(uri, "fd"));
  g_free(uri);
  gst_query_unref(query);
  return upstream;
}

guint64 seekable_size(GstSigmaDec* self) {
  GstQuery* query = gst_query_new_seeking(GST_FORMAT_BYTES);
  gboolean seekable = FALSE;
  if (gst_pad_peer_query(self->sink_pad, query))
    gst_query_parse_seeking(query, nullptr, &seekable, nullptr, nullptr);
  gst_query_unref(query);
  gint64 size = 0;
  if (!seekable || !gst_pad_peer_query_duration(self->sink_pad, GST_FORMAT_BYTES, &size) ||
      size <= 0)
    return kUnknownSize;
  return static_cast<guint64>(size);
}

bool may_be_pulled(GstSigmaDec* self, const Upstream& upstream) {
  // To be pulled takes the size, which others may not know, and a look at the end.
  if (!upstream.can_pull || upstream.is_limited || !upstream.is_file) return false;
  GstPad* reader = find_peer(self->src_pad);
  const bool may = reader == nullptr || GST_PAD_CHAINFUNC(reader) == nullptr || is_demuxer(reader);
  g_clear_pointer(&reader, gst_object_unref);
  return may;
}

}  // namespace sigmadec
