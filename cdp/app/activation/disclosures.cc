#include "cdp/app/activation/disclosures.h"

#include <algorithm>
#include <future>

namespace cdp::app {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

// The names, sorted, and the category of each.
void note_attributes(const consent::ConsentedView& view, store::Disclosure& row) {
  std::vector<std::pair<std::string_view, std::string_view>> shown;
  for (const auto& attribute : view.attributes()) {
    shown.emplace_back(attribute.name, attribute.category);
  }
  std::ranges::sort(shown);
  std::string_view comma;
  for (const auto& [name, category] : shown) {
    row.attributes.append(comma).append(name);
    row.categories.append(comma).append(category);
    comma = ",";
  }
}

audit::Entry disclosure_entry(const store::Disclosure& row, const std::string& policy_version) {
  audit::Entry entry;
  entry.kind = "disclosure";
  entry.at = row.last_at;
  entry.fields["destination"] = row.destination;
  entry.fields["purpose"] = row.purpose;
  entry.fields["attributes"] = row.attributes;
  entry.fields["policy"] = policy_version.substr(0, 16);
  return entry;
}

}  // namespace

void Disclosures::record(const consent::ConsentedView& view, PersonaOrdinal subject,
                         const std::string& policy_version,
                         std::function<void(Result<void>)> then) {
  store::Disclosure row;
  row.persona = subject;
  row.destination = view.destination();
  row.purpose = view.purpose();
  note_attributes(view, row);
  row.vendor_id = view.subject();
  row.position = view.position();
  row.last_at = clock_.now();
  row.hour = row.last_at.us / kHourUs;
  const Key key{subject,       row.destination, row.purpose, row.attributes,
                row.vendor_id, policy_version,  row.hour};
  const bool repeat = book_.write([&](Book& book) {
    const auto found = book.seen.find(key);
    if (found == book.seen.end()) return false;
    ++found->second.unwritten;
    found->second.row.last_at = row.last_at;
    return true;
  });
  if (repeat) return then({});
  Command command;
  command.may_run_beside = true;
  command.fill = [row, policy_version](BatchBuilder& builder) -> Result<void> {
    // An erasure has told the vendors already: nothing more may reach them (invariant 2).
    if (builder.is_ended(row.persona)) {
      return fail(ErrorCode::unavailable, "the disclosure was not recorded", "ask again");
    }
    CDP_CHECK(builder.audit(disclosure_entry(row, policy_version), row.persona));
    builder.batch().disclosures.push_back(row);
    return {};
  };
  command.done = [this, key, row, then = std::move(then)](Result<void> result) {
    // The book of an hour that has passed leaves with the next flush.
    if (result) book_.write([&](Book& book) { book.seen.try_emplace(key, Seen{row, 0}); });
    then(std::move(result));
  };
  writer_.command(std::move(command));
}

Result<void> Disclosures::record(const consent::ConsentedView& view, PersonaOrdinal subject,
                                 const std::string& policy_version) {
  std::promise<Result<void>> promise;
  auto answer = promise.get_future();
  record(view, subject, policy_version,
         [&](Result<void> result) { promise.set_value(std::move(result)); });
  return answer.get();
}

void Disclosures::record_miss(const std::string& destination, const std::string& purpose,
                              const Token& asked, std::function<void(Result<void>)> then) {
  const Time now = clock_.now();
  const std::int64_t hour = now.us / kHourUs;
  const bool repeat = book_.write([&](Book& book) {
    auto& last = book.missed[{destination, purpose, asked}];
    return std::exchange(last, hour) == hour;
  });
  if (repeat) return then({});
  Command command;
  command.may_run_beside = true;
  command.fill = [destination, purpose, now](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "lookup_missed";
    entry.at = now;
    entry.fields["destination"] = destination;
    entry.fields["purpose"] = purpose;
    return builder.audit(entry);
  };
  command.done = std::move(then);
  writer_.command(std::move(command));
}

void Disclosures::flush() {
  std::vector<store::Disclosure> rows;
  const std::int64_t hour = clock_.now().us / kHourUs;
  book_.write([&](Book& book) {
    for (auto& [key, seen] : book.seen) {
      if (seen.unwritten == 0) continue;
      store::Disclosure row = seen.row;
      row.count = std::exchange(seen.unwritten, 0);
      rows.push_back(std::move(row));
    }
    std::erase_if(book.seen, [&](const auto& entry) { return std::get<6>(entry.first) < hour; });
    std::erase_if(book.missed, [&](const auto& entry) { return entry.second < hour; });
  });
  if (rows.empty()) return;
  writer_.command({[rows](BatchBuilder& builder) -> Result<void> {
                     auto& out = builder.batch().disclosures;
                     out.insert(out.end(), rows.begin(), rows.end());
                     return {};
                   },
                   nullptr, nullptr, true, true});
}

void Disclosures::forget(const std::vector<PersonaOrdinal>& personas) {
  book_.write([&](Book& book) {
    std::erase_if(book.seen, [&](const auto& entry) {
      return std::find(personas.begin(), personas.end(), std::get<0>(entry.first)) !=
             personas.end();
    });
  });
}

}  // namespace cdp::app
