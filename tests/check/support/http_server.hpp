/* A small HTTP server for tests: one file, with or without ranges.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include <memory>
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
  std::string url() const;
  /// Requests that asked for another place than the beginning, so far.
  int far_requests();

 private:
  struct Site;  ///< what the threads that answer share, as long as one of them does

  std::shared_ptr<Site> site_;
  GSocketService* service_;
  GMainContext* context_;
  GMainLoop* loop_;
  GThread* thread_;
  guint16 port_ = 0;
};

}  // namespace http_server
