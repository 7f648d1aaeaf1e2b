/* Streams piece by piece, and read anywhere, in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "gst/sigma/c_settings.hpp"
#include "gst/sigma/misuse.hpp"
#include "gst/sigma/one_pass.hpp"
#include "gst/sigma/random_access.hpp"

using namespace sigma::c;  // NOLINT: below are the C functions, and what is behind their handles

struct sigma_encoder {
  explicit sigma_encoder(const Settings& used) : threads(used.encoder.threads) {}

  sigma::OwnThreads threads;
  sigma::StreamingEncoder encoder;  ///< goes before its threads
  sigma::Packet packet;             ///< being taken,
  size_t taken = 0;                 ///< this much of it
  bool has_ended = false;
};

struct sigma_decoder {
  static constexpr size_t kPiece = size_t{256} << 10;  ///< bytes of input that are copied at once

  explicit sigma_decoder(const Settings& used)
      : teller(used),
        threads(used.decoder.threads),
        decoder(used.decoder.max_memory, used.decoder.on_error) {}

  DamageTeller teller;
  sigma::OwnThreads threads;
  sigma::GlyphBufferPool pool;
  sigma::Buffer input;              ///< the piece that the decoder has
  sigma::StreamingDecoder decoder;  ///< goes before what it uses
  sigma::DecodedChunk chunk;        ///< being taken; its bytes are those that are left
  bool is_used_up = true;           ///< the piece is
  bool has_ended = false;
  sigma::Status failed;
};

namespace {

/// What a caller gives to be read.
class FunctionSource : public sigma::ByteSource {
 public:
  FunctionSource(sigma_read_fn function, void* user, uint64_t size)
      : function_(function), user_(user), size_(size) {}
  uint64_t size() const override { return size_; }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    if (function_(user_, offset, out.data(), out.size()) == 0) return {};
    return sigma::Status::error(sigma::ErrorCode::IO, "the input cannot be read", offset);
  }

 private:
  sigma_read_fn function_;
  void* user_;
  uint64_t size_;
};

/// Copies what there is room for to the front of `out`, and drops it from `bytes`.
size_t move_bytes(sigma::ByteSpan& bytes, sigma::MutableByteSpan out) {
  const size_t count = std::min(bytes.size(), out.size());
  sigma::copy_bytes(bytes.first(count), out.first(count));
  bytes = bytes.subspan(count);
  return count;
}

/// The next packet to be taken; false if there is none.
bool has_packet(sigma_encoder& encoder) {
  if (encoder.taken < encoder.packet.size()) return true;
  encoder.taken = 0;
  encoder.packet = {};
  return encoder.encoder.take(encoder.packet);
}

sigma_error end_of_input(const sigma::Status& status, sigma_encoder& encoder, sigma_status* out) {
  encoder.has_ended |= status.ok();
  return tell(status, out);
}

/// Decodes until a chunk has bytes to be taken, or all that was pushed is used up.
sigma::Status find_chunk(sigma_decoder& decoder) {
  while (decoder.chunk.bytes.empty() && !decoder.is_used_up) {
    const sigma::Result<bool> more = decoder.decoder.next(decoder.chunk);
    if (more.ok() && more.value) continue;
    decoder.chunk = {};
    if (!more.ok()) return more.status;
    decoder.is_used_up = true;
    if (decoder.has_ended) return decoder.decoder.finish();
  }
  return {};
}

/// Gives out as much as there is room for.
sigma::Status take_chunks(sigma_decoder& decoder, sigma::MutableByteSpan out, size_t& written) {
  while (written < out.size()) {
    if (const sigma::Status status = find_chunk(decoder); !status.ok()) return status;
    if (decoder.chunk.bytes.empty()) return {};
    written += move_bytes(decoder.chunk.bytes, out.subspan(written));
  }
  return {};
}

}  // namespace

struct sigma_reader {
  sigma_reader(std::unique_ptr<sigma::ByteSource> from, const Settings& used)
      : teller(used),
        source(std::move(from)),
        decoder(*source, used.decoder.max_memory, used.decoder.on_error) {
    decoder.set_listener(&teller);
  }
  DamageTeller teller;
  std::unique_ptr<sigma::ByteSource> source;
  sigma::RandomAccessDecoder decoder;
};

namespace {

class MemorySource : public sigma::ByteSource {
 public:
  explicit MemorySource(sigma::ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    sigma::copy_bytes(bytes_.subspan(static_cast<size_t>(offset), out.size()), out);
    return {};
  }

 private:
  sigma::ByteSpan bytes_;
};

/// Opens a reader, if there was memory for its source.
sigma_error open_reader(sigma_reader*& reader, std::unique_ptr<sigma::ByteSource> source,
                        const sigma_settings* settings, sigma_status* status) {
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  std::unique_ptr<sigma_reader> made;
  if (source != nullptr) made.reset(new (std::nothrow) sigma_reader(std::move(source), used.value));
  const sigma::Status opened =
      made != nullptr ? made->decoder.open() : sigma::no_state(sizeof(sigma_reader));
  if (opened.ok()) reader = made.release();
  return tell(opened, status);
}

}  // namespace

sigma_error sigma_encoder_new(sigma_encoder** encoder, const sigma_settings* settings,
                              sigma_status* status) {
  if (encoder == nullptr) return tell_invalid("there is no place for the encoder", status);
  *encoder = nullptr;
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  std::unique_ptr<sigma_encoder> made(new (std::nothrow) sigma_encoder(used.value));
  const sigma::Status configured =
      made != nullptr ? made->encoder.configure(used.value.encoder, made->threads.pool())
                      : sigma::no_state(sizeof(sigma_encoder));
  if (configured.ok()) *encoder = made.release();
  return tell(configured, status);
}

void sigma_encoder_free(sigma_encoder* encoder) {
  delete encoder;
}

sigma_error sigma_encoder_push(sigma_encoder* encoder, const void* in, size_t size, size_t* used,
                               sigma_status* status) {
  if (encoder == nullptr || used == nullptr)
    return tell_invalid("there is no encoder, or no place for the result", status);
  *used = 0;
  if (encoder->has_ended) return tell_invalid("the stream has ended already", status);
  sigma::ByteSpan rest = bytes_of(in, size);
  if (sigma::is_null(rest)) return tell(sigma::null_bytes(), status);
  while (!rest.empty() && !has_packet(*encoder)) {
    const sigma::Result<size_t> pushed = encoder->encoder.push(rest);
    if (!pushed.ok()) return tell(pushed.status, status);
    rest = rest.subspan(pushed.value);
    *used += pushed.value;
  }
  return tell({}, status);
}

sigma_error sigma_encoder_flush(sigma_encoder* encoder, sigma_status* status) {
  if (encoder == nullptr) return tell_invalid("there is no encoder", status);
  if (encoder->has_ended) return tell_invalid("the stream has ended already", status);
  if (has_packet(*encoder)) return tell_invalid("bytes wait to be taken", status);
  return tell(encoder->encoder.flush(), status);
}

sigma_error sigma_encoder_end(sigma_encoder* encoder, sigma_status* status) {
  if (encoder == nullptr) return tell_invalid("there is no encoder", status);
  if (encoder->has_ended) return tell_invalid("the stream has ended already", status);
  if (has_packet(*encoder)) return tell_invalid("bytes wait to be taken", status);
  return end_of_input(encoder->encoder.finish(), *encoder, status);
}

sigma_error sigma_encoder_take(sigma_encoder* encoder, void* out, size_t room, size_t* written,
                               sigma_status* status) {
  if (encoder == nullptr || written == nullptr)
    return tell_invalid("there is no encoder, or no place for the result", status);
  *written = 0;
  const sigma::MutableByteSpan space = room_of(out, room);
  if (sigma::is_null(space)) return tell(sigma::null_bytes(), status);
  while (*written < room && has_packet(*encoder)) {
    sigma::ByteSpan rest = encoder->packet.bytes.bytes().subspan(encoder->taken);
    const size_t count = move_bytes(rest, space.subspan(*written));
    encoder->taken += count;
    *written += count;
  }
  return tell({}, status);
}

sigma_error sigma_encoder_reset(sigma_encoder* encoder) {
  if (encoder == nullptr) return SIGMA_INVALID_ARGUMENT;
  encoder->encoder.reset();
  encoder->packet = {};
  encoder->taken = 0;
  encoder->has_ended = false;
  return SIGMA_OK;
}

sigma_error sigma_decoder_new(sigma_decoder** decoder, const sigma_settings* settings,
                              sigma_status* status) {
  if (decoder == nullptr) return tell_invalid("there is no place for the decoder", status);
  *decoder = nullptr;
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  std::unique_ptr<sigma_decoder> made(new (std::nothrow) sigma_decoder(used.value));
  sigma::Status opened = sigma::no_state(sizeof(sigma_decoder));
  if (made != nullptr) opened = made->pool.reserve(made->input, sigma_decoder::kPiece);
  if (opened.ok())
    opened = made->decoder.set_threads(made->threads.pool(), used.value.decoder.threads);
  if (opened.ok()) {
    made->decoder.set_listener(&made->teller);
    *decoder = made.release();
  }
  return tell(opened, status);
}

void sigma_decoder_free(sigma_decoder* decoder) {
  delete decoder;
}

sigma_error sigma_decoder_push(sigma_decoder* decoder, const void* in, size_t size, size_t* used,
                               sigma_status* status) {
  if (decoder == nullptr || used == nullptr)
    return tell_invalid("there is no decoder, or no place for the result", status);
  *used = 0;
  if (decoder->has_ended) return tell_invalid("the input has ended already", status);
  const sigma::ByteSpan bytes = bytes_of(in, size);
  if (sigma::is_null(bytes)) return tell(sigma::null_bytes(), status);
  if (decoder->failed.ok()) decoder->failed = find_chunk(*decoder);
  if (!decoder->failed.ok() || !decoder->is_used_up || !decoder->chunk.bytes.empty())
    return tell(decoder->failed, status);
  const sigma::ByteSpan piece = bytes.first(std::min(size, sigma_decoder::kPiece));
  decoder->input.set_filled(0, 0);
  decoder->input.append(piece);
  decoder->failed = decoder->decoder.push(decoder->input.bytes());
  if (decoder->failed.ok()) *used = piece.size();
  decoder->is_used_up = false;
  return tell(decoder->failed, status);
}

sigma_error sigma_decoder_end(sigma_decoder* decoder, sigma_status* status) {
  if (decoder == nullptr) return tell_invalid("there is no decoder", status);
  if (decoder->has_ended) return tell_invalid("the input has ended already", status);
  decoder->has_ended = true;
  decoder->is_used_up = false;
  decoder->decoder.end_input();
  return tell(decoder->failed, status);
}

sigma_error sigma_decoder_take(sigma_decoder* decoder, void* out, size_t room, size_t* written,
                               sigma_status* status) {
  if (decoder == nullptr || written == nullptr)
    return tell_invalid("there is no decoder, or no place for the result", status);
  *written = 0;
  const sigma::MutableByteSpan space = room_of(out, room);
  if (sigma::is_null(space)) return tell(sigma::null_bytes(), status);
  if (decoder->failed.ok()) decoder->failed = take_chunks(*decoder, space, *written);
  // What came before an error goes out before it.
  return tell(*written != 0 ? sigma::Status{} : decoder->failed, status);
}

sigma_error sigma_decoder_reset(sigma_decoder* decoder) {
  if (decoder == nullptr) return SIGMA_INVALID_ARGUMENT;
  decoder->decoder.reset();
  decoder->chunk = {};
  decoder->is_used_up = true;
  decoder->has_ended = false;
  decoder->failed = {};
  return SIGMA_OK;
}

sigma_error sigma_reader_open_file(sigma_reader** reader, const char* path,
                                   const sigma_settings* settings, sigma_status* status) {
  if (reader == nullptr) return tell_invalid("there is no place for the reader", status);
  *reader = nullptr;
  std::unique_ptr<sigma::FileSource> source(new (std::nothrow) sigma::FileSource(path));
  if (source != nullptr && !source->status().ok()) return tell(source->status(), status);
  return open_reader(*reader, std::move(source), settings, status);
}

sigma_error sigma_reader_open_memory(sigma_reader** reader, const void* in, size_t size,
                                     const sigma_settings* settings, sigma_status* status) {
  if (reader == nullptr) return tell_invalid("there is no place for the reader", status);
  *reader = nullptr;
  const sigma::ByteSpan bytes = bytes_of(in, size);
  if (sigma::is_null(bytes)) return tell(sigma::null_bytes(), status);
  std::unique_ptr<sigma::ByteSource> source(new (std::nothrow) MemorySource(bytes));
  return open_reader(*reader, std::move(source), settings, status);
}

sigma_error sigma_reader_open(sigma_reader** reader, sigma_read_fn function, void* user,
                              uint64_t size, const sigma_settings* settings, sigma_status* status) {
  if (reader == nullptr) return tell_invalid("there is no place for the reader", status);
  *reader = nullptr;
  if (function == nullptr) return tell_invalid("there is no function to read", status);
  std::unique_ptr<sigma::ByteSource> source(new (std::nothrow)
                                                FunctionSource(function, user, size));
  return open_reader(*reader, std::move(source), settings, status);
}

void sigma_reader_free(sigma_reader* reader) {
  delete reader;
}

sigma_error sigma_reader_read(sigma_reader* reader, uint64_t position, void* out, size_t size,
                              size_t* got, sigma_status* status) {
  if (reader == nullptr || got == nullptr)
    return tell_invalid("there is no reader, or no place for the result", status);
  *got = 0;
  const sigma::Result<size_t> read = reader->decoder.read(position, room_of(out, size));
  if (read.ok()) *got = read.value;
  return tell(read.status, status);
}

sigma_error sigma_reader_info(sigma_reader* reader, sigma_info* info, sigma_status* status) {
  if (reader == nullptr || info == nullptr)
    return tell_invalid("there is no reader, or no place for the result", status);
  const size_t room = info->struct_size;
  if (room < sizeof room) return tell_invalid("struct_size is not set", status);
  sigma_info found = {};
  found.struct_size = std::min(room, sizeof found);
  found.encoded_size = reader->source->size();
  found.decoded_size = reader->decoder.size();
  found.streams = reader->decoder.streams();
  found.is_framed = reader->decoder.is_framed() ? 1 : 0;
  found.end_code = static_cast<int32_t>(reader->decoder.end_status().code);
  const sigma::Result<uint64_t> duration = reader->decoder.duration();
  found.duration = duration.ok() ? duration.value : UINT64_MAX;
  std::memcpy(info, &found, found.struct_size);
  return tell({}, status);
}
