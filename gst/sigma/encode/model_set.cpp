/* The models that encoders ask.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/encode/model_set.hpp"

#include "gst/sigma/models/bytes/bytes_model.hpp"
#include "gst/sigma/models/frames/frames_model.hpp"
#include "gst/sigma/models/records/records_model.hpp"
#include "gst/sigma/models/samples/samples_model.hpp"
#include "gst/sigma/models/text/text_model.hpp"

namespace sigma {

std::span<const ModelEntry> model_set() {
  static const ModelEntry kModels[] = {kRecordsModel, kFramesModel, kSamplesModel, kTextModel,
                                       kBytesModel};
  return kModels;
}

}  // namespace sigma
