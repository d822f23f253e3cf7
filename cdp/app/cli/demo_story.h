// DemoStory: what `cdp demo` tells, act by act. Every claim is checked before it is told: an Error
// names the check that failed.
//
// Thread-safety: one thread. Lifetime: stage and screen outlive it.
#pragma once

#include "cdp/app/cli/demo_shop.h"
#include "cdp/app/cli/demo_stage.h"

namespace cdp::app::cli {

class DemoStory {
 public:
  DemoStory(DemoStage& stage, Screen& screen, Clock& clock, const DemoShop& shop)
      : stage_(stage), screen_(screen), clock_(clock), shop_(shop) {}

  Result<void> tell();
  // `program`: what to type for cdp.
  void tell_what_next(const std::string& program);

 private:
  Result<void> feed();
  Result<void> feed_webhooks();
  Result<void> feed_file_and_stream();
  Result<void> refuse_forgery();
  Result<void> merge();
  Result<void> look();
  Result<void> look_as_officer();
  Result<void> deliver();
  Result<void> check_delivery(const DemoReceived& delivery, std::size_t* attributes);
  Result<void> withdraw();
  Result<void> forget();
  Result<void> stay_forgotten();
  Result<void> prove();
  Result<void> break_proof(const std::filesystem::path& exported);
  Result<void> own_page();
  Result<std::string> preference_path(const DemoPerson& person);

  void act(std::string_view title);
  void say(std::string_view text);
  Result<json::Document> lookup(const DemoPerson& person);
  bool wait_received(std::string_view type, const std::string& subject);

  DemoStage& stage_;
  Screen& screen_;
  Clock& clock_;
  const DemoShop& shop_;
  int acts_ = 0;
  std::vector<http::Request> shopify_, mailchimp_;
};

}  // namespace cdp::app::cli
