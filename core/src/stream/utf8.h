// Whether bytes are well-formed UTF-8 (RFC 3629).
#pragma once

#include <string_view>

namespace motet {

bool IsUtf8(std::string_view text);

}  // namespace motet
