/* Payloads of framing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/common/gstsigmapayloads.h"

#include <bit>
#include <string>

namespace {

using sigma::FramedEvent;

// Writing -----------------------------------------------------------------------------------------

void put(GByteArray* out, uint64_t number) {
  guint8 varint[sigma::kMaxVarintSize];
  g_byte_array_append(out, varint, static_cast<guint>(sigma::write_varint(varint, number)));
}

/// A number that may be the largest one, for "not known".
void put_known(GByteArray* out, uint64_t number) {
  put(out, number + 1);
}

void put_bytes(GByteArray* out, const char* text) {
  g_byte_array_append(out, reinterpret_cast<const guint8*>(text), static_cast<guint>(strlen(text)));
}

void put_and_free(GByteArray* out, gchar* text) {
  put_bytes(out, text);
  g_free(text);
}

void put_double(GByteArray* out, double value) {
  guint8 bytes[8];
  sigma::store_le(bytes, std::bit_cast<uint64_t>(value));
  g_byte_array_append(out, bytes, sizeof bytes);
}

void put_segment(GByteArray* out, GstEvent* event) {
  const GstSegment* parsed = nullptr;
  gst_event_parse_segment(event, &parsed);
  const GstSegment& segment = *parsed;
  const bool has_rates = segment.rate != 1.0 || segment.applied_rate != 1.0;
  put(out, uint64_t{segment.flags} << 1 | (has_rates ? 1 : 0));
  if (has_rates) {
    put_double(out, segment.rate);
    put_double(out, segment.applied_rate);
  }
  put(out, segment.format);
  for (const guint64 value : {segment.base, segment.offset, segment.start, segment.stop,
                              segment.time, segment.position, segment.duration})
    put_known(out, value);
}

void put_caps(GByteArray* out, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  put_and_free(out, gst_caps_to_string(caps));
}

void put_stream_start(GByteArray* out, GstEvent* event) {
  const gchar* id = nullptr;
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  gst_event_parse_stream_start(event, &id);
  gst_event_parse_stream_flags(event, &flags);
  put(out, flags);
  put_bytes(out, id);
}

void put_gap(GByteArray* out, GstEvent* event) {
  GstClockTime timestamp = 0;
  GstClockTime duration = 0;
  GstGapFlags flags = static_cast<GstGapFlags>(0);
  gst_event_parse_gap(event, &timestamp, &duration);
  gst_event_parse_gap_flags(event, &flags);
  put_known(out, timestamp);
  put_known(out, duration);
  put(out, flags);
}

void put_tags(GByteArray* out, GstEvent* event) {
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  put(out, gst_tag_list_get_scope(tags));
  put_and_free(out, gst_tag_list_to_string(tags));
}

void put_custom(GByteArray* out, GstEvent* event) {
  put(out, GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_BOTH ? 1 : 0);
  put_and_free(out, gst_structure_to_string(gst_event_get_structure(event)));
}

void put_text(GByteArray* out, const char* text) {
  put(out, strlen(text));
  put_bytes(out, text);
}

void put_tag_list(GByteArray* out, GstTagList* tags) {
  gchar* text = tags != nullptr ? gst_tag_list_to_string(tags) : g_strdup("");
  put_text(out, text);
  g_free(text);
}

void put_entries(GByteArray* out, GList* entries) {
  put(out, g_list_length(entries));
  for (; entries != nullptr; entries = entries->next) {
    auto* entry = static_cast<GstTocEntry*>(entries->data);
    gint64 start = -1;
    gint64 stop = -1;
    GstTocLoopType loop = GST_TOC_LOOP_NONE;
    gint repeats = 0;
    gst_toc_entry_get_start_stop_times(entry, &start, &stop);
    gst_toc_entry_get_loop(entry, &loop, &repeats);
    const auto type = static_cast<gint64>(gst_toc_entry_get_entry_type(entry));
    put(out, sigma::zigzag(static_cast<guint64>(type)));
    put_text(out, gst_toc_entry_get_uid(entry));
    for (const gint64 number :
         {start, stop, static_cast<gint64>(loop), static_cast<gint64>(repeats)})
      put(out, sigma::zigzag(static_cast<guint64>(number)));
    put_tag_list(out, gst_toc_entry_get_tags(entry));
    put_entries(out, gst_toc_entry_get_sub_entries(entry));
  }
}

void put_toc(GByteArray* out, GstEvent* event) {
  GstToc* toc = nullptr;
  gboolean updated = FALSE;
  gst_event_parse_toc(event, &toc, &updated);
  put(out, gst_toc_get_scope(toc));
  put(out, updated ? 1 : 0);
  put_tag_list(out, gst_toc_get_tags(toc));
  put_entries(out, gst_toc_get_entries(toc));
  gst_toc_unref(toc);
}

// Reading -----------------------------------------------------------------------------------------

/// Takes values from the front of a payload.
class Reader {
 public:
  explicit Reader(sigma::ByteSpan in) : in_(in) {}
  bool read(uint64_t& number, uint64_t most = G_MAXUINT64) {
    sigma::VarintReader varints(in_);
    if (!varints.read(number) || number > most) return false;
    in_ = varints.rest();
    return true;
  }
  bool read_known(guint64& number) {
    uint64_t plus_one = 0;
    if (!read(plus_one)) return false;
    number = plus_one - 1;
    return true;
  }
  bool read_double(gdouble& value) {
    if (in_.size() < 8) return false;
    value = std::bit_cast<double>(sigma::load_le<uint64_t>(in_.data()));
    in_ = in_.subspan(8);
    return true;
  }
  /// The rest, as a text that is valid and has no end inside.
  bool read_text(std::string& text) {
    text.assign(reinterpret_cast<const char*>(in_.data()), in_.size());
    in_ = {};
    return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE;
  }
  /// A text behind its size.
  bool read_sized_text(std::string& text) {
    uint64_t size = 0;
    if (!read(size, in_.size())) return false;
    Reader front(in_.first(static_cast<size_t>(size)));
    in_ = in_.subspan(static_cast<size_t>(size));
    return front.read_text(text);
  }
  bool read_signed(gint64& number) {
    uint64_t code = 0;
    if (!read(code)) return false;
    number = static_cast<gint64>(sigma::unzigzag(code));
    return true;
  }
  /// A tag list, or NULL for none.
  bool read_tag_list(GstTagList*& tags) {
    std::string text;
    tags = nullptr;
    if (!read_sized_text(text)) return false;
    if (!text.empty()) tags = gst_tag_list_new_from_string(text.c_str());
    return text.empty() || tags != nullptr;
  }
  bool at_end() const { return in_.empty(); }

 private:
  sigma::ByteSpan in_;
};

GstEvent* read_stream_start(Reader in) {
  uint64_t flags = 0;
  std::string id;
  if (!in.read(flags, G_MAXINT) || !in.read_text(id) || id.empty()) return nullptr;
  GstEvent* event = gst_event_new_stream_start(id.c_str());
  gst_event_set_stream_flags(event, static_cast<GstStreamFlags>(flags));
  return event;
}

GstEvent* read_caps(Reader in) {
  std::string text;
  GstCaps* caps = in.read_text(text) ? gst_caps_from_string(text.c_str()) : nullptr;
  if (caps == nullptr) return nullptr;
  GstEvent* event = gst_caps_is_fixed(caps) ? gst_event_new_caps(caps) : nullptr;
  gst_caps_unref(caps);
  return event;
}

bool is_rate(gdouble rate) {
  return rate != 0 && rate >= -G_MAXFLOAT && rate <= G_MAXFLOAT;
}

GstEvent* read_segment(Reader in) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  uint64_t flags = 0;
  uint64_t format = 0;
  if (!in.read(flags, G_MAXUINT)) return nullptr;
  if ((flags & 1) != 0 && (!in.read_double(segment.rate) || !in.read_double(segment.applied_rate) ||
                           !is_rate(segment.rate) || !is_rate(segment.applied_rate)))
    return nullptr;
  if (!in.read(format, GST_FORMAT_PERCENT) || format == GST_FORMAT_UNDEFINED) return nullptr;
  segment.flags = static_cast<GstSegmentFlags>(flags >> 1);
  segment.format = static_cast<GstFormat>(format);
  for (guint64* value : {&segment.base, &segment.offset, &segment.start, &segment.stop,
                         &segment.time, &segment.position, &segment.duration})
    if (!in.read_known(*value)) return nullptr;
  return in.at_end() ? gst_event_new_segment(&segment) : nullptr;
}

GstEvent* read_tags(Reader in) {
  uint64_t scope = 0;
  std::string text;
  if (!in.read(scope, GST_TAG_SCOPE_GLOBAL) || !in.read_text(text)) return nullptr;
  GstTagList* tags = gst_tag_list_new_from_string(text.c_str());
  if (tags == nullptr) return nullptr;
  gst_tag_list_set_scope(tags, static_cast<GstTagScope>(scope));
  return gst_event_new_tag(tags);
}

GstEvent* read_gap(Reader in) {
  guint64 timestamp = 0;
  guint64 duration = 0;
  uint64_t flags = 0;
  if (!in.read_known(timestamp) || timestamp == GST_CLOCK_TIME_NONE || !in.read_known(duration) ||
      !in.read(flags, G_MAXINT) || !in.at_end())
    return nullptr;
  GstEvent* event = gst_event_new_gap(timestamp, duration);
  if (flags != 0) gst_event_set_gap_flags(event, static_cast<GstGapFlags>(flags));
  return event;
}

GstEvent* read_custom(Reader in, bool is_sticky) {
  uint64_t both = 0;
  std::string text;
  if (!in.read(both, is_sticky ? 0 : 1) || !in.read_text(text)) return nullptr;
  GstStructure* structure = gst_structure_from_string(text.c_str(), nullptr);
  if (structure == nullptr) return nullptr;
  const GstEventType type = is_sticky   ? GST_EVENT_CUSTOM_DOWNSTREAM_STICKY
                            : both != 0 ? GST_EVENT_CUSTOM_BOTH
                                        : GST_EVENT_CUSTOM_DOWNSTREAM;
  return gst_event_new_custom(type, structure);
}

constexpr unsigned kMaxTocLevels = 16;

template <typename Append>
bool read_entries(Reader& in, unsigned level, Append append);

/// The entry at the front, with those inside it; NULL if it is malformed.
GstTocEntry* read_entry(Reader& in, unsigned level) {
  gint64 type = 0;
  std::string uid;
  gint64 numbers[4] = {};
  if (!in.read_signed(type) || !in.read_sized_text(uid)) return nullptr;
  for (gint64& number : numbers)
    if (!in.read_signed(number)) return nullptr;
  const bool is_known = type >= GST_TOC_ENTRY_TYPE_ANGLE && type <= GST_TOC_ENTRY_TYPE_CHAPTER &&
                        type != GST_TOC_ENTRY_TYPE_INVALID;
  const auto [start, stop, loop, repeats] = numbers;
  const bool has_loop = loop >= GST_TOC_LOOP_NONE && loop <= GST_TOC_LOOP_PING_PONG &&
                        repeats >= G_MININT && repeats <= G_MAXINT;
  GstTagList* tags = nullptr;
  if (!is_known || !has_loop || uid.empty() || !in.read_tag_list(tags)) return nullptr;
  GstTocEntry* entry = gst_toc_entry_new(static_cast<GstTocEntryType>(type), uid.c_str());
  gst_toc_entry_set_start_stop_times(entry, start, stop);
  gst_toc_entry_set_loop(entry, static_cast<GstTocLoopType>(loop), static_cast<gint>(repeats));
  if (tags != nullptr) gst_toc_entry_set_tags(entry, tags);
  const auto append = [entry](GstTocEntry* inner) { gst_toc_entry_append_sub_entry(entry, inner); };
  if (read_entries(in, level + 1, append)) return entry;
  gst_toc_entry_unref(entry);
  return nullptr;
}

template <typename Append>
bool read_entries(Reader& in, unsigned level, Append append) {
  uint64_t count = 0;
  if (level > kMaxTocLevels || !in.read(count)) return false;
  for (; count > 0; count--) {
    GstTocEntry* entry = read_entry(in, level);
    if (entry == nullptr) return false;
    append(entry);
  }
  return true;
}

GstEvent* read_toc(Reader in) {
  uint64_t scope = 0;
  uint64_t updated = 0;
  GstTagList* tags = nullptr;
  if (!in.read(scope, GST_TOC_SCOPE_CURRENT) || scope < GST_TOC_SCOPE_GLOBAL ||
      !in.read(updated, 1) || !in.read_tag_list(tags))
    return nullptr;
  GstToc* toc = gst_toc_new(static_cast<GstTocScope>(scope));
  if (tags != nullptr) gst_toc_set_tags(toc, tags);
  const auto append = [toc](GstTocEntry* entry) { gst_toc_append_entry(toc, entry); };
  const bool is_sound = read_entries(in, 0, append) && in.at_end();
  GstEvent* event = is_sound ? gst_event_new_toc(toc, updated != 0) : nullptr;
  gst_toc_unref(toc);
  return event;
}

/// An event that is kept, and how its payload is written.
struct KeptEvent {
  GstEventType type;
  FramedEvent kind;
  void (*put)(GByteArray*, GstEvent*);
};

constexpr KeptEvent kKeptEvents[] = {
    {GST_EVENT_STREAM_START, FramedEvent::STREAM_START, put_stream_start},
    {GST_EVENT_CAPS, FramedEvent::CAPS, put_caps},
    {GST_EVENT_SEGMENT, FramedEvent::SEGMENT, put_segment},
    {GST_EVENT_TAG, FramedEvent::TAG, put_tags},
    {GST_EVENT_GAP, FramedEvent::GAP, put_gap},
    {GST_EVENT_CUSTOM_DOWNSTREAM, FramedEvent::CUSTOM, put_custom},
    {GST_EVENT_CUSTOM_BOTH, FramedEvent::CUSTOM, put_custom},
    {GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, FramedEvent::CUSTOM_STICKY, put_custom},
    {GST_EVENT_TOC, FramedEvent::TOC, put_toc},
};

}  // namespace

GByteArray* gst_sigma_event_to_payload(GstEvent* event, FramedEvent& kind) {
  for (const KeptEvent& kept : kKeptEvents) {
    if (kept.type != GST_EVENT_TYPE(event)) continue;
    kind = kept.kind;
    GByteArray* out = g_byte_array_new();
    kept.put(out, event);
    return out;
  }
  return nullptr;
}

GstEvent* gst_sigma_event_from_payload(FramedEvent kind, sigma::ByteSpan payload) {
  const Reader in(payload);
  switch (kind) {
    case FramedEvent::STREAM_START:
      return read_stream_start(in);
    case FramedEvent::CAPS:
      return read_caps(in);
    case FramedEvent::SEGMENT:
      return read_segment(in);
    case FramedEvent::TAG:
      return read_tags(in);
    case FramedEvent::GAP:
      return read_gap(in);
    case FramedEvent::CUSTOM:
    case FramedEvent::CUSTOM_STICKY:
      return read_custom(in, kind == FramedEvent::CUSTOM_STICKY);
    case FramedEvent::TOC:
      return read_toc(in);
    case FramedEvent::PART:  // the whole has another kind
      break;
  }
  return nullptr;
}

namespace {

/// Flags of a buffer, not of mini objects.
constexpr guint kBufferFlags = ~(guint{GST_MINI_OBJECT_FLAG_LAST} - 1);

}  // namespace

sigma::FramedBuffer gst_sigma_describe_buffer(GstBuffer* buffer) {
  sigma::FramedBuffer description;
  description.size = gst_buffer_get_size(buffer);
  description.pts = GST_BUFFER_PTS(buffer);
  description.dts = GST_BUFFER_DTS(buffer);
  description.duration = GST_BUFFER_DURATION(buffer);
  description.offset = GST_BUFFER_OFFSET(buffer);
  description.offset_end = GST_BUFFER_OFFSET_END(buffer);
  description.flags = GST_BUFFER_FLAGS(buffer) & kBufferFlags;
  return description;
}

void gst_sigma_apply_description(GstBuffer* buffer, const sigma::FramedBuffer& description) {
  GST_BUFFER_PTS(buffer) = description.pts;
  GST_BUFFER_DTS(buffer) = description.dts;
  GST_BUFFER_DURATION(buffer) = description.duration;
  GST_BUFFER_OFFSET(buffer) = description.offset;
  GST_BUFFER_OFFSET_END(buffer) = description.offset_end;
  GST_BUFFER_FLAG_UNSET(buffer, kBufferFlags);
  GST_BUFFER_FLAG_SET(buffer, static_cast<guint>(description.flags) & kBufferFlags);
}

sigma::BufferTime gst_sigma_time_of(const GstSegment& segment, GstBuffer* buffer) {
  sigma::BufferTime time;
  time.is_entry = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  guint64 begin = GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
  if (segment.format != GST_FORMAT_TIME || begin == GST_CLOCK_TIME_NONE) return time;
  const guint64 duration = GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
  guint64 end = begin + MIN(duration, G_MAXUINT64 - 1 - begin);
  if (!gst_segment_clip(&segment, GST_FORMAT_TIME, begin, end, &begin, &end)) return time;
  time.begin = gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, begin);
  time.end = gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, end);
  return time;
}

namespace {

/// The sizes of all memories but the last, which has the rest.
GByteArray* memories_to_payload(GstBuffer* buffer) {
  GByteArray* out = g_byte_array_new();
  for (guint i = 0; i + 1 < gst_buffer_n_memory(buffer); i++)
    put(out, gst_memory_get_sizes(gst_buffer_peek_memory(buffer, i), nullptr, nullptr));
  return out;
}

/// Parts the bytes of a buffer, without a copy, as they were parted before.
gboolean part_memories(GstBuffer* buffer, Reader in) {
  const uint64_t size = gst_buffer_get_size(buffer);
  GstMemory* whole = gst_buffer_get_all_memory(buffer);
  GstBuffer* parts = gst_buffer_new();
  uint64_t at = 0;
  bool is_sound = whole != nullptr && !in.at_end();
  while (is_sound && !in.at_end()) {
    uint64_t next = 0;
    is_sound =
        in.read(next, size - at) && gst_buffer_n_memory(parts) + 1 < gst_buffer_get_max_memory();
    if (!is_sound) break;
    gst_buffer_append_memory(
        parts, gst_memory_share(whole, static_cast<gssize>(at), static_cast<gssize>(next)));
    at += next;
  }
  if (is_sound) {
    gst_buffer_append_memory(
        parts, gst_memory_share(whole, static_cast<gssize>(at), static_cast<gssize>(size - at)));
    gst_buffer_remove_all_memory(buffer);
    gst_buffer_copy_into(buffer, parts, GST_BUFFER_COPY_MEMORY, 0, -1);
  }
  gst_buffer_unref(parts);
  g_clear_pointer(&whole, gst_memory_unref);
  return is_sound;
}

}  // namespace

GByteArray* gst_sigma_meta_to_payload(GstBuffer* buffer, guint index, guint64& kind) {
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                          GST_REFERENCE_TIMESTAMP_META_API_TYPE)) {
    if (index-- != 0) continue;
    const auto* timestamp = reinterpret_cast<GstReferenceTimestampMeta*>(meta);
    GByteArray* out = g_byte_array_new();
    kind = kSigmaMetaReferenceTimestamp;
    put_known(out, timestamp->timestamp);
    put_known(out, timestamp->duration);
    put_and_free(out, gst_caps_to_string(timestamp->reference));
    return out;
  }
  if (index != 0 || gst_buffer_n_memory(buffer) < 2 || gst_buffer_get_size(buffer) == 0)
    return nullptr;
  kind = kSigmaMetaMemories;
  return memories_to_payload(buffer);
}

gboolean gst_sigma_meta_from_payload(GstBuffer* buffer, guint64 kind, sigma::ByteSpan payload) {
  Reader in(payload);
  if (kind == kSigmaMetaMemories) return part_memories(buffer, in);
  if (kind != kSigmaMetaReferenceTimestamp) return TRUE;
  guint64 timestamp = 0;
  guint64 duration = 0;
  std::string text;
  if (!in.read_known(timestamp) || timestamp == GST_CLOCK_TIME_NONE || !in.read_known(duration) ||
      !in.read_text(text))
    return FALSE;
  GstCaps* reference = gst_caps_from_string(text.c_str());
  if (reference == nullptr) return FALSE;
  gst_buffer_add_reference_timestamp_meta(buffer, reference, timestamp, duration);
  gst_caps_unref(reference);
  return TRUE;
}
