// The tree as the laws read it: every C++ file with its text, and the same text without comments or
// without comments and literals, at equal length so that line numbers agree.
//
// Not a compiler: a scanner for C++ as this project writes it. Thread-safety: values; read_tree()
// reads the disk each time. The working directory is the repo root.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cdp::laws {

struct SourceFile {
  std::string path;  // from the repo root, '/' between folders
  std::string text;  // as written
  std::string code;  // comments blanked
  std::string bare;  // comments, literals and preprocessor lines blanked
};

SourceFile scan(std::string path, std::string text);

// The .h and .cc files below these folders (from the repo root), sorted by path.
std::vector<SourceFile> read_tree(const std::vector<std::string>& folders);

inline const std::vector<std::string> kProduct = {"cdp", "identity", "consent", "connectors",
                                                  "compliance"};
inline const std::vector<std::string> kProductAndTests = {"cdp",        "identity",   "consent",
                                                          "connectors", "compliance", "tests"};

// Every file of the house except what is built or installed (build, node_modules, .git), sorted.
std::vector<std::string> all_files();
std::string read_file(const std::string& path);

std::size_t line_of(std::string_view text, std::size_t offset);  // from 1
std::size_t line_count(std::string_view text);
std::vector<std::string> lines_of(std::string_view text);

struct Include {
  std::string header;
  bool quoted = false;
  std::size_t line = 0;
};
std::vector<Include> includes_of(const SourceFile& file);

struct Literal {
  std::string value;  // between the quotes, escapes as written
  std::size_t line = 0;
};
std::vector<Literal> literals_of(const SourceFile& file);

// A function, from the first character of its signature to its closing brace. Lambdas belong to
// the function that holds them.
struct FunctionSpan {
  std::string name;
  std::size_t first_line = 0;
  std::size_t last_line = 0;
  std::size_t lines() const { return last_line - first_line + 1; }
};
std::vector<FunctionSpan> functions_of(const SourceFile& file);

// Offsets of `word` with no identifier character on either side; with `call`, only where an opening
// parenthesis follows.
std::vector<std::size_t> find_word(std::string_view bare, std::string_view word, bool call = false);

bool starts_with_folder(std::string_view path, std::string_view folder);

}  // namespace cdp::laws
