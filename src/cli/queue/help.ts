export const SUBMIT_HELP = `softmax-wasm submit FILES… --redis URL --parts N -o DIR

Cuts each file into N parts and puts them into a queue. Workers that see the same folders compute them; "softmax-wasm merge" joins
them. Only names and options travel through the queue. To submit again is safe at any time: what is known is not added twice, and
what is missing on the disk is run again. Needs the packages bullmq and ioredis, and Redis 6.2 or later, or Valkey.

  softmax-wasm submit logits.npy --redis redis://host:6379 --parts 40 -o scored/
  softmax-wasm submit 'run/*.npy' --redis redis://host:6379 --parts 8 -o scored/ --op log-softmax --temperature 1.5
  softmax-wasm status --redis redis://host:6379 --files
  softmax-wasm merge scored/logits.npy

  --redis URL        redis:// or rediss://, with user and password if there are any      (default: REDIS_URL)
  --queue NAME                                                                           (default: softmax-wasm)
  --parts N          how many parts each file is cut into
  -o, --output DIR   a directory that ends with /, or for one file its name
  --run NAME         new jobs under this name; parts that are done on the disk are skipped all the same
  --retry-failed     puts the parts that have failed into the queue again
  -q, --quiet        no summary

How the parts are computed, as by score: --op, -k, --temperature, --axis, --format, --columns, --keep, --field, --null, --no-header,
--dtype, --length, --big-endian, --to, --non-finite, --backend (default: simd, whose bits are the same on every machine).
`;

export const WORKER_HELP = `softmax-wasm worker --redis URL

Computes parts from the queue, one after the other, until SIGTERM or Ctrl-C. Another worker takes over what this one had begun, if it
is killed: after 25 to 34 seconds. A part that fails is tried three times, after 5 and 10 seconds, but for bad data and wrong
arguments; then it is kept with its reason. Needs the packages bullmq and ioredis.

  softmax-wasm worker --redis redis://host:6379
  REDIS_URL=rediss://user:password@host:6379 softmax-wasm worker --queue night --concurrency 4

  --redis URL        redis:// or rediss://                                               (default: REDIS_URL)
  --queue NAME                                                                           (default: softmax-wasm)
  --concurrency N    parts at the same time                                              (default: 1)
  --threads N        of each part                      (default: one less than cores for large parts; 1 with --concurrency)
  --grace SECONDS    at a signal, running parts may finish for so long; then they go back to the queue (default: 20)
  -q, --quiet        says nothing but errors

Exit codes: 0 all that was begun is done; 130, 143 parts were given back, or a second signal came.
`;

export const STATUS_HELP = `softmax-wasm status --redis URL

  softmax-wasm status --redis redis://host:6379
  softmax-wasm status --redis redis://host:6379 --files

  --redis URL        redis:// or rediss://                                               (default: REDIS_URL)
  --queue NAME                                                                           (default: softmax-wasm)
  --files            looks for the parts on the disk and checks their hashes; ends with 1 if one is missing
  --json             as a line of JSON
`;
