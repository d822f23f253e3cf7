#include "cdp/app/cli/caller.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace cdp::app::cli {
namespace {

TEST(RunBeside, LooksOnTheCallersThreadUntilTheJobHasAnAnswer) {
  std::promise<void> seen_twice;
  const auto here = std::this_thread::get_id();
  std::thread::id job_thread;
  int looks = 0;
  const auto answer = run_beside(
      [&]() -> Result<http::Response> {
        job_thread = std::this_thread::get_id();
        seen_twice.get_future().wait();
        return http::Response::text(200, "done");
      },
      [&] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        if (++looks == 2) seen_twice.set_value();
      });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "done");
  EXPECT_NE(job_thread, here);
  EXPECT_GE(looks, 2);
}

TEST(RunBeside, HandsAnErrorOn) {
  const auto answer = run_beside(
      []() -> Result<http::Response> { return fail(ErrorCode::unavailable, "no answer"); }, [] {});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace cdp::app::cli
