// The program under test and its arguments, as execv takes them.
#pragma once

#include <string>
#include <vector>

namespace motet::cli {

class ProgramArguments {
 public:
  explicit ProgramArguments(const std::vector<std::string>& arguments) : words_({MOTET_PROGRAM}) {
    words_.insert(words_.end(), arguments.begin(), arguments.end());
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  ProgramArguments(const ProgramArguments&) = delete;
  ProgramArguments& operator=(const ProgramArguments&) = delete;

  const char* program() const { return pointers_[0]; }
  char* const* argv() const { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;  // to words_, ended by null
};

}  // namespace motet::cli
