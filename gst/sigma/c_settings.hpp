/* What the C functions share: settings, statuses, and objects behind handles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/file.hpp"
#include "gst/sigma/sigma.h"

namespace sigma::c {

/// A caller's settings, as the library has them.
struct Settings {
  EncoderSettings encoder;
  DecoderSettings decoder;
  sigma_damage_fn on_damage = nullptr;
  void* damage_user = nullptr;
  sigma_progress_fn on_progress = nullptr;
  void* progress_user = nullptr;
};

/// INVALID_ARGUMENT if a value cannot be; null gives the defaults.
Result<Settings> settings_of(const sigma_settings* given);

/// Fills `out`, if it is not null, and gives the code.
sigma_error tell(const Status& status, sigma_status* out);
/// For an argument that is null, or a call at the wrong time.
sigma_error tell_invalid(const char* text, sigma_status* out);

/// Hands damage on to the application's function.
class DamageTeller : public DamageListener {
 public:
  explicit DamageTeller(const Settings& settings)
      : function_(settings.on_damage), user_(settings.damage_user) {}
  void on_damage(const Damage& damage) override;

 private:
  sigma_damage_fn function_;
  void* user_;
};

/// The bytes of a C caller; null pointers of no bytes are no bytes.
inline ByteSpan bytes_of(const void* in, size_t size) {
  return {static_cast<const uint8_t*>(in), size};
}
inline MutableByteSpan room_of(void* out, size_t size) {
  return {static_cast<uint8_t*>(out), size};
}

}  // namespace sigma::c
