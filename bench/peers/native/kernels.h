/* The three-pass softmax and its kin, 256 bits at a time. Included once per element type and library, with

   NAME(f)         the name of a function        T, V, WIDTH   the number, the vector, and how many numbers it has
   EXP(v)          the library's exponential     SCALAR_LOG    of one number
   OP(f)           an intrinsic: OP(add) is _mm256_add_ps */

static inline V NAME(tail)(const T *x, size_t count, V other) {
  T padded[WIDTH];
  OP(storeu)(padded, other);
  for (size_t k = 0; k < count; k++) padded[k] = x[k];
  return OP(loadu)(padded);
}

static inline T NAME(largest)(const T *x, size_t n) {
  V lowest = OP(set1)(-(T)INFINITY), top = lowest, next = lowest;
  size_t k = 0;
  for (; k + 2 * WIDTH <= n; k += 2 * WIDTH) {
    top = OP(max)(OP(loadu)(x + k), top);
    next = OP(max)(OP(loadu)(x + k + WIDTH), next);
  }
  for (; k + WIDTH <= n; k += WIDTH) top = OP(max)(OP(loadu)(x + k), top);
  if (k < n) top = OP(max)(NAME(tail)(x + k, n - k, lowest), top);
  T each[WIDTH], most;
  OP(storeu)(each, OP(max)(top, next));
  most = each[0];
  for (size_t i = 1; i < WIDTH; i++) most = each[i] > most ? each[i] : most;
  return most;
}

/* The sum of e^(x - most), which also goes to y if there is one. */
static inline T NAME(exponentials)(const T *x, T *y, size_t n, T most) {
  V shift = OP(set1)(most), sum = OP(set1)(0);
  size_t k = 0;
  for (; k + WIDTH <= n; k += WIDTH) {
    V power = EXP(OP(sub)(OP(loadu)(x + k), shift));
    if (y) OP(storeu)(y + k, power);
    sum = OP(add)(sum, power);
  }
  T each[WIDTH], total = 0;
  if (k < n) {
    V power = EXP(OP(sub)(NAME(tail)(x + k, n - k, OP(set1)(-(T)INFINITY)), shift));
    OP(storeu)(each, power);
    if (y) memcpy(y + k, each, (n - k) * sizeof(T));
    sum = OP(add)(sum, power);
  }
  OP(storeu)(each, sum);
  for (size_t i = 0; i < WIDTH; i++) total += each[i];
  return total;
}

static inline T NAME(log_sum)(const T *x, size_t n) {
  T most = NAME(largest)(x, n);
  return most + SCALAR_LOG(NAME(exponentials)(x, NULL, n, most));
}

static void NAME(softmax)(const T *x, T *y, size_t rows, size_t n) {
  for (size_t row = 0; row < rows; row++, x += n, y += n) {
    T scale = 1 / NAME(exponentials)(x, y, n, NAME(largest)(x, n));
    V factor = OP(set1)(scale);
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH) OP(storeu)(y + k, OP(mul)(OP(loadu)(y + k), factor));
    for (; k < n; k++) y[k] *= scale;
  }
}

static void NAME(logSoftmax)(const T *x, T *y, size_t rows, size_t n) {
  for (size_t row = 0; row < rows; row++, x += n, y += n) {
    T log_sum = NAME(log_sum)(x, n);
    V shift = OP(set1)(log_sum);
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH) OP(storeu)(y + k, OP(sub)(OP(loadu)(x + k), shift));
    for (; k < n; k++) y[k] = x[k] - log_sum;
  }
}

static void NAME(logSumExp)(const T *x, T *y, size_t rows, size_t n) {
  for (size_t row = 0; row < rows; row++) y[row] = NAME(log_sum)(x + row * n, n);
}

static void NAME(sigmoid)(const T *x, T *y, size_t rows, size_t columns) {
  size_t n = rows * columns, k = 0;
  V one = OP(set1)(1), zero = OP(set1)(0);
  for (; k + WIDTH <= n; k += WIDTH) {
    OP(storeu)(y + k, OP(div)(one, OP(add)(one, EXP(OP(sub)(zero, OP(loadu)(x + k))))));
  }
  if (k < n) {
    T each[WIDTH];
    OP(storeu)(each, OP(div)(one, OP(add)(one, EXP(OP(sub)(zero, NAME(tail)(x + k, n - k, zero))))));
    memcpy(y + k, each, (n - k) * sizeof(T));
  }
}

static void NAME(crossEntropy)(const T *x, T *y, size_t rows, size_t n) {
  double total = 0;
  for (size_t row = 0; row < rows; row++) total += NAME(log_sum)(x + row * n, n) - x[row * n + (7 * row + 9) % n];
  y[0] = (T)(total / (double)rows);
}

static Compute *NAME(find)(const char *operation) {
  if (!strcmp(operation, "softmax")) return (Compute *)NAME(softmax);
  if (!strcmp(operation, "logSoftmax")) return (Compute *)NAME(logSoftmax);
  if (!strcmp(operation, "logSumExp")) return (Compute *)NAME(logSumExp);
  if (!strcmp(operation, "sigmoid")) return (Compute *)NAME(sigmoid);
  if (!strcmp(operation, "crossEntropy")) return (Compute *)NAME(crossEntropy);
  return NULL;
}

#undef NAME
#undef EXP
