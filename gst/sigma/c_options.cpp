/* Options, statuses and calls for whole inputs, in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/c_options.hpp"

#include <cstdio>
#include <new>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/in_memory.hpp"
#include "gst/sigma/misuse.hpp"

static_assert(SIGMA_CANCELLED == static_cast<int>(sigma::ErrorCode::CANCELLED));
static_assert(sizeof(sigma_status) == 512);

namespace sigma::c {

sigma_options options_of(const sigma_options* options) {
  return options != nullptr ? *options : sigma_options{};
}

int tell(const Status& status, sigma_status* out) {
  const auto code = static_cast<int>(status.code);
  if (out == nullptr) return code;
  *out = {};
  out->code = code;
  out->offset = status.offset;
  out->value = status.value;
  std::snprintf(out->text, sizeof out->text, "%s", describe(status).text);
  return code;
}

int tell_invalid(const char* text, sigma_status* out) {
  return tell(Status::error(ErrorCode::INVALID_ARGUMENT, text), out);
}

void DamageTeller::on_damage(const Damage& damage) {
  if (function_ == nullptr) return;
  const StatusText text = describe(damage);
  sigma_damage told = {};
  told.struct_size = sizeof told;
  told.code = static_cast<int32_t>(damage.cause.code);
  told.stream_begin = damage.stream_begin;
  told.stream_end = damage.stream_end;
  told.position_begin = damage.position_begin;
  told.position_end = damage.position_end;
  told.text = text.text;
  function_(user_, &told);
}

namespace {

class ProgressTeller : public ProgressListener {
 public:
  explicit ProgressTeller(const sigma_options& options)
      : function_(options.on_progress), user_(options.progress_user) {}
  bool on_progress(uint64_t bytes_in, uint64_t bytes_out) override {
    return function_ == nullptr || function_(user_, bytes_in, bytes_out) == 0;
  }

 private:
  sigma_progress_fn function_;
  void* user_;
};

template <typename T>
bool set_number(T& setting, uint64_t value, uint64_t most = UINT32_MAX) {
  if (value > most) return false;
  setting = static_cast<T>(value);
  return true;
}

bool set_option(sigma_options& options, int option, uint64_t value) {
  switch (option) {
    case SIGMA_OPTION_LEVEL:
      return set_number(options.encoder.level, value, kMaxLevel);
    case SIGMA_OPTION_CHUNK_SIZE:
      return (value == 0 || value >= kMinChunkSize) &&
             set_number(options.encoder.chunk_size, value, kMaxChunkSize);
    case SIGMA_OPTION_KEY_INTERVAL:
      return value != 0 && set_number(options.encoder.key_interval, value);
    case SIGMA_OPTION_CHAIN:
      return value != 0 && set_number(options.encoder.chain, value);
    case SIGMA_OPTION_INDEX:
      return set_number(options.encoder.index, value, 1);
    case SIGMA_OPTION_VERIFY:
      return set_number(options.encoder.verify, value, 1);
    case SIGMA_OPTION_MODEL:
      return set_number(options.encoder.model, value, static_cast<uint64_t>(kLastModel));
    case SIGMA_OPTION_ENCODER_MEMORY:
      return set_number(options.encoder.max_memory, value, UINT64_MAX);
    case SIGMA_OPTION_DECODER_MEMORY:
      return set_number(options.decoder.max_memory, value, UINT64_MAX);
    case SIGMA_OPTION_SKIP_DAMAGE:
      return set_number(options.decoder.on_error, value, 1);
    case SIGMA_OPTION_THREADS:
      return set_number(options.encoder.threads, value) &&
             set_number(options.decoder.threads, value);
    default:
      return false;
  }
}

/// Puts the outcome of a call where C expects it.
template <typename T, typename Out>
int give(const Result<T>& result, Out* out, sigma_status* status) {
  if (result.ok()) *out = static_cast<Out>(result.value);
  return tell(result.status, status);
}

}  // namespace
}  // namespace sigma::c

using namespace sigma::c;  // NOLINT: below are the C functions alone

const char* sigma_version(void) {
  return SIGMA_VERSION;
}

const char* sigma_error_name(int error) {
  return error < 0 || error > SIGMA_CANCELLED
             ? "?"
             : sigma::error_name(static_cast<sigma::ErrorCode>(error));
}

const char* sigma_error_text(int error) {
  switch (error) {
    case SIGMA_OK:
      return "no error";
    case SIGMA_INVALID_ARGUMENT:
      return "the call came at the wrong time, or with arguments that cannot be";
    case SIGMA_INVALID_SETTINGS:
      return "the settings contradict each other, or need more memory than they allow";
    case SIGMA_NO_MEMORY:
      return "the system refused memory";
    case SIGMA_NOT_SIGMA:
      return "the input is no .sigma stream";
    case SIGMA_UNSUPPORTED_VERSION:
    case SIGMA_UNSUPPORTED_OPERATOR:
    case SIGMA_UNSUPPORTED_PACKET:
      return "the stream was written by a newer version; decode it with that";
    case SIGMA_NEEDS_MORE_MEMORY:
      return "the stream needs more memory than is allowed";
    case SIGMA_TRUNCATED:
      return "the stream ends too early; fetch the rest of it";
    case SIGMA_DAMAGED:
      return "the stream is damaged; fetch it again, or leave out what is damaged";
    case SIGMA_VERIFY_FAILED:
      return "a chunk does not decode to its input; check this machine's memory";
    case SIGMA_AGAIN:
      return "the source cannot be read now; try again";
    case SIGMA_IO:
      return "a file cannot be read or written";
    case SIGMA_CANCELLED:
      return "the caller ended the call";
    default:
      return "an error of a later version";
  }
}

sigma_options* sigma_options_new(void) {
  return new (std::nothrow) sigma_options();
}

void sigma_options_free(sigma_options* options) {
  delete options;
}

int sigma_options_set(sigma_options* options, int option, uint64_t value) {
  return options != nullptr && set_option(*options, option, value) ? SIGMA_OK
                                                                   : SIGMA_INVALID_ARGUMENT;
}

int sigma_options_on_damage(sigma_options* options, sigma_damage_fn function, void* user) {
  if (options == nullptr) return SIGMA_INVALID_ARGUMENT;
  options->on_damage = function;
  options->damage_user = user;
  return SIGMA_OK;
}

int sigma_options_on_progress(sigma_options* options, sigma_progress_fn function, void* user) {
  if (options == nullptr) return SIGMA_INVALID_ARGUMENT;
  options->on_progress = function;
  options->progress_user = user;
  return SIGMA_OK;
}

int sigma_estimate_memory(const sigma_options* options, uint64_t* size, sigma_status* status) {
  if (size == nullptr) return tell_invalid("there is no place for the result", status);
  *size = 0;
  const auto plan = sigma::plan_encoder(options_of(options).encoder);
  if (plan.ok()) *size = plan.value.memory.total();
  return tell(plan.status, status);
}

uint64_t sigma_encode_bound(uint64_t size) {
  return sigma::encode_bound(size);
}

int sigma_encode(const void* in, size_t size, void* out, size_t room, size_t* written,
                 const sigma_options* options, sigma_status* status) {
  if (written == nullptr) return tell_invalid("there is no place for the result", status);
  *written = 0;
  return give(
      sigma::encode_bytes(bytes_of(in, size), room_of(out, room), options_of(options).encoder),
      written, status);
}

int sigma_decoded_size(const void* in, size_t size, uint64_t* decoded, sigma_status* status) {
  if (decoded == nullptr) return tell_invalid("there is no place for the result", status);
  *decoded = 0;
  return give(sigma::decoded_size(bytes_of(in, size)), decoded, status);
}

int sigma_decode(const void* in, size_t size, void* out, size_t room, size_t* written,
                 const sigma_options* options, sigma_status* status) {
  if (written == nullptr) return tell_invalid("there is no place for the result", status);
  *written = 0;
  const sigma_options used = options_of(options);
  DamageTeller teller(used);
  return give(sigma::decode_bytes(bytes_of(in, size), room_of(out, room), used.decoder, &teller),
              written, status);
}

int sigma_looks_like_stream(const void* in, size_t size) {
  return static_cast<int>(sigma::looks_like_stream(bytes_of(in, size)));
}

int sigma_encode_file(const char* in, const char* out, const sigma_options* options,
                      sigma_status* status) {
  const sigma_options used = options_of(options);
  ProgressTeller progress(used);
  return tell(sigma::encode_file(in, out, used.encoder, &progress).status, status);
}

int sigma_decode_file(const char* in, const char* out, const sigma_options* options,
                      sigma_status* status) {
  const sigma_options used = options_of(options);
  DamageTeller teller(used);
  ProgressTeller progress(used);
  return tell(sigma::decode_file(in, out, used.decoder, &teller, &progress).status, status);
}
