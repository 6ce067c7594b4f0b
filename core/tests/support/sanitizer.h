// Whether this is compiled with the address sanitizer: GCC and Clang say it in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define MOTET_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MOTET_ADDRESS_SANITIZER 1
#endif
#endif

#ifndef MOTET_ADDRESS_SANITIZER
#define MOTET_ADDRESS_SANITIZER 0
#endif
