/* A small HTTP server for tests: one file, with or without ranges.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include <mutex>
#include <string>

#include "testdata.hpp"

namespace http_server {

/// Serves the same bytes under any path, in threads of its own.
class Server {
 public:
  /// What it does with a Range header.
  enum class Ranges { SERVED, IGNORED };
  /// `stops_after`: bytes of each answer after which nothing more comes, with the connection open.
  explicit Server(Ranges ranges, size_t stops_after = SIZE_MAX);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void serve(testdata::Bytes bytes);
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/in.sigma"; }
  /// Requests that asked for another place than the beginning, so far.
  int far_requests();

 private:
  static gboolean run(GThreadedSocketService*, GSocketConnection* connection, GObject*,
                      gpointer self);
  void answer(GSocketConnection* connection);

  Ranges ranges_;
  size_t stops_after_;
  GSocketService* service_;
  GMainContext* context_;
  GMainLoop* loop_;
  GThread* thread_;
  GCancellable* ended_;
  guint16 port_ = 0;
  std::mutex lock_;
  testdata::Bytes bytes_;
  int far_requests_ = 0;
};

}  // namespace http_server
