/* A model of recovery that shares nothing with the decoder but the packets' headers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "damage.hpp"
#include "gst/sigma/wire/head.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace damage {
namespace {

using codec::PacketView;
using sigma::PacketKind;

void add(std::vector<Range>& ranges, uint64_t begin, uint64_t end) {
  if (begin == end) return;
  if (!ranges.empty() && ranges.back().end == begin)
    ranges.back().end = end;
  else
    ranges.push_back({begin, end});
}

/// What a chunk's tree asks of those before it, and leaves to those behind, found by reading its
/// glyphs one after the other.
struct Needs {
  uint64_t reach = 0;               ///< bytes back, of its history
  std::set<unsigned> read_slots;    ///< that it does not set itself
  std::map<unsigned, bool> filled;  ///< slots, and whether something is added to what they had
};

Needs needs_of(const PacketView& packet) {
  Needs needs;
  if (packet.header.is_stored()) return needs;
  sigma::ByteSpan tree = packet.body.first(packet.body.size() - packet.header.framing_size);
  std::set<unsigned> set;
  sigma::Glyph glyph;
  size_t size = 0;
  while (sigma::parse_glyph(tree, glyph, size) == sigma::GlyphParse::COMPLETE) {
    tree = tree.subspan(size);
    const auto primitive = static_cast<unsigned>(glyph.primitive);
    const bool refers = glyph.type == sigma::GlyphType::REFERENCE;
    if (refers && glyph.primitive == sigma::Primitive::STREAM) {
      sigma::VarintReader in(glyph.payload);
      uint64_t distance = 0;
      if (in.read(distance)) needs.reach = std::max(needs.reach, distance);
    } else if (primitive >= 128 && refers) {
      if (!set.contains(primitive)) needs.read_slots.insert(primitive);
    } else if (primitive >= 128) {
      // What is stored may refer to the old value.
      if (glyph.type == sigma::GlyphType::PRIMITIVE) set.insert(primitive);
      needs.filled[primitive] |= glyph.type == sigma::GlyphType::DELTA;
    }
  }
  return needs;
}

/// Slots, each as the names of the chunks that gave it what it holds.
using Slots = std::map<unsigned, std::string>;

void fill(Slots& slots, const Needs& needs, const std::string& name) {
  for (const auto& [slot, is_added] : needs.filled)
    slots[slot] = (is_added ? slots[slot] : "") + name;
}

/// Follows the packets of joined streams, one after the other.
class Model {
 public:
  void see(const PacketView& packet, bool whole) {
    const sigma::PacketHeader& header = packet.header;
    const uint64_t begin = base_ + header.raw_offset;
    switch (header.kind()) {
      case PacketKind::HEAD:
        if (whole && !has_head_) sigma::parse_head(packet.body, 0, head_).ok();
        has_head_ |= whole;
        break;
      case PacketKind::CHUNK:
        see_chunk(packet, whole);
        break;
      case PacketKind::END:
        if (whole)
          seen_ = header.raw_offset;
        else
          expected_.unknown_end = true;
        if (touched_) expected_.groups_touched++;
        base_ += has_head_ || whole ? seen_ : 0;
        seen_ = 0;
        has_head_ = touched_ = false;
        return;
      default:
        break;
    }
    if (whole && has_head_) seen_ = std::max(seen_, begin - base_ + header.raw_size);
  }

  const Expected& expected() const { return expected_; }

 private:
  void see_chunk(const PacketView& packet, bool whole) {
    const sigma::PacketHeader& header = packet.header;
    if (header.is_key()) start_group();
    touched_ |= !whole;
    const Needs needs = needs_of(packet);
    const std::string name = std::to_string(header.sequence) + " ";
    const bool is_tried =
        whole && has_head_ && (header.is_key() || is_whole_group_ || !head_.is_framed());
    const bool is_right = is_tried && has_all(needs);
    fill(due_slots_, needs, name);
    if (is_right) fill(slots_, needs, name);
    if (is_tried && !is_right && !needs.filled.empty()) slots_.clear();
    history_ = is_right ? history_ + header.raw_size : 0;
    is_whole_group_ &= is_right;
    const uint64_t begin = base_ + header.raw_offset;
    add(is_right ? expected_.delivered : expected_.missing, begin, begin + header.raw_size);
  }

  void start_group() {
    if (touched_) expected_.groups_touched++;
    touched_ = false;
    is_whole_group_ = true;
    history_ = 0;
    slots_.clear();
    due_slots_.clear();
  }

  bool has_all(const Needs& needs) const {
    const auto held = [](const Slots& slots, unsigned slot) {
      const auto found = slots.find(slot);
      return found == slots.end() ? "" : found->second;
    };
    for (const unsigned slot : needs.read_slots)
      if (held(slots_, slot) != held(due_slots_, slot)) return false;
    return needs.reach <= history_;
  }

  Expected expected_;
  sigma::Head head_;
  uint64_t base_ = 0;
  uint64_t seen_ = 0;  ///< decoded bytes of the stream, as far as sound packets tell
  bool has_head_ = false;
  bool is_whole_group_ = false;  ///< all of it so far is right
  uint64_t history_ = 0;         ///< bytes that were decoded right before the next chunk
  Slots due_slots_;              ///< what they hold if nothing is missing,
  Slots slots_;                  ///< and what they do hold
  bool touched_ = false;
};

}  // namespace

const char* name_of(Kind kind) {
  static const char* const names[] = {"overwrite", "delete", "insert"};
  return names[static_cast<int>(kind)];
}

Change random_change(testdata::Random& random, size_t stream_size, size_t most) {
  Change change;
  change.kind = static_cast<Kind>(random.below(3));
  change.size = 1 + random.below(std::min(most, stream_size));
  change.at = random.below(stream_size - (change.kind == Kind::INSERT ? 0 : change.size) + 1);
  return change;
}

Bytes apply(const Bytes& stream, const Change& change, uint64_t seed) {
  Bytes changed = stream;
  const auto at = changed.begin() + static_cast<std::ptrdiff_t>(change.at);
  testdata::Random random(seed);
  switch (change.kind) {
    case Kind::OVERWRITE:
      for (size_t i = 0; i < change.size; i++)
        at[static_cast<std::ptrdiff_t>(i)] ^= static_cast<uint8_t>(1 + random.below(255));
      break;
    case Kind::DELETE:
      changed.erase(at, at + static_cast<std::ptrdiff_t>(change.size));
      break;
    case Kind::INSERT: {
      // Not what was there on either side: then a packet could be as it was, if elsewhere.
      Bytes noise = testdata::random_bytes(change.size, seed);
      const auto differs = [&](uint8_t byte) {
        return (change.at == stream.size() || byte != stream[change.at]) &&
               (change.at == 0 || byte != stream[change.at - 1]);
      };
      for (uint8_t* end : {&noise.front(), &noise.back()})
        while (!differs(*end))
          ++*end;
      changed.insert(at, noise.begin(), noise.end());
      break;
    }
  }
  return changed;
}

std::vector<bool> whole_packets(const std::vector<PacketView>& packets, const Change& change) {
  std::vector<bool> whole;
  for (const PacketView& packet : packets) {
    const size_t end = packet.offset + packet.size;
    const size_t begin = end - packet.body.size() - sigma::kPacketHeaderSize;
    if (change.kind == Kind::INSERT)
      whole.push_back(change.at <= begin || change.at >= end);
    else
      whole.push_back(change.at + change.size <= begin || change.at >= end);
  }
  return whole;
}

Expected expect(const std::vector<PacketView>& packets, const std::vector<bool>& whole) {
  Model model;
  for (size_t i = 0; i < packets.size(); i++)
    model.see(packets[i], whole[i]);
  return model.expected();
}

std::string compare(const codec::Salvaged& salvaged, const Expected& expected, const Bytes& raw) {
  if (!salvaged.status.ok()) return sigma::describe(salvaged.status).text;
  std::vector<Range> delivered;
  for (const codec::Salvaged::Piece& piece : salvaged.pieces) {
    const uint64_t end = piece.position + piece.bytes.size();
    if (end > raw.size() ||
        std::memcmp(piece.bytes.data(), raw.data() + piece.position, piece.bytes.size()) != 0)
      return "wrong bytes at " + std::to_string(piece.position);
    add(delivered, piece.position, end);
  }
  if (delivered != expected.delivered) return "other bytes were given than those that are sound";
  std::vector<Range> missing;
  bool unknown_end = false;
  uint64_t lost = 0;
  for (const sigma::Damage& damage : salvaged.damage) {
    if (damage.stream_end < damage.stream_begin) return "a range that ends before it begins";
    lost += damage.bytes();
    if (damage.position_end == sigma::kUnknownPosition)
      unknown_end = true;
    else
      add(missing, damage.position_begin, damage.position_end);
  }
  if (unknown_end != expected.unknown_end) return "the missing end was not told, or is there";
  // Without an end packet nobody knows of the chunks behind the last sound one.
  if (!unknown_end && missing != expected.missing) return "other ranges were reported";
  if (lost != salvaged.stats.bytes_lost) return "bytes-lost is not the sum of the ranges";
  return "";
}

void check_change(const Bytes& stream, const Bytes& raw, const std::vector<codec::PacketView>& all,
                  const Change& change, const codec::Split& split) {
  const Expected expected = expect(all, whole_packets(all, change));
  const codec::Salvaged salvaged = codec::salvage(apply(stream, change, change.at + 1), split);
  const std::string wrong = compare(salvaged, expected, raw);
  ck_assert_msg(wrong.empty(), "%s of %zu bytes at %zu: %s", name_of(change.kind), change.size,
                change.at, wrong.c_str());
  ck_assert(!salvaged.damage.empty());
}

}  // namespace damage
