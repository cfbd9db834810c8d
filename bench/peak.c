/*
 * What one core can do at most: independent 128-bit multiply-adds in registers, fused and as two instructions. A WebAssembly
 * kernel has the same instructions and cannot pass this. Linux on x64:
 *
 *   cc -O2 -mfma bench/peak.c -o peak && ./peak
 */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

#define EACH(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7)
#define FUSED(n) "vfmadd213ps %9,%8,%" #n "\n"
#define SUMS "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e), "+x"(f), "+x"(g), "+x"(h)
/* Four products in flight are enough, and leave registers for the sums. */
#define PRODUCT(to, sum) "vmulps %9,%8,%%xmm1" #to "\n vaddps %%xmm1" #to ",%" #sum ",%" #sum "\n"

int main(void) {
  const long turns = 50000000;
  __m128 x = _mm_set1_ps(0.999f), y = _mm_set1_ps(1e-3f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
  double best[2] = {0, 0};
  for (int round = 0; round < 9; round++) {
    for (int fused = 0; fused < 2; fused++) {
      double start = cpu_seconds();
      if (fused)
        for (long k = 0; k < turns; k++) __asm__ volatile(EACH(FUSED) : SUMS : "x"(x), "x"(y));
      else
        for (long k = 0; k < turns; k++)
          __asm__ volatile(PRODUCT(0, 0) PRODUCT(1, 1) PRODUCT(2, 2) PRODUCT(3, 3) PRODUCT(0, 4) PRODUCT(1, 5) PRODUCT(2, 6)
                               PRODUCT(3, 7)
                           : SUMS
                           : "x"(x), "x"(y)
                           : "xmm10", "xmm11", "xmm12", "xmm13");
      double rate = turns * 64 / (cpu_seconds() - start) / 1e9;
      if (rate > best[fused]) best[fused] = rate;
    }
  }
  printf("multiply, then add: %.1f GF; fused: %.1f GF\n", best[0], best[1]);
  return 0;
}
