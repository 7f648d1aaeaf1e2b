/* A small HTTP server for tests: one file, with or without ranges.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "http_server.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <utility>

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace http_server {
namespace {

/// The lines of a request up to the empty one.
std::string read_request(GInputStream* in, GCancellable* ended) {
  std::string request;
  char byte = 0;
  while (request.size() < 16384 && !request.ends_with("\r\n\r\n")) {
    if (g_input_stream_read(in, &byte, 1, ended, nullptr) != 1) return {};
    request += byte;
  }
  return request;
}

/// Where a request wants to begin, and its end, exclusive; false: it does not say.
bool find_range(const std::string& request, size_t size, size_t& begin, size_t& end) {
  const size_t at = request.find("Range: bytes=");
  if (at == std::string::npos) return false;
  unsigned long long first = 0;
  unsigned long long last = size;
  const int found = std::sscanf(request.c_str() + at, "Range: bytes=%llu-%llu", &first, &last);
  begin = std::min<size_t>(first, size);
  end = found == 2 ? std::min<size_t>(last + 1, size) : size;
  return found >= 1;
}

}  // namespace

struct Server::Site {
  Ranges ranges = Ranges::SERVED;
  size_t stops_after = SIZE_MAX;
  GCancellable* ended = g_cancellable_new();
  std::mutex lock;
  testdata::Bytes bytes;
  int far_requests = 0;

  Site() = default;
  ~Site() { g_object_unref(ended); }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// The head and the body of the answer.
  std::pair<std::string, testdata::Bytes> make_answer(const std::string& request);
  void answer(GSocketConnection* connection);
};

Server::Server(Ranges ranges, size_t stops_after)
    : site_(std::make_shared<Site>()),
      service_(g_threaded_socket_service_new(16)),
      context_(g_main_context_new()),
      loop_(g_main_loop_new(context_, FALSE)) {
  site_->ranges = ranges;
  site_->stops_after = stops_after;
  g_main_context_push_thread_default(context_);
  GInetAddress* address = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
  GSocketAddress* wanted = g_inet_socket_address_new(address, 0);
  GSocketAddress* got = nullptr;
  ck_assert(g_socket_listener_add_address(G_SOCKET_LISTENER(service_), wanted, G_SOCKET_TYPE_STREAM,
                                          G_SOCKET_PROTOCOL_TCP, nullptr, &got, nullptr));
  port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got));
  g_object_unref(got);
  g_object_unref(wanted);
  g_object_unref(address);
  const auto run = +[](GThreadedSocketService*, GSocketConnection* connection, GObject*,
                       gpointer site) -> gboolean {
    // Of its own: the server may end meanwhile.
    const std::shared_ptr<Site> held = *static_cast<std::shared_ptr<Site>*>(site);
    held->answer(connection);
    return TRUE;
  };
  g_signal_connect_data(
      service_, "run", G_CALLBACK(run), new std::shared_ptr<Site>(site_),
      [](gpointer site, GClosure*) { delete static_cast<std::shared_ptr<Site>*>(site); },
      static_cast<GConnectFlags>(0));
  g_socket_service_start(service_);
  g_main_context_pop_thread_default(context_);
  thread_ = g_thread_new(
      "http",
      [](gpointer loop) -> gpointer {
        g_main_loop_run(static_cast<GMainLoop*>(loop));
        return nullptr;
      },
      loop_);
}

Server::~Server() {
  g_cancellable_cancel(site_->ended);
  g_socket_service_stop(service_);
  g_socket_listener_close(G_SOCKET_LISTENER(service_));
  g_main_loop_quit(loop_);
  g_thread_join(thread_);
  g_object_unref(service_);
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

std::string Server::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/in.sigma";
}

void Server::serve(testdata::Bytes bytes) {
  std::lock_guard guard(site_->lock);
  site_->bytes = std::move(bytes);
}

int Server::far_requests() {
  std::lock_guard guard(site_->lock);
  return site_->far_requests;
}

std::pair<std::string, testdata::Bytes> Server::Site::make_answer(const std::string& request) {
  std::lock_guard guard(lock);
  size_t begin = 0;
  size_t end = bytes.size();
  const bool is_part = find_range(request, bytes.size(), begin, end) && ranges == Ranges::SERVED &&
                       begin < bytes.size();
  if (begin != 0) far_requests++;
  if (!is_part) {
    begin = 0;
    end = bytes.size();
  }
  std::string head = is_part ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                   std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
                                   std::to_string(bytes.size()) + "\r\n"
                             : "HTTP/1.1 200 OK\r\n";
  if (ranges == Ranges::SERVED) head += "Accept-Ranges: bytes\r\n";
  head += "Content-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: " +
          std::to_string(end - begin) + "\r\n\r\n";
  return {head, testdata::part_of(bytes, begin, end)};
}

void Server::Site::answer(GSocketConnection* connection) {
  GInputStream* in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  GOutputStream* out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
  const std::string request = read_request(in, ended);
  if (request.empty()) return;
  const auto [head, body] = make_answer(request);
  const size_t given = std::min(body.size(), stops_after);
  g_output_stream_write_all(out, head.data(), head.size(), nullptr, ended, nullptr);
  if (request.starts_with("GET"))
    g_output_stream_write_all(out, body.data(), given, nullptr, ended, nullptr);
  // Until the other side closes, or the server ends.
  char byte = 0;
  if (given < body.size()) g_input_stream_read(in, &byte, 1, ended, nullptr);
  g_io_stream_close(G_IO_STREAM(connection), nullptr, nullptr);
}

}  // namespace http_server
