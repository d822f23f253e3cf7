#include "cdp/app/server/connection.h"

// Asio 1.74 uses std::exchange without including it.
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <utility>

#include "cdp/app/server/response_writer.h"

namespace cdp::app {
namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

namespace {

// Bodies up to this are copied behind the head, so that one segment carries both.
constexpr std::size_t kCoalescedBodyBytes = 32 * 1024;
// A refused client that keeps sending is read on this far, so that it sees the refusal.
constexpr std::size_t kLingerBytesMax = 4 * 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr Rejection kOverloaded{429, "overloaded", "too many requests are in flight"};
constexpr Rejection kHeaderTooSlow{408, "header_timeout", "the header did not arrive in time"};
constexpr Rejection kBodyTooSlow{408, "body_timeout", "the body did not arrive in time"};

}  // namespace

struct Connection::Wire {
  Wire(asio::io_context& io, int family) : socket(io), protocol(family, 0) {}
  Socket socket;
  asio::generic::stream_protocol protocol;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls;
};

std::shared_ptr<Connection> Connection::open(asio::io_context& io, asio::ssl::context* tls,
                                             Origin origin, ConnectionHost& host) {
  auto wire = std::make_unique<Wire>(io, origin.family);
  error_code error;
  wire->socket.assign(wire->protocol, origin.fd, error);
  if (!error) wire->socket.non_blocking(true, error);
  if (error) return nullptr;
  if (tls != nullptr) {
    wire->tls = std::make_unique<asio::ssl::stream<Socket&>>(wire->socket, *tls);
  }
  return std::shared_ptr<Connection>(new Connection(std::move(wire), std::move(origin), host));
}

Connection::Connection(std::unique_ptr<Wire> wire, Origin origin, ConnectionHost& host)
    : wire_(std::move(wire)),
      origin_(std::move(origin)),
      host_(host),
      reader_(host.connection_limits().reader) {}

Connection::~Connection() = default;

void Connection::enter(Phase phase, std::int64_t deadline_ms) {
  phase_ = phase;
  deadline_ = {};
  if (deadline_ms > 0) deadline_.us = host_.coarse_now().us + deadline_ms * 1000;
}

void Connection::start() {
  // The first request has the time of a header, so that silent connections cost little.
  const std::int64_t wait_ms = host_.connection_limits().header_read_ms;
  if (!wire_->tls) {
    enter(Phase::idle, wait_ms);
    read();
    return;
  }
  enter(Phase::handshake, wait_ms);
  wire_->tls->async_handshake(
      asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
        if (self->phase_ != Phase::handshake) return;
        if (error) {
          self->host_.count_refusal("tls_handshake");
          self->close();
          return;
        }
        self->enter(Phase::idle, self->host_.connection_limits().header_read_ms);
        self->read();
      });
}

void Connection::read() {
  if (reading_ || phase_ == Phase::closed) return;
  reading_ = true;
  const auto room = reader_.prepare();
  auto done = [self = shared_from_this()](const error_code& error, std::size_t bytes) {
    self->on_read(static_cast<bool>(error), bytes);
  };
  if (wire_->tls) {
    wire_->tls->async_read_some(asio::buffer(room.data(), room.size()), std::move(done));
  } else {
    wire_->socket.async_read_some(asio::buffer(room.data(), room.size()), std::move(done));
  }
}

void Connection::on_read(bool failed, std::size_t bytes) {
  reading_ = false;
  switch (phase_) {
    case Phase::closed:
      return;
    case Phase::lingering:
      lingered_ += bytes;
      if (failed || lingered_ > kLingerBytesMax) return close();
      return read();  // not committed: thrown away
    case Phase::writing:
      return;  // a refusal is on its way; linger() reads on
    default:
      if (failed) return close();
      reader_.commit(bytes);
      return advance();
  }
}

void Connection::advance() {
  if (phase_ == Phase::closed || phase_ == Phase::writing || phase_ == Phase::lingering) return;
  switch (reader_.advance()) {
    case RequestReader::Step::need_more:
      if (phase_ == Phase::idle && reader_.begun()) {
        enter(Phase::head, host_.connection_limits().header_read_ms);
      }
      if (!hold(reader_.body_bytes())) return refuse(kOverloaded);
      return read();
    case RequestReader::Step::head_read:
      return on_head_read();
    case RequestReader::Step::ready:
      return dispatch();
    case RequestReader::Step::refused:
      return refuse(reader_.rejection());
  }
}

void Connection::on_head_read() {
  enter(Phase::body, host_.connection_limits().body_read_ms);
  if (!reader_.body_is_here()) {
    if (!host_.has_room()) return refuse(kOverloaded);
    if (reader_.expects_continue()) {
      enter(Phase::interim, host_.connection_limits().write_ms);
      out_ = kContinue;
      return write();
    }
  }
  advance();
}

void Connection::dispatch() {
  keep_alive_ = reader_.keep_alive();
  head_request_ = reader_.is_head();
  http::Request request = reader_.take();
  if (!host_.has_room() || !hold(request.body.size())) {
    host_.count_refusal(kOverloaded.reason);
    return send(rejection_response(kOverloaded));
  }
  request.peer = origin_.peer;
  request.tls = wire_->tls != nullptr;
  request.admin = origin_.admin;
  enter(Phase::waiting, 0);
  host_.dispatch(origin_.id, std::move(request));
}

void Connection::answer(http::Response response) {
  if (phase_ == Phase::waiting) send(std::move(response));
}

void Connection::refuse(const Rejection& rejection) {
  host_.count_refusal(rejection.reason);
  keep_alive_ = false;
  head_request_ = reader_.is_head();
  send(rejection_response(rejection));
}

void Connection::send(http::Response response) {
  hold(0);
  close_after_ = !keep_alive_ || host_.draining();
  out_.clear();
  out_body_.clear();
  append_head(response, {host_.date(), !close_after_, head_request_}, &out_);
  if (!head_request_ && has_body(response.status)) {
    if (response.body.size() <= kCoalescedBodyBytes) {
      out_ += response.body;
    } else {
      out_body_ = std::move(response.body);
    }
  }
  enter(Phase::writing, host_.connection_limits().write_ms);
  write();
}

void Connection::write() {
  written_ = written_since_deadline_ = 0;
  if (wire_->tls) {
    write_tls();
  } else {
    write_plain();
  }
}

// Most answers fit the socket's buffer: no round through the event loop for them.
void Connection::write_plain() {
  while (written_ < out_.size() + out_body_.size()) {
    const std::size_t from_head = std::min(written_, out_.size());
    const std::size_t from_body = written_ - from_head;
    const std::array<asio::const_buffer, 2> rest{
        asio::buffer(out_.data() + from_head, out_.size() - from_head),
        asio::buffer(out_body_.data() + from_body, out_body_.size() - from_body)};
    error_code error;
    const std::size_t bytes = wire_->socket.write_some(rest, error);
    on_progress(bytes);
    if (error == asio::error::would_block) {
      wire_->socket.async_wait(Socket::wait_write,
                               [self = shared_from_this()](const error_code& failed) {
                                 if (self->phase_ == Phase::closed) return;
                                 if (failed) return self->close();
                                 self->write_plain();
                               });
      return;
    }
    if (error) return close();
  }
  on_written();
}

void Connection::write_tls() {
  const bool in_head = written_ < out_.size();
  const std::string& part = in_head ? out_ : out_body_;
  const std::size_t from = in_head ? written_ : written_ - out_.size();
  if (from >= part.size()) return on_written();
  wire_->tls->async_write_some(
      asio::buffer(part.data() + from, part.size() - from),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) {
        if (self->phase_ == Phase::closed) return;
        if (error) return self->close();
        self->on_progress(bytes);
        self->write_tls();
      });
}

// A slow reader gets a new deadline for each piece it has taken, not for each byte.
void Connection::on_progress(std::size_t bytes) {
  written_ += bytes;
  written_since_deadline_ += bytes;
  if (written_since_deadline_ < limits::kWriteBytesPerDeadline) return;
  written_since_deadline_ = 0;
  enter(phase_, host_.connection_limits().write_ms);
}

void Connection::on_written() {
  if (phase_ == Phase::interim) {
    enter(Phase::body, host_.connection_limits().body_read_ms);
    return advance();
  }
  if (close_after_) return linger();
  next_request();
  if (host_.draining()) drain();  // it began while this answer was on its way
}

void Connection::next_request() {
  // A large answer's memory is not kept by an idle connection.
  out_body_ = {};
  if (out_.capacity() > 2 * kCoalescedBodyBytes) out_ = {};
  if (!reader_.begun()) {
    enter(Phase::idle, host_.connection_limits().idle_ms);
    return read();
  }
  // Pipelined. Through the event loop, so that neighbours have their turn and no stack grows.
  enter(Phase::head, host_.connection_limits().header_read_ms);
  asio::post(wire_->socket.get_executor(), [self = shared_from_this()] { self->advance(); });
}

void Connection::linger() {
  enter(Phase::lingering, host_.connection_limits().linger_ms);
  error_code ignored;
  if (wire_->tls) {
    wire_->tls->async_shutdown([self = shared_from_this()](const error_code&) { self->close(); });
    return;
  }
  wire_->socket.shutdown(Socket::shutdown_send, ignored);
  read();
}

void Connection::tick(Duration now) {
  if (deadline_.us == 0 || now < deadline_) return;
  switch (phase_) {
    case Phase::head:
      return refuse(kHeaderTooSlow);
    case Phase::body:
      return refuse(kBodyTooSlow);
    default:
      return close();
  }
}

void Connection::drain() {
  if (phase_ == Phase::handshake || (phase_ == Phase::idle && !reader_.begun())) close();
}

bool Connection::hold(std::size_t bytes) {
  const auto change = static_cast<std::ptrdiff_t>(bytes) - static_cast<std::ptrdiff_t>(held_);
  if (change == 0) return true;
  held_ = bytes;
  return host_.hold_bytes(change);
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();  // forget() drops the server's share
  enter(Phase::closed, 0);
  hold(0);
  error_code ignored;
  wire_->socket.close(ignored);
  host_.forget(origin_.id);
}

}  // namespace cdp::app
