// Options of command lines that are numbers.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <string>

namespace motet::data {

// For CLI::Option::check. Unlike CLI11's own, it says what was found, refuses what is no number,
// and shows no limit of 309 digits.
inline CLI::Validator AtLeast(double least) {
  const auto check = [least](std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= least &&
        value <= std::numeric_limits<double>::max())
      return {};
    return fmt::format("is '{}', wanted a number of {} or more", text, least);
  };
  return {check, "", ""};
}
inline CLI::Validator MoreThanNothing() {
  const auto check = [](std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value > 0 &&
        value <= std::numeric_limits<double>::max())
      return {};
    return fmt::format("is '{}', wanted a number above 0", text);
  };
  return {check, "", ""};
}

}  // namespace motet::data
