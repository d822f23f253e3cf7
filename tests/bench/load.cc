#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <deque>

namespace cdp::bench {
namespace {

// How long a connection waits after a 429 before it sends the same again. Shorter than Retry-After
// asks, to keep the pressure up.
constexpr Duration kBusyPause = Duration::millis(20);

struct Line {
  int socket = -1;
  std::string out, in;
  std::size_t sent = 0;
  bool waiting = false;  // for an answer
  bool broken = false;
  Duration due;  // when its request should have left
  Duration not_before;
};

class Generator {
 public:
  Generator(const LoadPlan& plan, Clock& clock) : plan_(plan), clock_(clock) {
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    lines_.resize(plan.connections);
    for (std::size_t i = 0; i < lines_.size(); ++i) open(i);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;
  ~Generator() {
    for (const Line& line : lines_) ::close(line.socket);
    ::close(poll_);
  }

  LoadReport run() {
    const Duration start = clock_.elapsed();
    end_ = start + plan_.for_time;
    due_ = start;
    while (!finished()) {
      feed();
      wait();
    }
    report_.seconds = static_cast<double>(clock_.elapsed().us - start.us) / 1e6;
    std::sort(report_.latencies_ms.begin(), report_.latencies_ms.end());
    return std::move(report_);
  }

 private:
  void open(std::size_t index) {
    Line& line = lines_[index];
    line.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    ::setsockopt(line.socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    line.broken =
        ::connect(line.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
    if (line.broken) ++report_.failed;
    epoll_event event{EPOLLIN, {.u64 = index}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, line.socket, &event);
  }

  // Over when time is up and every request that left was answered (or a second has passed since).
  bool finished() {
    const Duration now = clock_.elapsed();
    const auto broken =
        std::count_if(lines_.begin(), lines_.end(), [](auto& l) { return l.broken; });
    if (std::size_t(broken) == lines_.size()) return true;
    ended_ = ended_ || now >= end_ || started_ >= plan_.requests_max || plan_.over();
    return ended_ && (now >= end_ + Duration::seconds(1) || in_flight_ == 0);
  }

  void feed() {
    if (ended_) return;
    const Duration now = clock_.elapsed();
    for (Line& line : lines_) {
      if (line.waiting || line.broken || now < line.not_before) continue;
      if (plan_.rate_per_s > 0) {
        if (due_ > now) return;
        line.due = due_;
        due_.us += static_cast<std::int64_t>(1e6 / plan_.rate_per_s);
      } else {
        line.due = now;
      }
      if (line.out.empty()) plan_.next(&line.out);
      begin(line);
    }
  }

  void begin(Line& line) {
    line.waiting = true;
    ++in_flight_;
    ++started_;
    // Requests are far smaller than a socket's buffer on the loopback: this does not block for
    // long.
    for (line.sent = 0; line.sent < line.out.size();) {
      const ssize_t n = ::send(line.socket, line.out.data() + line.sent,
                               line.out.size() - line.sent, MSG_NOSIGNAL);
      if (n <= 0) return fail(line);
      line.sent += static_cast<std::size_t>(n);
    }
  }

  void fail(Line& line) {
    if (line.waiting) --in_flight_;
    line.waiting = false;
    line.broken = true;
    ++report_.failed;
  }

  void wait() {
    std::array<epoll_event, 64> events{};
    const int ready = ::epoll_wait(poll_, events.data(), events.size(), 1);
    for (int i = 0; i < ready; ++i) read(lines_[events[std::size_t(i)].data.u64]);
  }

  void read(Line& line) {
    if (line.broken) return;
    std::array<char, 16'384> chunk{};
    const ssize_t got = ::recv(line.socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail(line);
    line.in.append(chunk.data(), std::size_t(got));
    const auto end = line.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const auto at = line.in.find("Content-Length: ");
    if (at == std::string::npos || at > end) return fail(line);
    const std::size_t size = std::strtoul(line.in.c_str() + at + 16, nullptr, 10);
    if (line.in.size() < end + 4 + size) return;
    answered(line, std::atoi(line.in.c_str() + 9));
    line.in.erase(0, end + 4 + size);
  }

  void answered(Line& line, int status) {
    const Duration now = clock_.elapsed();
    line.waiting = false;
    --in_flight_;
    if (status == 429) {
      ++report_.busy;
      line.not_before = now + kBusyPause;
      return;  // the same request again
    }
    line.out.clear();
    if (status != 200) return void(++report_.failed);
    ++report_.answered;
    report_.latencies_ms.push_back(static_cast<double>(now.us - line.due.us) / 1e3);
  }

  const LoadPlan& plan_;
  Clock& clock_;
  int poll_ = -1;
  std::vector<Line> lines_;
  LoadReport report_;
  Duration end_, due_;
  bool ended_ = false;
  std::size_t in_flight_ = 0;
  std::uint64_t started_ = 0;
};

}  // namespace

double LoadReport::percentile_ms(double percent) const {
  if (latencies_ms.empty()) return std::nan("");
  const double rank = percent / 100 * static_cast<double>(latencies_ms.size() - 1);
  return latencies_ms[static_cast<std::size_t>(std::lround(rank))];
}

LoadReport run_load(const LoadPlan& plan, Clock& clock) { return Generator(plan, clock).run(); }

}  // namespace cdp::bench
