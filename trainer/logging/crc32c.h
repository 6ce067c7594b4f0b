// CRC-32C (Castagnoli), the checksum of iSCSI and of TFRecord files.
#pragma once

#include <cstdint>
#include <string_view>

namespace motet::logging {

// RFC 3720, appendix B.4: polynomial 0x1EDC6F41 reflected, initial and final complement.
std::uint32_t Crc32c(std::string_view bytes);

}  // namespace motet::logging
