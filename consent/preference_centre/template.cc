#include "consent/preference_centre/template.h"

#include <kainjow/mustache.hpp>

namespace cdp::consent::preference_centre {
namespace {

namespace mustache = kainjow::mustache;

mustache::data data_of(const Fields& fields) {
  mustache::data out;
  for (const auto& [name, value] : fields.values()) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      out.set(name, *text);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      out.set(name, *flag);
    } else {
      mustache::data list{mustache::data::type::list};
      for (const auto& row : std::get<std::vector<Fields>>(value)) list.push_back(data_of(row));
      out.set(name, list);
    }
  }
  return out;
}

std::string template_text(std::string_view name) {
  return std::string(embedded_file("templates/" + std::string(name) + ".mustache"));
}

void add_part(mustache::data* data, const std::string& as, std::string text) {
  data->set(as, mustache::data(mustache::partial([text = std::move(text)] { return text; })));
}

}  // namespace

Result<std::string> render_page(std::string_view name, const Fields& fields) {
  const std::string body = template_text(name);
  mustache::mustache frame(template_text("frame"));
  if (body.empty() || !frame.is_valid() || !mustache::mustache(body).is_valid()) {
    return fail(ErrorCode::internal, "a page's template is missing or malformed",
                "report this as a bug");
  }
  mustache::data data = data_of(fields);
  add_part(&data, "page_body", body);
  add_part(&data, "purpose_words", template_text("purpose_words"));
  return frame.render(data);
}

Result<std::string> render_mail(std::string_view name, const Fields& fields) {
  const std::string text = template_text(name);
  mustache::mustache mail(text);
  if (text.empty() || !mail.is_valid()) {
    return fail(ErrorCode::internal, "a mail's template is missing or malformed",
                "report this as a bug");
  }
  return mail.render(data_of(fields));
}

}  // namespace cdp::consent::preference_centre
