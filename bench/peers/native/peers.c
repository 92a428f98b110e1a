/* peers LIBRARY OPERATION TYPE ROWS COLUMNS INPUT OUTPUT

   The native limit: softmax and its kin with the vector exponentials of libmvec and SLEEF, AVX2, and the operators of
   XNNPACK. Reads raw numbers from the file INPUT, prints "ready" or "missing", then answers the lines of its input:
     run N    computes N times and prints the nanoseconds that took
     write    computes once and writes the results to the file OUTPUT */
#define _GNU_SOURCE
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void Compute(const void *x, void *y, size_t rows, size_t columns);

/* ---- f32 */
#define T float
#define V __m256
#define WIDTH 8
#define OP(f) _mm256_##f##_ps
#define SCALAR_LOG logf
#ifdef WITH_LIBMVEC
__m256 _ZGVdN8v_expf(__m256);
#define NAME(f) libmvec_f32_##f
#define EXP _ZGVdN8v_expf
#include "kernels.h"
#endif
#ifdef WITH_SLEEF
#include <sleef.h>
#define NAME(f) sleef_f32_##f
#define EXP Sleef_expf8_u10avx2
#include "kernels.h"
#endif
#undef T
#undef V
#undef WIDTH
#undef OP
#undef SCALAR_LOG

/* ---- f64 */
#define T double
#define V __m256d
#define WIDTH 4
#define OP(f) _mm256_##f##_pd
#define SCALAR_LOG log
#ifdef WITH_LIBMVEC
__m256d _ZGVdN4v_exp(__m256d);
#define NAME(f) libmvec_f64_##f
#define EXP _ZGVdN4v_exp
#include "kernels.h"
#endif
#ifdef WITH_SLEEF
#define NAME(f) sleef_f64_##f
#define EXP Sleef_expd4_u10avx2
#include "kernels.h"
#endif

#ifdef WITH_XNNPACK
#include <xnnpack.h>
static xnn_operator_t operator_made;
static void run_operator(const void *x, void *y, size_t rows, size_t columns) {
  (void)x, (void)y, (void)rows, (void)columns;
  if (xnn_run_operator(operator_made, NULL) != xnn_status_success) exit(1);
}

/* The arrays are bound once, as a runtime of XNNPACK does. */
static Compute *find_xnnpack(const char *operation, const float *x, float *y, size_t rows, size_t columns) {
  if (xnn_initialize(NULL) != xnn_status_success) return NULL;
  if (!strcmp(operation, "softmax") &&
      xnn_create_softmax_nc_f32(columns, columns, columns, 0, &operator_made) == xnn_status_success &&
      xnn_setup_softmax_nc_f32(operator_made, rows, x, y, NULL) == xnn_status_success)
    return run_operator;
  if (!strcmp(operation, "sigmoid") &&
      xnn_create_sigmoid_nc_f32(columns, columns, columns, 0, &operator_made) == xnn_status_success &&
      xnn_setup_sigmoid_nc_f32(operator_made, rows, x, y, NULL) == xnn_status_success)
    return run_operator;
  return NULL;
}
#endif

int main(int count, char **arguments) {
  if (count != 8) return 2;
  const char *library = arguments[1], *operation = arguments[2];
  int single = !strcmp(arguments[3], "f32");
  size_t rows = strtoull(arguments[4], NULL, 10), columns = strtoull(arguments[5], NULL, 10);
  size_t size = single ? 4 : 8, length = rows * columns;

  void *x = aligned_alloc(64, (length * size + 127) & ~(size_t)63);
  void *y = aligned_alloc(64, (length * size + 127) & ~(size_t)63);
  FILE *input = fopen(arguments[6], "rb");
  if (!x || !y || !input || fread(x, size, length, input) != length) return 1;
  fclose(input);
  memset(y, 0, length * size);

  Compute *compute = NULL;
#ifdef WITH_LIBMVEC
  if (!strcmp(library, "libmvec")) compute = single ? libmvec_f32_find(operation) : libmvec_f64_find(operation);
#endif
#ifdef WITH_SLEEF
  if (!strcmp(library, "SLEEF")) compute = single ? sleef_f32_find(operation) : sleef_f64_find(operation);
#endif
#ifdef WITH_XNNPACK
  if (!strcmp(library, "XNNPACK") && single) compute = find_xnnpack(operation, x, y, rows, columns);
#endif
  puts(compute ? "ready" : "missing");
  fflush(stdout);
  if (!compute) return 0;

  size_t results = !strcmp(operation, "crossEntropy") ? 1 : !strcmp(operation, "logSumExp") ? rows : length;
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec start, end;
    if (!strncmp(line, "run ", 4)) {
      long calls = strtol(line + 4, NULL, 10);
      clock_gettime(CLOCK_MONOTONIC, &start);
      for (long call = 0; call < calls; call++) compute(x, y, rows, columns);
      clock_gettime(CLOCK_MONOTONIC, &end);
      printf("%lld\n", (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec));
    } else {
      compute(x, y, rows, columns);
      FILE *output = fopen(arguments[7], "wb");
      if (!output || fwrite(y, size, results, output) != results || fclose(output)) return 1;
      puts("written");
    }
    fflush(stdout);
  }
  return 0;
}
