/* sigmaenc's parts: what streaming and the properties share.
 *
 * Locks, in the order in which they are taken:
 *
 *     the sink pad's stream lock   state with all that it points to
 *     the timer's own              when it is due; its thread holds none when it takes the stream
 * lock shared.lock                  shared
 *
 * Packets are pushed and messages are posted under the first alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mutex>

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/encoder.hpp"
#include "plugin/common/gstsigmamessages.h"
#include "plugin/common/gstsigmaqueries.h"
#include "plugin/common/gstsigmatasks.h"
#include "plugin/common/gstsigmautil.h"
#include "plugin/enc/gstsigmaenc.h"
#include "plugin/enc/gstsigmatimer.h"

GST_DEBUG_CATEGORY_EXTERN(gst_sigma_enc_debug);

/// GST_ELEMENT_INFO, _WARNING or _ERROR with a text that is the debug text, too: gst-launch shows
/// nothing else of an INFO message.
#define GST_SIGMA_ENC_POST(self, KIND, DOMAIN, CODE, ...)                             \
  G_STMT_START {                                                                      \
    gchar* posted_text = g_strdup_printf(__VA_ARGS__);                                \
    GST_ELEMENT_##KIND(self, DOMAIN, CODE, ("%s", posted_text), ("%s", posted_text)); \
    g_free(posted_text);                                                              \
  }                                                                                   \
  G_STMT_END

namespace sigmaenc {

/// Whether a stream keeps its buffers and events.
enum class Framing { AUTO, BYTES, BUFFERS };

/// What the application asked for and what it may read: any thread, under the lock.
struct Shared {
  std::mutex lock;
  sigma::EncoderSettings settings;
  Framing framing = Framing::AUTO;
  guint64 max_latency = 0;  ///< ns
  bool is_framed = false;   ///< the present stream
  GstTaskPool* task_pool = nullptr;
  bool started = false;
  bool level_changed = false;
  sigma::StreamStats stats;
  guint64 out_offset = 0;
};

/// What packets have a PTS of.
enum class PacketTimes {
  NONE,
  CONTENT,    ///< the buffers that they hold
  DEPARTURE,  ///< when they leave
};

/// From start to stop, touched under the stream lock alone.
struct State {
  GstSigmaTasks tasks;
  sigma::StreamingEncoder encoder;
  sigma::EncoderSettings settings;  ///< that the encoder began with
  sigma::EncoderPlan plan;          ///< likewise
  unsigned level = 0;               ///< that the encoder has or will have at the next key
  GstBuffer* input = nullptr;
  guint input_memory = 0;  ///< index of the memory that is or will be mapped
  bool input_mapped = false;
  GstMapInfo input_map = GST_MAP_INFO_INIT;
  size_t input_used = 0;  ///< bytes of the mapped memory
  bool events_sent = false;
  bool in_stream = false;    ///< bytes came since the last end of a stream
  bool base_pushes = false;  ///< the base class took a packet, and did not come back for the next
  GstFlowReturn refused = GST_FLOW_OK;  ///< why downstream did not take a packet
  bool failed = false;                  ///< an error was posted
  guint64 out_offset = 0;
  Framing framing = Framing::AUTO;  ///< that was asked for
  guint64 max_latency = 0;          ///< ns, likewise
  bool is_decided = false;          ///< whether the present stream has framing
  GQueue undecided = G_QUEUE_INIT;  ///< events that came before that
  GstSegment segment{};             ///< upstream's, of a stream with framing
  bool is_live = false;             ///< upstream is
  bool joins = false;               ///< the stream may be entered at any key
  PacketTimes times = PacketTimes::NONE;
  GstClockTime stamp = 0;         ///< the latest of when a packet left
  bool ends_chunk = false;        ///< when the input is used up
  bool is_timed = false;          ///< the timer runs for the chunk that is filled
  gint64 timed_at = 0;            ///< when it was set; monotonic, in µs
  bool has_ended_chunk = false;   ///< since the timer was set
  bool is_unsynced = false;       ///< a chunk went that a file sink may still keep back
  gint64 synced_at = 0;           ///< when one went that it may not; monotonic, in µs
  bool has_large_buffer = false;  ///< that was warned of
  bool is_announced = false;      ///< the input is, to the encoder
  guint64 in_offset = 0;          ///< of the next byte of the input, as upstream's segment says
  guint64 in_reached = 0;         ///< behind the last one that was encoded
  bool has_gone_back = false;     ///< that was warned of
  guint metas = 0;                ///< of the input, that the encoder has
  sigma::Packet packet;           ///< one that goes out in parts
  size_t packet_used = 0;         ///< bytes of it that went

  void unmap_input() {
    if (!input_mapped) return;
    gst_memory_unmap(input_map.memory, &input_map);
    input_mapped = false;
    input_memory++;
    input_used = 0;
  }
  void drop_input() {
    unmap_input();
    gst_clear_buffer(&input);
    input_memory = 0;
    is_announced = false;
    metas = 0;
  }
  void drop_packet() {
    packet = {};
    packet_used = 0;
  }
  void drop_events() {
    g_queue_clear_full(&undecided,
                       [](gpointer event) { gst_event_unref(static_cast<GstEvent*>(event)); });
  }
  ~State() {
    drop_input();
    drop_events();
  }
};

struct Private {
  Shared shared;
  State* state = nullptr;
  GstSigmaTimer timer;  ///< ends a chunk that waits too long
  GstPadActivateModeFunction base_activate_mode = nullptr;
};

// gstsigmaencoutput.cpp
void publish_stats(GstSigmaEnc* self);
/// Sends stream-start, caps and segment, if they are still due. `first`: the packet that comes
/// next, if there is one.
void ensure_events(GstSigmaEnc* self, const sigma::Packet* first = nullptr);
/// The next packet, or a part of it; null if there is none.
GstBuffer* pop_packet(GstSigmaEnc* self);
/// Whether downstream did not take a packet, here or where the base class pushed it: with that
/// hole, the stream has come to its end.
bool is_refused(GstSigmaEnc* self);
/// Posts the first error; the same one comes back from the encoder until it is reset.
GstFlowReturn post_error(GstSigmaEnc* self, const sigma::Status& status);
/// Pushes what the encoder has made; `syncs`: to the disk, if a file sink writes it.
GstFlowReturn push_packets(GstSigmaEnc* self, bool syncs = false);
/// Ends the chunk, so that what comes next downstream cannot overtake bytes.
GstFlowReturn drain(GstSigmaEnc* self, bool syncs = false);
/// Lets sinks preroll, which wait for the first packet otherwise.
void preroll_sinks(GstSigmaEnc* self);

// gstsigmaencevents.cpp
gboolean enc_sink_event(GstBaseTransform* trans, GstEvent* event);
/// An event in a stream of bytes: ends the chunk, so that it does not overtake bytes, and goes on.
/// Unrefs it.
gboolean pass_event(GstSigmaEnc* self, GstEvent* event);
/// Drops what upstream writes over bytes that are encoded already. NULL: nothing is left.
GstBuffer* drop_rewritten(GstSigmaEnc* self, GstBuffer* input);
/// The timer of the chunk that is filled runs from its first byte on.
void set_timer(GstSigmaEnc* self);
/// In the timer's thread: the chunk waited long enough.
void end_late_chunk(void* self);

// gstsigmaencqueries.cpp
/// Answers what is asked at the src pad and must not reach upstream as it is. FALSE: it may.
bool answer_query(GstSigmaEnc* self, GstQuery* query, gboolean* answered);
/// The same for what is asked at the sink pad, and downstream.
bool answer_upstream(GstQuery* query, gboolean* answered);

// gstsigmaencframing.cpp
/// A new stream begins: it is not known yet whether it has framing.
void forget_framing(State* state);
/// Begins anew with what caps say of frames; only before there are bytes.
sigma::Status use_frames(GstSigmaEnc* self, GstCaps* caps);
/// An event that comes before it is known whether the stream has framing. FALSE: it is known now,
/// and the event is like others.
bool hold_event(GstSigmaEnc* self, GstEvent* event);
/// Before the first byte, if no segment came before.
void decide_framing(GstSigmaEnc* self);
/// Puts an event into the stream; unrefs it.
void record_event(GstSigmaEnc* self, GstEvent* event);
/// Tells the encoder of the input, as far as it goes until packets wait. TRUE: it knows all.
sigma::Result<bool> announce_input(State* state);

// gstsigmaencproperties.cpp
/// The statistics so far, as a structure called `name`.
GstStructure* make_stats(GstSigmaEnc* self, const char* name);
/// Gives the class its properties, and the functions that set and read them.
void install_properties(GObjectClass* object_class);

}  // namespace sigmaenc

struct _GstSigmaEnc {
  GstBaseTransform parent;
  sigmaenc::Private* priv;
};
