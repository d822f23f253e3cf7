#include "cdp/app/cli/verb.h"

#include "cdp/app/cli/caller.h"

namespace cdp::app::cli {

namespace {

using Watch = std::function<void(Caller&)>;

http::Request request_of(const std::string& method, const std::string& path,
                         const std::string& body) {
  http::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
  return request;
}

Result<json::Document> document_of(Result<http::Response> response) {
  if (!response) return fail(response.error());
  if (response->status < 200 || response->status > 299) return fail(error_of(*response));
  return json::Document::parse(response->body);
}

void show_progress(Screen& screen, const json::Value& told) {
  const auto running = told.get("running");
  const auto done = told.get("done");
  if (!running || !running->boolean().value_or(false) || !done) return;
  screen.progress(told.text("step").value_or(""), done->number().value_or(0));
}

}  // namespace

Invocation::Invocation(World world, std::map<std::string, std::vector<std::string>> given)
    : world_(std::move(world)), given_(std::move(given)) {}
Invocation::~Invocation() = default;

bool Invocation::has(const std::string& option) const { return given_.contains(option); }

std::string Invocation::text(const std::string& option) const {
  const auto found = given_.find(option);
  return found == given_.end() || found->second.empty() ? std::string() : found->second.front();
}

std::vector<std::string> Invocation::list(const std::string& option) const {
  const auto found = given_.find(option);
  return found == given_.end() ? std::vector<std::string>() : found->second;
}

std::filesystem::path Invocation::directory() const {
  const std::string named = has("DIR") ? text("DIR") : text("dir");
  std::error_code ignored;
  auto path = std::filesystem::absolute(named.empty() ? "." : named, ignored).lexically_normal();
  return path.has_filename() ? path : path.parent_path();  // "dir/" means "dir"
}

Result<Caller*> Invocation::caller() {
  if (!caller_) {
    CDP_TRY(caller_, Caller::open(*this));
  }
  return caller_.get();
}

Result<json::Document> Invocation::ask(const std::string& method, const std::string& path,
                                       const std::string& body) {
  CDP_TRY(Caller * reached, caller());
  return document_of(reached->call(request_of(method, path, body)));
}

Result<json::Document> Invocation::ask_long(const std::string& method, const std::string& path,
                                            const std::string& body, const std::string& progress) {
  CDP_TRY(Caller * reached, caller());
  const auto show = [&](Caller& calls) {
    const auto told = document_of(calls.call(request_of("GET", progress, "")));
    if (told) show_progress(screen(), told->root());
  };
  auto response = reached->call_long(request_of(method, path, body),
                                     screen().shows_progress() ? show : Watch());
  screen().progress_end();
  return document_of(std::move(response));
}

void JsonObject::key(std::string_view name) {
  if (out_.size() > 1) out_ += ",";
  out_ += json::quote(name) + ":";
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  key(name);
  out_ += json::quote(value);
  return *this;
}

JsonObject& JsonObject::texts(std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return *this;
  key(name);
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + json::quote(value);
  out_ += "[" + list + "]";
  return *this;
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  key(name);
  out_ += json;
  return *this;
}

}  // namespace cdp::app::cli
