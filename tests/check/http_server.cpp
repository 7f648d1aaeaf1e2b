/* A small HTTP server for tests: one file, with or without ranges.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "http_server.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
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

Server::Server(Ranges ranges, size_t stops_after)
    : ranges_(ranges),
      stops_after_(stops_after),
      service_(g_threaded_socket_service_new(16)),
      context_(g_main_context_new()),
      loop_(g_main_loop_new(context_, FALSE)),
      ended_(g_cancellable_new()) {
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
  g_signal_connect(service_, "run", G_CALLBACK(run), this);
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
  g_cancellable_cancel(ended_);
  g_socket_service_stop(service_);
  g_socket_listener_close(G_SOCKET_LISTENER(service_));
  g_main_loop_quit(loop_);
  g_thread_join(thread_);
  // Waits for the threads that still answer.
  g_object_unref(service_);
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
  g_object_unref(ended_);
}

void Server::serve(testdata::Bytes bytes) {
  std::lock_guard guard(lock_);
  bytes_ = std::move(bytes);
}

int Server::far_requests() {
  std::lock_guard guard(lock_);
  return far_requests_;
}

gboolean Server::run(GThreadedSocketService*, GSocketConnection* connection, GObject*,
                     gpointer self) {
  static_cast<Server*>(self)->answer(connection);
  return TRUE;
}

void Server::answer(GSocketConnection* connection) {
  GInputStream* in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  GOutputStream* out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
  const std::string request = read_request(in, ended_);
  if (request.empty()) return;
  testdata::Bytes body;
  std::string head;
  {
    std::lock_guard guard(lock_);
    size_t begin = 0;
    size_t end = bytes_.size();
    const bool is_part = find_range(request, bytes_.size(), begin, end) &&
                         ranges_ == Ranges::SERVED && begin < bytes_.size();
    if (begin != 0) far_requests_++;
    if (!is_part) {
      begin = 0;
      end = bytes_.size();
    }
    body = testdata::part_of(bytes_, begin, end);
    head = is_part
               ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(begin) +
                     "-" + std::to_string(end - 1) + "/" + std::to_string(bytes_.size()) + "\r\n"
               : "HTTP/1.1 200 OK\r\n";
    if (ranges_ == Ranges::SERVED) head += "Accept-Ranges: bytes\r\n";
  }
  head += "Content-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n";
  const size_t given = std::min(body.size(), stops_after_);
  g_output_stream_write_all(out, head.data(), head.size(), nullptr, ended_, nullptr);
  if (request.starts_with("GET"))
    g_output_stream_write_all(out, body.data(), given, nullptr, ended_, nullptr);
  // Until the other side closes, or the server ends.
  char byte = 0;
  if (given < body.size()) g_input_stream_read(in, &byte, 1, ended_, nullptr);
  g_io_stream_close(G_IO_STREAM(connection), nullptr, nullptr);
}

}  // namespace http_server
