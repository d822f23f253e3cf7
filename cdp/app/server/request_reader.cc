#include "cdp/app/server/request_reader.h"

#include <algorithm>
#include <cstring>

namespace cdp::app {
namespace {

// One read; also what an idle connection holds.
constexpr std::size_t kReadBytes = 8 * 1024;
// A body grows by what has arrived, so that a mere claim of length takes no memory.
constexpr std::size_t kBodyStepBytes = 64 * 1024;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

}  // namespace

void RequestReader::compact() {
  if (start_ == filled_) {
    start_ = filled_ = 0;
  } else if (start_ > 0 && buffer_.size() - filled_ < kReadBytes) {
    std::memmove(buffer_.data(), buffer_.data() + start_, filled_ - start_);
    filled_ -= start_;
    start_ = 0;
  }
}

std::span<char> RequestReader::prepare() {
  if (phase_ == Phase::length) {
    if (body_filled_ == body_.size()) {
      body_.resize(std::min(body_length_, body_filled_ + std::max(body_filled_, kBodyStepBytes)));
    }
    return {body_.data() + body_filled_, body_.size() - body_filled_};
  }
  compact();
  if (buffer_.size() == filled_) buffer_.resize(filled_ + kReadBytes);
  return {buffer_.data() + filled_, buffer_.size() - filled_};
}

void RequestReader::commit(std::size_t bytes) {
  (phase_ == Phase::length ? body_filled_ : filled_) += bytes;
}

RequestReader::Step RequestReader::advance() {
  switch (phase_) {
    case Phase::head:
      return advance_head();
    case Phase::length:
      if (body_filled_ < body_length_) return Step::need_more;
      body_.resize(body_length_);
      request_.body = std::move(body_);
      body_.clear();
      phase_ = Phase::ready;
      return Step::ready;
    case Phase::chunks:
      return advance_chunks();
    case Phase::ready:
      return Step::ready;
    case Phase::refused:
      return Step::refused;
  }
  return Step::refused;
}

RequestReader::Step RequestReader::refuse(Rejection rejection) {
  rejection_ = rejection;
  phase_ = Phase::refused;
  keep_alive_ = false;
  return Step::refused;
}

RequestReader::Step RequestReader::advance_head() {
  // Empty lines before a request line are skipped (RFC 9112 §2.2).
  while (scanned_ == 0 && unread().starts_with("\r\n")) start_ += 2;
  if (unread() == "\r") return Step::need_more;
  const std::size_t end = head_end(unread(), scanned_ < 3 ? 0 : scanned_ - 3);
  if (std::min(end, unread().size()) > limits_.header_bytes) {
    return refuse({431, "header_too_large", "the header is larger than the limit"});
  }
  if (end == std::string_view::npos) {
    scanned_ = unread().size();
    return Step::need_more;
  }
  const auto head = read_head(unread().substr(0, end), limits_.header_fields);
  if (!head) return refuse(head.error());
  fill(*head);
  if (has_control_character(request_.path)) {
    return refuse({400, "target", "the path holds an encoded control character"});
  }
  return begin_body(*head);
}

void RequestReader::fill(const Head& head) {
  request_.method = head.method;
  request_.path = http::percent_decode(head.path, false);
  if (!head.query.empty()) request_.query = http::parse_form(head.query);
  request_.headers.reserve(head.fields.size());
  for (const auto& [name, value] : head.fields) {
    request_.headers.emplace_back(lower_case(name), value);
  }
  keep_alive_ = head.keep_alive;
  expects_continue_ = head.expects_continue;
}

RequestReader::Step RequestReader::begin_body(const Head& head) {
  // `head` points into the buffer: take from it all that is needed before moving on.
  const std::size_t length = static_cast<std::size_t>(head.content_length.value_or(0));
  const bool chunked = head.chunked;
  start_ += head_end(unread(), 0);
  scanned_ = 0;
  if (length > limits_.body_bytes) {
    return refuse({413, "too_large", "the body is larger than the limit"});
  }
  if (chunked) {
    chunks_.emplace(limits_.body_bytes);
    phase_ = Phase::chunks;
    return Step::head_read;
  }
  if (length == 0) {
    phase_ = Phase::ready;
    return Step::ready;
  }
  const std::size_t here = std::min(length, unread().size());
  body_.assign(unread().data(), here);
  start_ += here;
  body_filled_ = here;
  body_length_ = length;
  phase_ = Phase::length;
  return Step::head_read;
}

RequestReader::Step RequestReader::advance_chunks() {
  std::size_t used = 0;
  const ChunkedBody::State state = chunks_->feed(unread(), &used);
  start_ += used;
  switch (state) {
    case ChunkedBody::State::more:
      return Step::need_more;
    case ChunkedBody::State::too_large:
      return refuse({413, "too_large", "the body is larger than the limit"});
    case ChunkedBody::State::malformed:
      return refuse({400, "chunk", "the chunked body is malformed"});
    case ChunkedBody::State::done:
      break;
  }
  request_.body = chunks_->take();
  chunks_.reset();
  phase_ = Phase::ready;
  return Step::ready;
}

bool RequestReader::body_is_here() const {
  return phase_ == Phase::ready || (phase_ == Phase::length && body_filled_ >= body_length_);
}

std::size_t RequestReader::body_bytes() const {
  if (phase_ == Phase::length) return body_.size();
  return chunks_ ? chunks_->size() : 0;
}

http::Request RequestReader::take() {
  http::Request request = std::move(request_);
  request_ = {};
  body_filled_ = body_length_ = 0;
  phase_ = Phase::head;
  return request;
}

}  // namespace cdp::app
