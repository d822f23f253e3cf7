// One parsed Mailchimp form -> one verdict. The words are in mailchimp_source.h.
//
// Thread-safety: pure. Lifetime: a Form points into the list it was made from.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::connectors::mailchimp {

class Form {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  explicit Form(const Fields& fields) : fields_(fields) {}
  // First value; empty when absent.
  std::string_view get(std::string_view name) const;
  const Fields& fields() const { return fields_; }

 private:
  const Fields& fields_;
};

Translated translate_form(const Form& form, const consent::SourceConfig& config, Time received_at);

}  // namespace cdp::connectors::mailchimp
