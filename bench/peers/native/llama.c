/* llama LIBRARY TOP_K TOP_P MIN_P INPUT

   The samplers of llama.cpp from the library at the path LIBRARY, in the order of its own chain, without a model. TOP_K of 0, TOP_P of 1
   and MIN_P of 0 add none. Reads raw floats from the file INPUT, prints "ready" or "missing", then answers the lines of its input:
     run N    chooses a token N times and prints the nanoseconds that took
     token    chooses a token and prints it
   As llama_sampler_sample does, each choice begins with an array of all tokens. The declarations are those of llama.h. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { int32_t id; float logit; float p; } Token;
typedef struct { Token *data; size_t size; int64_t selected; bool sorted; } Tokens;
typedef struct { bool no_perf; } Params;
typedef void Sampler;

static Params (*default_params)(void);
static Sampler *(*chain_init)(Params);
static void (*chain_add)(Sampler *, Sampler *);
static Sampler *(*init_top_k)(int32_t);
static Sampler *(*init_top_p)(float, size_t);
static Sampler *(*init_min_p)(float, size_t);
static Sampler *(*init_dist)(uint32_t);
static void (*apply)(Sampler *, Tokens *);

static int load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
#define SYMBOL(to, name) (*(void **)&to = dlsym(library, "llama_sampler_" name)) != NULL
  return SYMBOL(default_params, "chain_default_params") && SYMBOL(chain_init, "chain_init") &&
         SYMBOL(chain_add, "chain_add") && SYMBOL(init_top_k, "init_top_k") && SYMBOL(init_top_p, "init_top_p") &&
         SYMBOL(init_min_p, "init_min_p") && SYMBOL(init_dist, "init_dist") && SYMBOL(apply, "apply");
}

static Sampler *chain;
static float *logits;
static Token *tokens;
static size_t count;

static int32_t choose(void) {
  for (size_t k = 0; k < count; k++) tokens[k] = (Token){(int32_t)k, logits[k], 0};
  Tokens all = {tokens, count, -1, false};
  apply(chain, &all);
  return all.selected < 0 ? -1 : all.data[all.selected].id;
}

int main(int argc, char **argv) {
  FILE *input = argc == 6 ? fopen(argv[5], "rb") : NULL;
  if (!input || !load(argv[1])) {
    puts("missing");
    return 1;
  }
  fseek(input, 0, SEEK_END);
  count = ftell(input) / sizeof(float);
  rewind(input);
  logits = malloc(count * sizeof(float));
  tokens = malloc(count * sizeof(Token));
  if (fread(logits, sizeof(float), count, input) != count) return 1;
  fclose(input);
  Params params = default_params();
  params.no_perf = true;
  chain = chain_init(params);
  if (atoi(argv[2]) > 0) chain_add(chain, init_top_k(atoi(argv[2])));
  if (atof(argv[3]) < 1) chain_add(chain, init_top_p(atof(argv[3]), 1));
  if (atof(argv[4]) > 0) chain_add(chain, init_min_p(atof(argv[4]), 1));
  chain_add(chain, init_dist(1));
  puts("ready");
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "token", 5) == 0) printf("%d\n", choose());
    else {
      struct timespec start, end;
      long calls = atol(line + 4);
      clock_gettime(CLOCK_MONOTONIC, &start);
      for (long call = 0; call < calls; call++) choose();
      clock_gettime(CLOCK_MONOTONIC, &end);
      printf("%.0f\n", (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec));
    }
    fflush(stdout);
  }
  return 0;
}
