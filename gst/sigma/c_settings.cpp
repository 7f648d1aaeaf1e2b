/* Settings, statuses and calls for whole inputs, in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/c_settings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/in_memory.hpp"
#include "gst/sigma/misuse.hpp"

static_assert(SIGMA_CANCELLED == static_cast<int>(sigma::ErrorCode::CANCELLED));
static_assert(SIGMA_MODEL_SAMPLES == static_cast<int>(sigma::Model::SAMPLES));
static_assert(SIGMA_MODEL_FRAMES == static_cast<int>(sigma::Model::FRAMES));
static_assert(SIGMA_MODEL_TEXT == static_cast<int>(sigma::Model::TEXT));
static_assert(sizeof(sigma_status) == 512);

namespace sigma::c {

sigma_error tell(const Status& status, sigma_status* out) {
  const auto code = static_cast<sigma_error>(status.code);
  if (out == nullptr) return code;
  *out = {};
  out->code = code;
  out->offset = status.offset;
  out->value = status.value;
  std::snprintf(out->text, sizeof out->text, "%s", describe(status).text);
  return code;
}

sigma_error tell_invalid(const char* text, sigma_status* out) {
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
  explicit ProgressTeller(const Settings& settings)
      : function_(settings.on_progress), user_(settings.progress_user) {}
  bool on_progress(uint64_t bytes_in, uint64_t bytes_out) override {
    return function_ == nullptr || function_(user_, bytes_in, bytes_out) == 0;
  }

 private:
  sigma_progress_fn function_;
  void* user_;
};

/// What the first version with such settings knew, and more than any will have.
constexpr size_t kFirstSize = offsetof(sigma_settings, progress_user) + sizeof(void*);
constexpr size_t kMostSize = 4096;

/// The settings as far as both sides know them, with defaults for the rest.
Status copy_known(const sigma_settings& given, sigma_settings& known) {
  const size_t size = given.struct_size;
  if (size < kFirstSize || size > kMostSize)
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "struct_size of the settings is not set: call sigma_settings_init()");
  const auto* bytes = reinterpret_cast<const uint8_t*>(&given);
  if (std::any_of(bytes + std::min(size, sizeof known), bytes + size,
                  [](uint8_t byte) { return byte != 0; }))
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "the settings need a newer version of the library");
  std::memcpy(&known, &given, std::min(size, sizeof known));
  return {};
}

bool are_possible(const sigma_settings& s) {
  return s.level <= kMaxLevel && s.model <= SIGMA_MODEL_TEXT &&
         (s.chunk_size == 0 || (s.chunk_size >= kMinChunkSize && s.chunk_size <= kMaxChunkSize)) &&
         s.chain != 0 && s.index <= 1 && s.verify <= 1 && s.skip_damage <= 1 && s.reserved == 0 &&
         s.search_index <= 1 && s.reserved_2 == 0;
}

sigma_settings default_settings() {
  const Settings defaults;
  sigma_settings s = {};
  s.struct_size = sizeof s;
  s.level = defaults.encoder.level;
  s.key_interval = defaults.encoder.key_interval;
  s.chain = defaults.encoder.chain;
  s.index = defaults.encoder.index;
  s.threads = defaults.encoder.threads;
  s.decoder_memory = defaults.decoder.max_memory;
  return s;
}

/// Puts the outcome of a call where C expects it.
template <typename T, typename Out>
sigma_error give(const Result<T>& result, Out* out, sigma_status* status) {
  if (result.ok()) *out = static_cast<Out>(result.value);
  return tell(result.status, status);
}

}  // namespace

Result<Settings> settings_of(const sigma_settings* given) {
  Settings out;
  if (given == nullptr) return out;
  sigma_settings s = default_settings();
  if (const Status copied = copy_known(*given, s); !copied.ok()) return copied;
  if (!are_possible(s))
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a value of the settings cannot be");
  out.encoder.level = s.level;
  out.encoder.model = static_cast<Model>(s.model);
  out.encoder.chunk_size = s.chunk_size;
  out.encoder.key_interval = s.key_interval;
  out.encoder.chain = s.chain;
  out.encoder.index = s.index != 0;
  out.encoder.verify = s.verify != 0;
  out.encoder.search_index = s.search_index != 0;
  out.encoder.max_memory = s.encoder_memory;
  out.encoder.threads = out.decoder.threads = s.threads;
  out.decoder.max_memory = s.decoder_memory;
  out.decoder.on_error = s.skip_damage != 0 ? OnError::SKIP : OnError::FAIL;
  out.on_damage = s.on_damage;
  out.damage_user = s.damage_user;
  out.on_progress = s.on_progress;
  out.progress_user = s.progress_user;
  return out;
}

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

sigma_error sigma_settings_init(sigma_settings* settings, size_t struct_size) {
  if (settings == nullptr || struct_size < kFirstSize || struct_size > kMostSize)
    return SIGMA_INVALID_ARGUMENT;
  const sigma_settings defaults = default_settings();
  std::memset(settings, 0, struct_size);
  std::memcpy(settings, &defaults, std::min(struct_size, sizeof defaults));
  settings->struct_size = struct_size;
  return SIGMA_OK;
}

sigma_error sigma_estimate_memory(const sigma_settings* settings, uint64_t* size,
                                  sigma_status* status) {
  if (size == nullptr) return tell_invalid("there is no place for the result", status);
  *size = 0;
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  const auto plan = sigma::plan_encoder(used.value.encoder);
  if (plan.ok()) *size = plan.value.memory.total();
  return tell(plan.status, status);
}

uint64_t sigma_encode_bound(uint64_t size) {
  return sigma::encode_bound(size);
}

sigma_error sigma_encode(const void* in, size_t size, void* out, size_t room, size_t* written,
                         const sigma_settings* settings, sigma_status* status) {
  if (written == nullptr) return tell_invalid("there is no place for the result", status);
  *written = 0;
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  return give(sigma::encode_bytes(bytes_of(in, size), room_of(out, room), used.value.encoder),
              written, status);
}

sigma_error sigma_decoded_size(const void* in, size_t size, uint64_t* decoded,
                               sigma_status* status) {
  if (decoded == nullptr) return tell_invalid("there is no place for the result", status);
  *decoded = 0;
  return give(sigma::decoded_size(bytes_of(in, size)), decoded, status);
}

sigma_error sigma_decode(const void* in, size_t size, void* out, size_t room, size_t* written,
                         const sigma_settings* settings, sigma_status* status) {
  if (written == nullptr) return tell_invalid("there is no place for the result", status);
  *written = 0;
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  DamageTeller teller(used.value);
  return give(
      sigma::decode_bytes(bytes_of(in, size), room_of(out, room), used.value.decoder, &teller),
      written, status);
}

int sigma_looks_like_stream(const void* in, size_t size) {
  return static_cast<int>(sigma::looks_like_stream(bytes_of(in, size)));
}

sigma_error sigma_encode_file(const char* in, const char* out, const sigma_settings* settings,
                              sigma_status* status) {
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  ProgressTeller progress(used.value);
  return tell(sigma::encode_file(in, out, used.value.encoder, &progress).status, status);
}

sigma_error sigma_decode_file(const char* in, const char* out, const sigma_settings* settings,
                              sigma_status* status) {
  const auto used = settings_of(settings);
  if (!used.ok()) return tell(used.status, status);
  DamageTeller teller(used.value);
  ProgressTeller progress(used.value);
  return tell(sigma::decode_file(in, out, used.value.decoder, &teller, &progress).status, status);
}
