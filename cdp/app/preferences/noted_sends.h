// NotedSends: a way out that says, before each message, that there is one, and passes it on. By it
// a MailLane knows which of its jobs wrote to somebody, whatever the job itself counts.
//
// Thread-safety: that of what it passes on to, and of the note. Lifetime: both ways out outlive it.
#pragma once

#include <functional>

#include "connectors/transport/outbound_request.h"
#include "connectors/transport/smtp_relay.h"

namespace cdp::app {

class NotedSends final : public connectors::transport::Transport,
                         public connectors::transport::LetterCarrier {
 public:
  NotedSends(connectors::transport::Transport& webhooks,
             connectors::transport::LetterCarrier& relay, std::function<void()> note)
      : webhooks_(webhooks), relay_(relay), note_(std::move(note)) {}

  connectors::transport::Answer send(connectors::transport::OutboundRequest request) override {
    note_();
    return webhooks_.send(std::move(request));
  }
  connectors::transport::Answer send(connectors::transport::OutboundLetter letter) override {
    note_();
    return relay_.send(std::move(letter));
  }

 private:
  connectors::transport::Transport& webhooks_;
  connectors::transport::LetterCarrier& relay_;
  std::function<void()> note_;
};

}  // namespace cdp::app
