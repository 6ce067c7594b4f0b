// The bodies of the Fourier transforms (kernels_impl.h says how they are compiled): eight rows at a
// time, a vector holding one value of each, so that every loop is one of whole vectors whatever the
// stage.
//
// A row of N real samples is transformed as N/2 complex ones, even samples and odd ones, by
// Stockham's radix-4 algorithm, which needs no reordering (Van Loan, "Computational Frameworks for
// the Fast Fourier Transform", 1992, 1.7 and 4.3).
#pragma once

#include "arithmetic/kernels.h"
#include "arithmetic/kernels_vectors.h"

namespace motet::core {
namespace {  // NOLINT(google-build-namespaces, cert-dcl59-cpp)

// Stands before a loop of eight steps that would be a large part of a small WebAssembly module.
#if defined(__wasm__)
#define MOTET_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define MOTET_ROLLED
#endif

constexpr size_t kRows = kFourierRows;
using Row __attribute__((vector_size(4 * kRows))) = float;

// By reference: not every instruction set passes such vectors in registers.
MOTET_INLINE void Get(const float* x, size_t i, Row& v) {
  __builtin_memcpy(&v, x + i * kRows, sizeof v);
}
MOTET_INLINE void Put(float* x, size_t i, const Row& v) {
  __builtin_memcpy(x + i * kRows, &v, sizeof v);
}

struct Complex {
  float* re;
  float* im;
};

// cos and sin of 2π/N times a number below N.
struct Turns {
  const float* cosines;
  const float* sines;
};

// y[at] = (re + i im) e^(-i angle).
MOTET_INLINE void PutTurned(const Complex& y, size_t at, const Row& re, const Row& im, float cosine,
                            float sine) {
  Put(y.re, at, re * cosine + im * sine);
  Put(y.im, at, im * cosine - re * sine);
}

// One stage: `stride` interleaved transforms of `length` values become four times as many of a
// quarter. A turn of 1/length is `step` places in the table.
void RadixFour(const Complex& x, const Complex& y, size_t length, size_t stride, size_t step,
               const Turns& turns) {
  const size_t quarter = length / 4;
  for (size_t p = 0; p < quarter; ++p) {
    const float c1 = turns.cosines[p * step], s1 = turns.sines[p * step];
    const float c2 = turns.cosines[2 * p * step], s2 = turns.sines[2 * p * step];
    const float c3 = turns.cosines[3 * p * step], s3 = turns.sines[3 * p * step];
    for (size_t q = 0; q < stride; ++q) {
      const size_t from = q + stride * p, to = q + 4 * stride * p, apart = stride * quarter;
      Row ar, ai, br, bi, cr, ci, dr, di;
      Get(x.re, from, ar);
      Get(x.im, from, ai);
      Get(x.re, from + apart, br);
      Get(x.im, from + apart, bi);
      Get(x.re, from + 2 * apart, cr);
      Get(x.im, from + 2 * apart, ci);
      Get(x.re, from + 3 * apart, dr);
      Get(x.im, from + 3 * apart, di);
      const Row er = ar + cr, ei = ai + ci, fr = ar - cr, fi = ai - ci;
      const Row gr = br + dr, gi = bi + di, hr = br - dr, hi = bi - di;
      Put(y.re, to, er + gr);
      Put(y.im, to, ei + gi);
      PutTurned(y, to + stride, fr + hi, fi - hr, c1, s1);
      PutTurned(y, to + 2 * stride, er - gr, ei - gi, c2, s2);
      PutTurned(y, to + 3 * stride, fr - hi, fi + hr, c3, s3);
    }
  }
}

// The last stage, where `length` has an odd number of twos.
void RadixTwo(const Complex& x, const Complex& y, size_t stride) {
  for (size_t q = 0; q < stride; ++q) {
    Row ar, ai, br, bi;
    Get(x.re, q, ar);
    Get(x.im, q, ai);
    Get(x.re, q + stride, br);
    Get(x.im, q + stride, bi);
    Put(y.re, q, ar + br);
    Put(y.im, q, ai + bi);
    Put(y.re, q + stride, ar - br);
    Put(y.im, q + stride, ai - bi);
  }
}

// Any length, by the definition: models have powers of two.
void Direct(const Complex& x, const Complex& y, size_t length, const Turns& turns) {
  for (size_t k = 0; k < length; ++k) {
    Row re{}, im{};
    for (size_t n = 0; n < length; ++n) {
      const float cosine = turns.cosines[2 * (k * n % length)];
      const float sine = turns.sines[2 * (k * n % length)];
      Row xr, xi;
      Get(x.re, n, xr);
      Get(x.im, n, xi);
      re += xr * cosine + xi * sine;
      im += xi * cosine - xr * sine;
    }
    Put(y.re, k, re);
    Put(y.im, k, im);
  }
}

// From x to where the result points, which is x or y.
Complex Transform(Complex x, Complex y, size_t length, const Turns& turns) {
  if ((length & (length - 1)) != 0) {
    Direct(x, y, length, turns);
    return y;
  }
  size_t stride = 1;
  for (size_t left = length; left > 1;) {
    if (left == 2) {
      RadixTwo(x, y, stride);
      left = 1;
    } else {
      RadixFour(x, y, left, stride, 2 * stride, turns);
      left /= 4;
      stride *= 4;
    }
    const Complex other = x;
    x = y;
    y = other;
  }
  return x;
}

// The parts of the scratch: two complex signals of N/2 values.
MOTET_INLINE void Divide(float* scratch, size_t half, Complex* x, Complex* y) {
  *x = {scratch, scratch + half * kRows};
  *y = {scratch + 2 * half * kRows, scratch + 3 * half * kRows};
}

// Eight vectors become eight others: value j of vector i and value i of vector j change places.
MOTET_INLINE void Transpose(Row (&v)[kRows]) {
  for (size_t i = 0; i < 4; ++i) {
    const Row a = v[i], b = v[i + 4];
    v[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    v[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (size_t pair = 0; pair < 4; ++pair) {
    const size_t i = pair + (pair & 2);
    const Row a = v[i], b = v[i + 2];
    v[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
    v[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (size_t i = 0; i < kRows; i += 2) {
    const Row a = v[i], b = v[i + 1];
    v[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
    v[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
  }
}

// Eight values from `at` on of each row; those of rows that are not there are the first row's.
void LoadRows(const float* x, size_t rows, size_t size, size_t at, Row (&v)[kRows]) {
  for (size_t r = 0; r < kRows; ++r)
    __builtin_memcpy(&v[r], x + (r < rows ? r : 0) * size + at, sizeof v[r]);
  Transpose(v);
}

void StoreRows(Row (&v)[kRows], size_t rows, size_t size, size_t at, float* x) {
  Transpose(v);
  for (size_t r = 0; r < rows; ++r) __builtin_memcpy(x + r * size + at, &v[r], sizeof v[r]);
}

void FourierLoop(const float* windows, size_t rows, size_t size, const float* taper,
                 const float* turn_table, float* scratch, float* spectra) {
  const size_t half = size / 2;
  const Turns turns = {turn_table, turn_table + size};
  Complex x, y;
  Divide(scratch, half, &x, &y);
  size_t n = 0;
  for (; n + kRows <= size; n += kRows) {
    Row v[kRows];
    LoadRows(windows, rows, size, n, v);
    MOTET_ROLLED
    for (size_t j = 0; j < kRows; ++j)
      Put(j % 2 == 0 ? x.re : x.im, (n + j) / 2, v[j] * taper[n + j]);
  }
  for (; n < size; ++n) {
    float* const part = n % 2 == 0 ? x.re : x.im;
    for (size_t r = 0; r < kRows; ++r)
      part[n / 2 * kRows + r] = windows[(r < rows ? r : 0) * size + n] * taper[n];
  }
  const Complex z = Transform(x, y, half, turns);
  const auto bin = [&](size_t k, Row & re, Row & im) __attribute__((always_inline)) {
    const size_t here = k % half, mirrored = (half - k) % half;
    Row a, b, c, d;
    Get(z.re, here, a);
    Get(z.im, here, b);
    Get(z.re, mirrored, c);
    Get(z.im, mirrored, d);
    const Row odd_re = b + d, odd_im = c - a;
    const float cosine = turns.cosines[k], sine = turns.sines[k];
    re = a + c + odd_re * cosine + odd_im * sine;
    im = b - d + odd_im * cosine - odd_re * sine;
  };
  size_t k = 0;
  for (; k + kRows <= half; k += kRows) {
    Row re[kRows], im[kRows];
    MOTET_ROLLED
    for (size_t j = 0; j < kRows; ++j) bin(k + j, re[j], im[j]);
    StoreRows(re, rows, size, k, spectra);
    StoreRows(im, rows, size, half + k, spectra);
  }
  for (; k <= half; ++k) {
    Row re, im;
    bin(k, re, im);
    // The last real part takes the place of the first imaginary one, which is 0.
    for (size_t r = 0; r < rows; ++r) spectra[r * size + k] = re[r];
    for (size_t r = 0; r < rows && k > 0 && k < half; ++r) spectra[r * size + half + k] = im[r];
  }
}

void InverseFourierLoop(const float* spectra, size_t rows, size_t size, const float* taper,
                        const float* turn_table, float* scratch, float* windows) {
  const size_t half = size / 2;
  const Turns turns = {turn_table, turn_table + size};
  Complex x, y;
  Divide(scratch, half, &x, &y);
  // Of bin k (a, b) and its mirror image (c, d).
  const auto put = [&](size_t k, const Row& a, const Row& b, const Row& c, const Row& d)
      __attribute__((always_inline)) {
    const float cosine = turns.cosines[k], sine = turns.sines[k];
    const Row odd_re = (a - c) * cosine - (b + d) * sine;
    const Row odd_im = (a - c) * sine + (b + d) * cosine;
    Put(x.re, k, a + c - odd_im);
    Put(x.im, k, b - d + odd_re);
  };
  const auto put_one = [&](size_t k) __attribute__((always_inline)) {
    Row a, b, c, d;
    for (size_t r = 0; r < kRows; ++r) {
      const float* const row = spectra + (r < rows ? r : 0) * size;
      a[r] = row[k];
      b[r] = k == 0 ? 0 : row[half + k];
      c[r] = row[half - k];
      d[r] = k == 0 ? 0 : row[size - k];
    }
    put(k, a, b, c, d);
  };
  put_one(0);
  size_t k = 1;
  for (; k + kRows <= half; k += kRows) {
    Row a[kRows], b[kRows], c[kRows], d[kRows];
    LoadRows(spectra, rows, size, k, a);
    LoadRows(spectra, rows, size, half + k, b);
    LoadRows(spectra, rows, size, half - k - (kRows - 1), c);
    LoadRows(spectra, rows, size, size - k - (kRows - 1), d);
    MOTET_ROLLED
    for (size_t j = 0; j < kRows; ++j) put(k + j, a[j], b[j], c[kRows - 1 - j], d[kRows - 1 - j]);
  }
  for (; k < half; ++k) put_one(k);
  // With the parts exchanged the transform is the inverse.
  const Complex z = Transform({x.im, x.re}, {y.im, y.re}, half, turns);
  size_t n = 0;
  for (; n + kRows <= size; n += kRows) {
    Row v[kRows];
    MOTET_ROLLED
    for (size_t j = 0; j < kRows; ++j) {
      Get(j % 2 == 0 ? z.im : z.re, (n + j) / 2, v[j]);
      v[j] = v[j] * taper[n + j];
    }
    StoreRows(v, rows, size, n, windows);
  }
  for (; n < size; ++n) {
    const float* const part = n % 2 == 0 ? z.im : z.re;
    for (size_t r = 0; r < rows; ++r) windows[r * size + n] = taper[n] * part[n / 2 * kRows + r];
  }
}

}  // namespace
}  // namespace motet::core
