/* What the benchmark measures: codecs of all kinds behind one interface, and their names.
 *
 * A name is a family, then a variant where there are several: `zstd-3`, `lz4`, `sigma-9@64M` (level
 * 9 with a max-memory of 64 MiB).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/settings.hpp"

namespace bench {

using sigma::ByteSpan;
using sigma::MutableByteSpan;

/// What a set's bytes are, as far as codecs for samples or frames must know.
struct Format {
  enum class Kind : uint8_t { BYTES, PCM, VIDEO, NUMBERS };
  Kind kind = Kind::BYTES;
  unsigned rate = 0;  ///< PCM: frames a second
  unsigned channels = 0;
  unsigned bits =
      0;  ///< a sample's: 8 (unsigned), 16, 24 or 32 (signed), little-endian; a number's
  bool is_float = false;    ///< numbers, which are integers else
  bool big_endian = false;  ///< numbers
  bool rgb = false;         ///< video: RGB, 3 bytes a pixel, instead of I420; no padding in either
  unsigned width = 0;
  unsigned height = 0;

  size_t frame_size() const;  ///< bytes
};

/// Encodes and decodes whole sets, again and again. An error ends the program with a message,
/// unless it is a known one of the library's: then decode() gives 0.
class Codec {
 public:
  virtual ~Codec() = default;
  /// Both give the bytes written. `out` has room for output_capacity() bytes of the input, and for
  /// exactly the decoded bytes.
  virtual size_t encode(ByteSpan in, MutableByteSpan out) = 0;
  virtual size_t decode(ByteSpan in, MutableByteSpan out) = 0;
  /// Bytes that encoding needed at most, apart from input and output; 0 if the library does not
  /// tell.
  virtual size_t memory() const { return 0; }
};

/// Room for what any codec makes of `size` bytes, however badly they suit it.
constexpr size_t output_capacity(size_t size) {
  return size + size / 4 + (1 << 20);
}

/// What sigma's codecs share.
struct SigmaOptions {
  sigma::EncoderSettings settings;  ///< but for the level, and max_memory if the name has one
  size_t piece = 1 << 20;           ///< bytes pushed at once
};

/// The part of a codec's name that follows the family.
struct Variant {
  std::string text;
  int level = 0;
  uint64_t memory = 0;  ///< bytes, behind '@'; 0 if not given
};

struct Family {
  using Make = std::unique_ptr<Codec>(const Variant&, const Format&, const SigmaOptions&);

  std::string_view name;
  std::string_view library;
  std::vector<std::string> variants;  ///< those measured if no others are named
  int least_level;                    ///< other variants may be a level from here ...
  int most_level;                     ///< ... to here
  Make* make;                         ///< null: built without the library
};

// Each in the file of its name, codecs_….cpp. What is made for a format that a family is not for is
// null.
std::vector<Family> sigma_families();
std::vector<Family> general_families();
std::vector<Family> pcm_families();
std::vector<Family> video_families();
std::vector<Family> array_families();

/// A codec that can be made.
struct CodecChoice {
  std::string name;
  Variant variant;
  Family::Make* make;
};

/// Those that `wanted` names, comma-separated: whole names, or beginnings of default names; all
/// default names if it is empty. Ends the program with a message at a name that is none.
std::vector<CodecChoice> choose_codecs(std::string_view wanted, uint64_t level9_memory);

/// Sentences about families that this program was built without.
std::vector<std::string> missing_families();

/// Whether `name` is what `wanted` means: the whole name, or, where no name is the whole of it, the
/// beginning of one.
bool is_meant(std::string_view name, std::string_view wanted, const std::vector<CodecChoice>& all);

}  // namespace bench
