/* Short words for forging: streams of one chunk, frames by hand, packets with a field changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <functional>
#include <initializer_list>
#include <string_view>

#include "forge.hpp"
#include "rules.hpp"

namespace golden {

using sigma::GlyphType;
using sigma::Primitive;
using sigma::TreeWriter;
using testdata::Bytes;
using Tree = std::function<void(TreeWriter&)>;
using Change = std::function<void(forge::Stream&)>;

inline const Bytes kRaw = testdata::from_text("raw");
inline const Change kNoChange = [](forge::Stream&) {};

Bytes varint(uint64_t value);
Bytes varints(std::initializer_list<uint64_t> values);
Bytes repeated(size_t size, std::string_view pattern = "a");
Bytes words(std::initializer_list<uint32_t> values);

/// A stream of one coded key chunk; `change` comes before the head.
forge::Stream of_tree(const Bytes& raw, const Tree& write, const Change& change = kNoChange);
/// A stream of one stored key chunk, and `more` before the end packet.
forge::Stream of_packets(const Change& more, const Change& change = kNoChange);
/// A stream of one chunk of records, whose lanes are literals.
forge::Stream of_records(const Bytes& raw, const std::vector<Bytes>& lanes,
                         const Change& change = kNoChange);
/// A framed stream with one stored key chunk.
forge::Stream of_script(const Bytes& raw, const Bytes& script, const Change& change = kNoChange);
/// What makes a stream framed.
void make_framed(forge::Stream& s);

Bytes literal_tree(const Bytes& bytes);
Bytes payload_glyph(GlyphType type, Primitive primitive, const Bytes& payload);

/// The stream with its last packet's body, or header, changed, and hashes and check that match.
Bytes last_body_changed(const Bytes& stream, const std::function<void(Bytes&)>& change);
Bytes last_header_changed(const Bytes& stream, const std::function<void(Bytes&)>& change);

/// Trees that take workspace, and the least with which one decodes.
struct WorkspaceTree {
  const char* name;
  Bytes raw;
  Tree write;
};
std::vector<WorkspaceTree> workspace_trees();
uint32_t least_workspace(const Bytes& raw, const Tree& write);

/// Templates of so many columns with a space between them, a line for each record.
Bytes columns(uint8_t count);
Bytes numbers(uint8_t kind, uint64_t width, uint8_t coding);
Bytes differences(uint8_t kind, uint64_t width, uint8_t coding, uint8_t base);
Bytes dictionary(uint8_t window, uint8_t partner);
inline const Bytes kStrings = {0x1f, 0x78};
/// Strings in so many split columns, one inside the other.
Bytes nested(size_t splits);

/// What a stream with JOIN is begun with.
forge::Stream joining(uint64_t sequence, uint64_t raw_offset);
/// Index packet 0 of one entry, and more columns.
Bytes index_body(std::initializer_list<Bytes> more);

/// Glyphs of scripts.
Bytes clock(std::initializer_list<uint64_t> values);
Bytes expected(uint64_t count);
Bytes row(std::initializer_list<uint64_t> values);
Bytes event(uint8_t kind);
Bytes caps(std::string_view text);
Bytes rest(uint64_t size);
Bytes context(const Bytes& glyphs);

/// Joined streams of one subject.
class Joined {
 public:
  explicit Joined(const char* name, bool is_framed = false) { all_ = {name, {}, {}, is_framed}; }
  Joined& add(const forge::Stream& s) { return add(s.bytes, s.decoded); }
  Joined& add(const Bytes& stream, const Bytes& decoded) {
    testdata::append(all_.bytes, stream);
    testdata::append(all_.decoded, decoded);
    return *this;
  }
  RuleStream take() { return all_; }

 private:
  RuleStream all_;
};

/// Streams that are to be refused; what one decodes to before is found by decoding it.
class Refused {
 public:
  explicit Refused(const char* version) : version_(version) {}
  void add(const std::string& name, const Bytes& bytes) {
    all_.push_back({version_ + name, bytes, {}, false});
  }
  void tree(const char* name, const Bytes& raw, const Tree& write,
            const Change& change = kNoChange) {
    add(name, of_tree(raw, write, change).bytes);
  }
  /// A tree made by hand.
  void bytes(const char* name, const Bytes& tree) {
    forge::Stream s;
    add(name, s.begin().coded(tree, kRaw, true).end().bytes);
  }
  void packets(const char* name, const Change& more, const Change& change = kNoChange) {
    add(name, of_packets(more, change).bytes);
  }
  std::vector<RuleStream> take() { return all_; }

 private:
  std::string version_;
  std::vector<RuleStream> all_;
};

}  // namespace golden
