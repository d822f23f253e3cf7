// SubjectMessage: a passport to the person's own proven contact point, and to nowhere else: a link
// to the preference page, a double opt-in, a notice, a code. Carries no attribute, only words of
// ours and a link or a code (DESIGN §1). Minted by MessageDesk.
//
// Thread-safety: a value; moved, never copied; sending it consumes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdp::consent {

class SubjectMessage {
 public:
  enum class Kind : std::uint8_t {
    double_opt_in = 1,
    preference_link = 2,
    notice = 3,
    phone_code = 4
  };

  SubjectMessage(SubjectMessage&&) noexcept = default;
  SubjectMessage& operator=(SubjectMessage&&) noexcept = default;
  SubjectMessage(const SubjectMessage&) = delete;
  SubjectMessage& operator=(const SubjectMessage&) = delete;

  Kind kind() const { return kind_; }
  const std::string& channel() const { return channel_; }  // "email", "sms"
  const std::string& address() const { return address_; }
  const std::string& language() const { return language_; }  // "de"
  const std::string& link() const { return link_; }          // single-use; empty for a notice
  const std::string& code() const { return code_; }          // of a phone_code; single-use

 private:
  friend class MessageDesk;
  SubjectMessage() = default;

  Kind kind_ = Kind::notice;
  std::string channel_;
  std::string address_;
  std::string language_;
  std::string link_;
  std::string code_;
};

std::string_view to_string(SubjectMessage::Kind kind);

}  // namespace cdp::consent
