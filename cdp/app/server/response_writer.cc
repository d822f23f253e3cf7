#include "cdp/app/server/response_writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace cdp::app {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 22> kReasonPhrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
}};

std::string_view reason_phrase(int status) {
  for (const auto& [code, phrase] : kReasonPhrases) {
    if (code == status) return phrase;
  }
  return "Status";
}

std::string_view hint_for(int status) {
  switch (status) {
    case 408:
      return "send the whole request without pauses";
    case 413:
      return "send less in one request";
    case 429:
    case 503:
      return "wait for Retry-After, then send the same again";
    default:
      return "send a plain HTTP/1.1 request (RFC 9112)";
  }
}

bool same(std::string_view a, std::string_view lower_case) {
  return std::equal(a.begin(), a.end(), lower_case.begin(), lower_case.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

bool splits(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append_field(std::string_view name, std::string_view value, std::string* out) {
  out->append(name);
  out->append(": ");
  out->append(value);
  out->append("\r\n");
}

}  // namespace

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_head(const http::Response& response, const HeadStyle& style, std::string* out) {
  out->append("HTTP/1.1 ");
  out->append(std::to_string(response.status));
  out->append(" ");
  out->append(reason_phrase(response.status));
  out->append("\r\n");
  bool cache_control = false;
  std::string_view length;
  for (const auto& [name, value] : response.headers) {
    if (name.empty() || name.find(':') != std::string::npos || splits(name) || splits(value)) {
      continue;
    }
    if (same(name, "content-length")) {
      length = value;
      continue;
    }
    if (same(name, "connection") || same(name, "date") || same(name, "server") ||
        same(name, "transfer-encoding")) {
      continue;
    }
    cache_control = cache_control || same(name, "cache-control");
    append_field(name, value, out);
  }
  if (!cache_control) append_field("Cache-Control", "no-store", out);
  append_field("X-Content-Type-Options", "nosniff", out);
  append_field("Date", style.date, out);
  if (style.to_head_request && !length.empty()) {
    append_field("Content-Length", length, out);
  } else if (has_body(response.status)) {
    append_field("Content-Length", std::to_string(response.body.size()), out);
  }
  append_field("Connection", style.keep_alive ? "keep-alive" : "close", out);
  out->append("\r\n");
}

std::string http_date(Time now) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::microseconds;
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<microseconds> at{microseconds{now.us}};
  const auto midnight = floor<days>(at);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{floor<std::chrono::seconds>(at - midnight)};
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday{midnight}.c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

http::Response rejection_response(const Rejection& rejection) {
  // Reasons and messages are our own literals, so nothing here needs quoting.
  std::string body = R"({"error":{"code":")";
  body.append(rejection.reason);
  body.append(R"(","message":")");
  body.append(rejection.message);
  body.append(R"(","hint":")");
  body.append(hint_for(rejection.status));
  body.append(R"("}})");
  http::Response response = http::Response::json(rejection.status, std::move(body));
  if (rejection.status == 429 || rejection.status == 503) response.with("Retry-After", "1");
  return response;
}

}  // namespace cdp::app
