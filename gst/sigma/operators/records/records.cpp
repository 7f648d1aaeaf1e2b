/* Expansion of records: columns are prepared from the script, then written row by row.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/operators/records/records.hpp"

#include "gst/sigma/operators/records/column_parser.hpp"
#include "gst/sigma/operators/records/row_writer.hpp"

namespace sigma {

bool parse_records(ByteSpan payload, uint64_t& size, uint64_t& count) {
  VarintReader in(payload);
  return in.read(size) && in.read(count) && in.at_end();
}

Result<size_t> expand_records(const RecordLanes& lanes, uint64_t records, MutableByteSpan workspace,
                              MutableByteSpan out) {
  RecordPreparer preparer(lanes, workspace);
  Result<Column> top = preparer.prepare(records);
  if (!top.ok()) return top.status;
  RecordWriter writer(lanes[static_cast<size_t>(RecordLane::STRINGS)], out);
  const Status status = writer.write(top.value, records);
  if (!status.ok()) return status;
  return workspace.size() - preparer.workspace_left();
}

}  // namespace sigma
