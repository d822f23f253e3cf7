#include "tests/laws/source_tree.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace cdp::laws {
namespace {

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to && i < text.size(); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

std::size_t or_end(std::size_t found, std::size_t extra, std::size_t end) {
  return found == std::string::npos ? end : found + extra;
}

// The end of a raw string whose R stands at `at`.
std::size_t raw_end(const std::string& text, std::size_t at) {
  const auto open = text.find('(', at);
  if (open == std::string::npos) return text.size();
  const auto closing = ")" + text.substr(at + 2, open - at - 2) + "\"";
  return or_end(text.find(closing, open), closing.size(), text.size());
}

std::size_t quoted_end(const std::string& text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at]) {
      return i + 1;
    }
  }
  return text.size();
}

// 1'000 and 0xff'ff: an apostrophe inside a number. U'+' and u8'a' are characters.
bool separates_digits(const std::string& text, std::size_t at) {
  auto begin = at;
  while (begin > 0 && (is_identifier(text[begin - 1]) || text[begin - 1] == '\'')) --begin;
  return begin < at && std::isdigit(static_cast<unsigned char>(text[begin])) != 0;
}

enum class Piece { code, comment, literal };
struct Span {
  Piece kind = Piece::code;
  std::size_t end = 0;
};

// What begins at `at`; code is taken one character at a time.
Span piece_at(const std::string& text, std::size_t at) {
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  const bool after_name = at > 0 && is_identifier(text[at - 1]);
  if (c == '/' && next == '/') return {Piece::comment, or_end(text.find('\n', at), 0, text.size())};
  if (c == '/' && next == '*') {
    return {Piece::comment, or_end(text.find("*/", at + 2), 2, text.size())};
  }
  if (c == 'R' && next == '"' && !after_name) return {Piece::literal, raw_end(text, at)};
  if (c == '"') return {Piece::literal, quoted_end(text, at)};
  if (c == '\'' && !separates_digits(text, at)) return {Piece::literal, quoted_end(text, at)};
  return {Piece::code, at + 1};
}

void blank_preprocessor(std::string& bare) {
  std::size_t start = 0;
  bool continued = false;
  while (start < bare.size()) {
    const auto end = or_end(bare.find('\n', start), 0, bare.size());
    const auto first = bare.find_first_not_of(" \t", start);
    const bool directive = continued || (first < end && bare[first] == '#');
    continued = directive && end > start && bare[end - 1] == '\\';
    if (directive) blank(bare, start, end);
    start = end + 1;
  }
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

// Removes `template <...>` so that its keywords and defaults do not look like the declaration's.
std::string without_template(std::string head) {
  for (;;) {
    const auto words = find_word(head, "template");
    if (words.empty()) return head;
    auto at = words.front() + 8;
    int depth = 0;
    do {
      if (at < head.size() && head[at] == '<') ++depth;
      if (at < head.size() && head[at] == '>') --depth;
      ++at;
    } while (at < head.size() && (depth > 0 || head[at - 1] == ' '));
    blank(head, words.front(), at);
  }
}

// What may stand between a parameter list and the body.
bool is_function_tail(std::string_view rest) {
  const auto tail = trimmed(rest);
  if (tail.empty()) return true;
  for (const std::string_view word :
       {"const", "noexcept", "override", "final", "mutable", "requires", "try", "&", "->"}) {
    if (tail.starts_with(word)) return true;
  }
  return tail.starts_with(":") && !tail.starts_with("::");
}

// The name of the function whose signature is `head`, or nothing when it is no signature.
std::string function_name(const std::string& head) {
  int depth = 0;
  std::size_t open = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '(' && depth++ == 0) open = i;
    if (head[i] != ')' || --depth != 0) continue;
    if (!is_function_tail(std::string_view(head).substr(i + 1))) continue;
    auto end = open;
    while (end > 0 && head[end - 1] == ' ') --end;
    auto begin = end;
    while (begin > 0 && (is_identifier(head[begin - 1]) || head[begin - 1] == ':')) --begin;
    if (begin < end && head.substr(begin, end - begin).starts_with("TEST")) {
      return trimmed(std::string_view(head).substr(begin, i + 1 - begin));
    }
    return begin < end ? head.substr(begin, end - begin) : "operator";
  }
  return {};
}

bool opens_scope(const std::string& head) {
  for (const std::string_view word : {"namespace", "class", "struct", "union", "extern"}) {
    if (!find_word(head, word).empty()) return true;
  }
  return false;
}

// `public:` and its sisters are no part of the signature that follows.
bool ends_access_label(std::string_view upto) {
  return upto.ends_with("public") || upto.ends_with("private") || upto.ends_with("protected");
}

std::size_t matching_brace(const std::string& bare, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < bare.size(); ++i) {
    if (bare[i] == '{') ++depth;
    if (bare[i] == '}' && --depth == 0) return i;
  }
  return bare.size() - 1;
}

}  // namespace

SourceFile scan(std::string path, std::string text) {
  SourceFile file{std::move(path), std::move(text), {}, {}};
  file.code = file.text;
  file.bare = file.text;
  for (std::size_t at = 0; at < file.text.size();) {
    const auto piece = piece_at(file.text, at);
    if (piece.kind == Piece::comment) blank(file.code, at, piece.end);
    if (piece.kind != Piece::code) blank(file.bare, at, piece.end);
    at = std::max(piece.end, at + 1);
  }
  blank_preprocessor(file.bare);
  return file;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> all_files() {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (auto it = fs::recursive_directory_iterator("."); it != fs::recursive_directory_iterator();
       ++it) {
    const auto name = it->path().filename().string();
    if (it->is_directory() && (name == "build" || name == "node_modules" || name == ".git")) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      files.push_back(it->path().lexically_normal().generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<SourceFile> read_tree(const std::vector<std::string>& folders) {
  std::vector<SourceFile> tree;
  for (const auto& path : all_files()) {
    const bool ours = std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      return starts_with_folder(path, folder);
    });
    if (ours && (path.ends_with(".h") || path.ends_with(".cc"))) {
      tree.push_back(scan(path, read_file(path)));
    }
  }
  return tree;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::size_t line_count(std::string_view text) { return lines_of(text).size(); }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> found;
  std::size_t number = 0;
  for (const auto& line : lines_of(file.code)) {
    ++number;
    const auto text = trimmed(line);
    if (!text.starts_with("#include")) continue;
    const auto open = text.find_first_of("\"<");
    if (open == std::string::npos) continue;
    const auto close = text.find_first_of("\">", open + 1);
    if (close == std::string::npos) continue;
    found.push_back({text.substr(open + 1, close - open - 1), text[open] == '"', number});
  }
  return found;
}

std::vector<Literal> literals_of(const SourceFile& file) {
  std::vector<Literal> found;
  for (std::size_t at = 0; at < file.code.size();) {
    const auto piece = piece_at(file.code, at);
    if (piece.kind == Piece::literal && file.code[at] != '\'') {
      const auto body = file.code.substr(at, piece.end - at);
      const auto first = body.find_first_of("(\"") + 1;
      found.push_back({body.substr(first), line_of(file.code, at)});
      if (!found.back().value.empty()) found.back().value.pop_back();
    }
    at = std::max(piece.end, at + 1);
  }
  return found;
}

std::vector<FunctionSpan> functions_of(const SourceFile& file) {
  std::vector<FunctionSpan> found;
  const auto& bare = file.bare;
  std::size_t head_start = 0;
  for (std::size_t i = 0; i < bare.size(); ++i) {
    const bool label = bare[i] == ':' && ends_access_label(std::string_view(bare).substr(0, i));
    if (bare[i] == ';' || bare[i] == '}' || label) head_start = i + 1;
    if (bare[i] != '{') continue;
    const auto head = without_template(bare.substr(head_start, i - head_start));
    const auto name = function_name(head);
    const auto first = bare.find_first_not_of(" \t\n", head_start);
    if (name.empty() && opens_scope(head)) {
      head_start = i + 1;
      continue;
    }
    const auto close = matching_brace(bare, i);
    if (!name.empty()) found.push_back({name, line_of(bare, first), line_of(bare, close)});
    i = close;
    // `: a_{1}, b_(2) {`: a brace in an initialiser list is followed by the rest of the signature.
    const auto after = bare.find_first_not_of(" \t\n", close + 1);
    const bool unfinished =
        after != std::string::npos && (bare[after] == ',' || bare[after] == '{');
    if (unfinished && !name.empty()) {
      found.pop_back();
    } else {
      head_start = close + 1;
    }
  }
  return found;
}

std::vector<std::size_t> find_word(std::string_view bare, std::string_view word, bool call) {
  std::vector<std::size_t> found;
  for (auto at = bare.find(word); at != std::string_view::npos; at = bare.find(word, at + 1)) {
    if (at > 0 && is_identifier(bare[at - 1])) continue;
    auto after = at + word.size();
    if (after < bare.size() && is_identifier(bare[after])) continue;
    while (call && after < bare.size() && bare[after] == ' ') ++after;
    if (call && (after >= bare.size() || bare[after] != '(')) continue;
    found.push_back(at);
  }
  return found;
}

bool starts_with_folder(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

}  // namespace cdp::laws
