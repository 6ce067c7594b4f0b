/* What the shared library offers. Everything else in it is hidden. For C and C++. */
#ifndef MOTET_EXPORT_H_
#define MOTET_EXPORT_H_

#if defined(__GNUC__)
#define MOTET_API __attribute__((visibility("default")))
#define MOTET_HIDDEN __attribute__((visibility("hidden"))) /* a private part of what is offered */
#else
#define MOTET_API
#define MOTET_HIDDEN
#endif

#endif /* MOTET_EXPORT_H_ */
