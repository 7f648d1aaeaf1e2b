/* sigmaenc's output: packets in buffers, behind the events that must come first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <utility>

#include "plugin/enc/gstsigmaenc-private.h"
#include "plugin/enc/gstsigmafilesync.h"

namespace sigmaenc {
namespace {

/// Who joins late gets the head from the caps.
GstCaps* with_stream_header(GstCaps* caps, sigma::ByteSpan head) {
  caps = gst_caps_make_writable(caps);
  GValue array = G_VALUE_INIT;
  GValue value = G_VALUE_INIT;
  g_value_init(&array, GST_TYPE_ARRAY);
  g_value_init(&value, GST_TYPE_BUFFER);
  GstBuffer* buffer = gst_buffer_new_memdup(head.data(), head.size());
  GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_HEADER);
  gst_value_take_buffer(&value, buffer);
  gst_value_array_append_and_take_value(&array, &value);
  gst_structure_take_value(gst_caps_get_structure(caps, 0), "streamheader", &array);
  return caps;
}

/// The part of the input's memory that the encoder did not copy.
GstMemory* share_input(State* state, sigma::ByteSpan lent) {
  GstMemory* memory = state->input_map.memory;
  const gssize offset = lent.data() - state->input_map.data;
  const auto size = static_cast<gssize>(lent.size());
  GstMemory* shared =
      GST_MEMORY_IS_NO_SHARE(memory) ? nullptr : gst_memory_share(memory, offset, size);
  return shared != nullptr ? shared : gst_memory_copy(memory, offset, size);
}

/// Bytes of a buffer, at most, that does not lie in the input. A sink keeps the last buffer that it
/// was given while the next chunk is coded: that may not be as large as packets can be.
constexpr size_t kMaxPart = size_t{32} << 10;

/// A buffer of exactly the packet's bytes, which it takes over without a copy.
GstBuffer* wrap_packet(State* state, sigma::Packet& packet) {
  GstBuffer* buffer = gst_sigma_wrap(std::move(packet.bytes));
  if (!packet.lent.empty()) gst_buffer_append_memory(buffer, share_input(state, packet.lent));
  return buffer;
}

/// A copy of the next part of the packet that goes out in parts.
GstBuffer* copy_part(State* state) {
  const sigma::ByteSpan rest = state->packet.bytes.bytes().subspan(state->packet_used);
  const size_t size = MIN(rest.size(), kMaxPart);
  GstBuffer* buffer = gst_buffer_new_memdup(rest.data(), size);
  state->packet_used += size;
  if (size == rest.size()) state->drop_packet();
  return buffer;
}

/// Sinks whose files take turns go by the times of keys, of which bytes have none: the running time
/// takes their place, which stands still unless the pipeline plays.
GstClockTime stamp(GstSigmaEnc* self) {
  State* state = self->priv->state;
  GstClock* clock = gst_element_get_clock(GST_ELEMENT(self));
  if (clock == nullptr) return GST_CLOCK_TIME_NONE;
  if (GST_STATE(self) == GST_STATE_PLAYING) {
    const GstClockTime now = gst_clock_get_time(clock);
    const GstClockTime base = gst_element_get_base_time(GST_ELEMENT(self));
    if (now > base) state->stamp = MAX(state->stamp, now - base);
  }
  gst_object_unref(clock);
  return state->stamp;
}

PacketTimes packet_times(const State& state) {
  if (!state.encoder.is_framed()) return state.joins ? PacketTimes::DEPARTURE : PacketTimes::NONE;
  return state.segment.format == GST_FORMAT_TIME ? PacketTimes::CONTENT : PacketTimes::NONE;
}

/// A file sink writes what it has, and this buffer, to the disk.
void mark_synced(State* state, GstBuffer* buffer) {
  GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_SYNC_AFTER);
  state->synced_at = g_get_monotonic_time();
  state->is_unsynced = false;
}

/// How often what a live source sends reaches the disk without a max-latency, in µs: a sink waits
/// for the disk each time.
constexpr gint64 kLiveSync = G_USEC_PER_SEC;

/// A chunk ends with this buffer. File sinks keep 64 KiB back, for as long as nothing more comes:
/// what had its deadline would not survive the process. A chunk that is full before half of its
/// time has passed waits for the next one, so that no more than two in that time go to the disk.
void end_on_disk(GstSigmaEnc* self, GstBuffer* buffer) {
  State* state = self->priv->state;
  const bool has_deadline = state->max_latency != 0;
  if (!has_deadline && !state->is_live) return;
  const gint64 now = g_get_monotonic_time();
  if (!has_deadline && now - state->synced_at < kLiveSync) return;
  if (!gst_sigma_leads_to_file(GST_BASE_TRANSFORM_SRC_PAD(self))) return;
  const auto half = static_cast<gint64>(state->max_latency / 2000);
  if (has_deadline && now - state->timed_at < half)
    state->is_unsynced = true;
  else
    mark_synced(state, buffer);
}

}  // namespace

void publish_stats(GstSigmaEnc* self) {
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.stats = self->priv->state->encoder.stats();
  self->priv->shared.out_offset = self->priv->state->out_offset;
}

void ensure_events(GstSigmaEnc* self, const sigma::Packet* first) {
  State* state = self->priv->state;
  if (state->events_sent) return;
  state->events_sent = true;
  GstCaps* caps = gst_caps_new_empty_simple(GST_SIGMA_MEDIA_TYPE);
  if (state->joins && first != nullptr && first->kind == sigma::PacketKind::HEAD)
    caps = with_stream_header(caps, first->bytes.bytes());
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  // A segment from 0 would make a sink that can seek write over what it has.
  segment.start = segment.time = segment.position = segment.base = state->out_offset;
  state->times = packet_times(*state);
  if (state->times == PacketTimes::CONTENT) segment = state->segment;
  if (state->times == PacketTimes::DEPARTURE) gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_sigma_push_initial_events(GST_ELEMENT(self), GST_BASE_TRANSFORM_SRC_PAD(self), caps, &segment,
                                GST_SEQNUM_INVALID);
  gst_caps_unref(caps);
}

GstBuffer* pop_packet(GstSigmaEnc* self) {
  State* state = self->priv->state;
  const bool continues = state->packet_used != 0;
  sigma::Packet& packet = state->packet;
  if (!continues && !state->encoder.take(packet)) return nullptr;
  ensure_events(self, &packet);
  const bool is_head = packet.kind == sigma::PacketKind::HEAD;
  const bool is_chunk = packet.kind == sigma::PacketKind::CHUNK;
  const bool is_delta = continues || !(is_head || packet.key);
  const guint64 time = continues ? sigma::kNoTime : packet.time;
  GstBuffer* buffer =
      packet.bytes.size() > kMaxPart ? copy_part(state) : wrap_packet(state, packet);
  if (state->times == PacketTimes::CONTENT) GST_BUFFER_PTS(buffer) = time;
  if (state->times == PacketTimes::DEPARTURE && is_chunk && !continues)
    GST_BUFFER_PTS(buffer) = stamp(self);
  if (is_head) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_HEADER);
  if (is_delta) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_BUFFER_OFFSET(buffer) = state->out_offset;
  state->out_offset += gst_buffer_get_size(buffer);
  GST_BUFFER_OFFSET_END(buffer) = state->out_offset;
  if (is_chunk && state->packet_used == 0) end_on_disk(self, buffer);
  state->has_ended_chunk = !state->is_unsynced;
  return buffer;
}

bool is_refused(GstSigmaEnc* self) {
  State* state = self->priv->state;
  if (std::exchange(state->base_pushes, false) && state->refused == GST_FLOW_OK)
    state->refused = gst_pad_get_last_flow_return(GST_BASE_TRANSFORM_SRC_PAD(self));
  return state->refused != GST_FLOW_OK;
}

GstFlowReturn post_error(GstSigmaEnc* self, const sigma::Status& status) {
  State* state = self->priv->state;
  if (!std::exchange(state->failed, true)) gst_sigma_post_error(GST_ELEMENT(self), status);
  return GST_FLOW_ERROR;
}

GstFlowReturn push_packets(GstSigmaEnc* self, bool syncs) {
  State* state = self->priv->state;
  GstPad* src_pad = GST_BASE_TRANSFORM_SRC_PAD(self);
  GstBuffer* buffer = is_refused(self) ? nullptr : pop_packet(self);
  while (buffer != nullptr) {
    GstBuffer* next = pop_packet(self);
    if (next == nullptr && syncs && gst_sigma_leads_to_file(src_pad)) {
      mark_synced(state, buffer);
      state->has_ended_chunk = true;
    }
    state->refused = gst_pad_push(src_pad, buffer);
    if (is_refused(self)) gst_clear_buffer(&next);
    buffer = next;
  }
  // What nobody takes goes without a look: the input that it may be in can be gone.
  state->drop_packet();
  for (sigma::Packet packet; state->encoder.take(packet);)
    continue;
  publish_stats(self);
  return state->refused;
}

GstFlowReturn drain(GstSigmaEnc* self, bool syncs) {
  const sigma::Status status = self->priv->state->encoder.flush();
  return status.ok() ? push_packets(self, syncs) : post_error(self, status);
}

void preroll_sinks(GstSigmaEnc* self) {
  State* state = self->priv->state;
  // Live sources need no preroll. With max-latency the first packet is not far; and caps that hold
  // the head have to wait for it.
  if (state->joins || state->events_sent || state->out_offset != 0) return;
  ensure_events(self);
  const guint64 time = state->times == PacketTimes::CONTENT ? state->segment.start : 0;
  gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self),
                     gst_event_new_gap(time, GST_CLOCK_TIME_NONE));
}

}  // namespace sigmaenc
